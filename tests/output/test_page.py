"""A page says the same on a terminal and in a pipe: every block in both renderers."""

from __future__ import annotations

import re

import pytest

from losscli.errors import UsageError
from losscli.output.page import (
    Choice,
    Column,
    Command,
    Fact,
    Facts,
    Form,
    Heading,
    Indented,
    Kind,
    Lines,
    Mark,
    Number,
    Page,
    Paragraph,
    Signature,
    Signs,
    Style,
    Styled,
    Table,
    head_and_tail,
    require_short,
)
from losscli.output.plain import plain_text
from losscli.output.terminal import terminal_text

THIRD = 1 / 3
PROSE = "Sentences are wrapped at words on a terminal, and stay one line in a pipe, whatever it is."
TYPED = "loss ce --input a-file-with-a-long-name.csv --target another-file-with-a-long-name.csv -q"
TABLE = Table(
    [
        Column("index", [0, 12], Kind.INDEX),
        Column("class", ["cat", "a dog"], Kind.NAME),
        Column("", ["", "✗"], Kind.MARK),
        Column("loss", [THIRD, None]),
        Column("small", [1e-5 / 3, 0.0], form=Form.SCALED),
        Column("share", [0.5, 1.0], Kind.BAR),
    ],
    gap_after=1,
)
PAGE = Page(
    [
        Heading("first", Mark.BAD, "L101 error"),
        Paragraph(PROSE),
        Facts(
            [
                Fact("loss", [THIRD, Signs(" ± "), Number(THIRD, Form.SHORT)]),
                Fact("p50", 2, of="KL"),
            ]
        ),
        Heading("second", is_part=True),
        TABLE,
        Indented([Lines(["1,2"]), Command(TYPED), Paragraph(Styled("done", Style.GOOD))]),
        Signature("ce|n:2"),
    ]
)


def on_terminal(page: Page, width: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("FORCE_COLOR", "1")
    drawn = terminal_text(page)
    assert "\x1b[" in drawn
    return [line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", drawn).splitlines()]


def test_a_pipe_gets_every_digit_in_aligned_words() -> None:
    assert "".join(plain_text(PAGE)).splitlines() == [
        "L101 error: first",
        PROSE,
        f"loss: {THIRD!r} +- {THIRD!r}",
        "KL p50: 2",
        "",
        "second",
        "index  class                  loss                   small  share",
        f"    0  cat      {THIRD!r}  {1e-5 / 3!r}  ####################",
        "  ...  ...                     ...                     ...  ...",
        '   12  "a dog"                   -                     0.0  ' + "#" * 40,
        "  1,2",
        f"  {TYPED}",
        "  done",
        "ce|n:2",
    ]


def test_a_terminal_gets_what_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = on_terminal(PAGE, 60, monkeypatch)
    assert lines[:5] == [
        "✗ L101 error  first",
        "Sentences are wrapped at words on a terminal, and stay one",
        "line in a pipe, whatever it is.",
        "loss   0.3333 ± 0.3333",
        "  p50  2",
    ]
    header, _, first, gap, second = lines[lines.index("second") + 2 :][:5]
    assert header.split() == ["index", "class", "loss", "small", "share"]
    assert first.split()[:4] == ["0", "cat", "0.3333", "0.000003333"]
    assert set(gap.split()) == {"⋮"}
    assert second.split()[:5] == ["12", "a", "dog", "✗", "0.000000000"]
    assert first.count("█") * 2 == second.count("█")
    assert f"  {TYPED}" in lines


def test_ranked_columns_make_room_and_choices_take_it(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = [Column(f"{i}", [THIRD]) for i in range(9)]
    table = Table(
        [
            Column("index", [0], Kind.INDEX),
            Column("name", ["n" * 30], Kind.NAME, numbers=["7"]),
            Column("first to go", [THIRD], rank=1),
            Column("loss", [THIRD]),
        ],
        [Choice(27, lambda: wide), Choice(3, lambda: wide[:1])],
    )
    page = Page([table])
    assert "first_to_go" not in "".join(plain_text(page)).split("\n")[0]
    for width, columns in {36: 3, 60: 4, 80: 5, 200: 13}.items():
        header = on_terminal(page, width, monkeypatch)[1]
        assert len(re.split(r"  +", header.strip())) == columns, header
    narrow = on_terminal(page, 36, monkeypatch)
    assert "first to go" not in narrow[1]
    # A name that is cut keeps its number: what is left of it may be no name.
    assert narrow[3].split()[1:3] == ["7", f"{'n' * 15}…"]


def test_file_content_controls_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    evil = "\x1b[2J[bold]x[/bold]\n"
    cells = Table([Column(evil, [evil], Kind.NAME)])
    page = Page([Heading(evil), Facts([Fact(evil, evil)]), cells, Command(evil), Signature(evil)])
    for text in ("".join(plain_text(page)), "\n".join(on_terminal(page, 80, monkeypatch))):
        assert "\x1b" not in text
        assert text.count("[bold]x[/bold]") == 7


def test_a_table_has_a_longest_length() -> None:
    assert head_and_tail(5, 10**9) == (list(range(5)), None)
    require_short(10, width=10**9)
    for rows, width in ((100_001, 1), (501, 100_000)):
        with pytest.raises(UsageError, match=rf"a table of {rows} rows is too long, at most"):
            require_short(rows, width)
    with pytest.raises(UsageError, match="use -f csv"):
        head_and_tail(10**9, 10**9)
