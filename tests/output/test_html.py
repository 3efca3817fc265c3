"""A page as HTML: every block, well-formed, with every text escaped."""

from __future__ import annotations

import re
from typing import get_args

from losscli.output import page as model
from losscli.output.chart import Axis, Chart, Line
from losscli.output.html import STYLE, html_of
from losscli.output.page import (
    Block,
    Choice,
    Column,
    Command,
    Fact,
    Facts,
    Figure,
    Form,
    Heading,
    Indented,
    Kind,
    Lines,
    Mark,
    Number,
    Page,
    Paragraph,
    Row,
    Signature,
    Step,
    Steps,
    Style,
    Styled,
    Table,
)
from tests.output.fragment import Read

HOSTILE = "<script>&\"'\x1b[31m"


def blocks(text: str) -> list[Block]:
    """Return one block of every kind, with a text wherever text can be."""
    hostile = Styled(text, Style.BAD)
    table = Table(
        [
            Column(text, [text, None], Kind.NAME),
            Column("number", [0.5, 1.5], form=Form.SCALED, style=Style.STRONG),
            Column("share", [0.25, 1.0], Kind.BAR),
        ],
        choices=[Choice(10, lambda: [Column(text, [text, text], Kind.TEXT)])],
        gap_after=1,
        dim=frozenset({1}),
    )
    row = Row(text, text, [hostile, 0.5], tint=2, is_target=True, share=0.5)
    return [
        Heading([text, hostile], Mark.WARNING, text),
        Heading(text, is_part=True),
        Paragraph([text, Number(-0.5, bracketed=True)], Style.DIM, holds=True),
        Command(text, text),
        Lines([text, text]),
        Facts([Fact(text, [text, 2.0], strong=True, of=text, holds=False)], is_framed=True),
        table,
        Steps([Step("1", text, text, [row], [Paragraph(text)], text)]),
        model.Blank(),
        Signature(f"ce|{text}"),
        Indented([Heading(text, is_part=True), table]),
        Figure(Chart(text, Axis(text), Axis(text), [Line([0, 1], [0, 1], text)], text, text)),
    ]


def test_every_kind_of_block_is_rendered_with_its_text() -> None:
    named = blocks("who")
    assert {type(block) for block in named} == set(get_args(Block))
    for block in named:
        if not isinstance(block, model.Blank):
            assert "who" in Read(html_of(Page([block]))).text, block


def test_every_text_is_escaped() -> None:
    fragment = html_of(Page(blocks(HOSTILE)))
    read = Read(fragment)
    assert "script" not in {tag for tag, _ in read.elements}
    assert "\x1b" not in fragment
    assert read.text.count("<script>&\"'\\x1b[31m") > 20


def test_nothing_is_loaded_and_no_color_is_set() -> None:
    fragment = html_of(Page(blocks("a")))
    drawn = re.sub("<svg.*?</svg>", "", fragment, flags=re.DOTALL)
    attributes = {name for _, attrs in Read(drawn).elements for name in attrs}
    assert attributes <= {"class", "colspan", "scope", "role", "aria-label", "tabindex"}
    for text in (fragment, STYLE):
        assert not any(word in text for word in ("://", "url(", "@import", "color: #", "rgb("))


def test_numbers_have_the_digits_of_the_page() -> None:
    table = Table([Column("a", [0.123456, 1e-9, None, 3])])
    read = Read(html_of(Page([table], digits=3)))
    assert read.text.split() == ["a", "0.123", "1.00e-09", "3"]


def test_headings_begin_at_a_level() -> None:
    page = Page([Heading("a"), Indented([Heading("b", is_part=True)])])
    levels = [tag for tag, _ in Read(html_of(page, 3)).elements if tag.startswith("h")]
    assert levels == ["h3", "h5"]
    assert "<h6>b</h6>" in html_of(page, 6)


def test_a_gap_stands_between_the_rows_that_are_shown() -> None:
    table = Table([Column("a", ["x", "y"], Kind.NAME)], gap_after=1, has_header=False)
    assert Read(html_of(Page([table]))).text.split() == ["x", "⋮", "y"]
