"""The result of a loss as a notebook shows it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from losscli.errors import LossError
from losscli.output.html import STYLE, html_of
from losscli.output.page import (
    FEW_ROWS,
    Block,
    Column,
    Fact,
    Facts,
    Form,
    Heading,
    Kind,
    Number,
    Page,
    Paragraph,
    Part,
    Phrase,
    Signature,
    Style,
    Styled,
    Table,
    head_and_tail,
)
from losscli.output.words import counted

LEVEL = 4
"""The heading's: those above belong to the notebook."""


class Shown(Protocol):
    """What a result of the engine has to show."""

    value: Any
    grad: dict[str, Any]
    numerator: float
    denominator: float
    count: int
    ignored: int
    warnings: tuple[Any, ...]
    signature: str

    @property
    def per_sample(self) -> Any:
        """The terms."""

    @property
    def summary(self) -> dict[str, float]:
        """Figures by name."""


def notebook_view(result: Shown, *, terms: bool) -> str:
    """Return the HTML of a result, with its first and last `terms` and its figures if asked for."""
    facts = list(_facts(result))
    below = [Paragraph(str(warning.message), Style.WARNING) for warning in result.warnings]
    table: list[Block] = []
    if terms:
        try:
            facts += (Fact(name, figure) for name, figure in result.summary.items())
            table.append(_terms(result))
        except LossError as error:
            below.append(Paragraph(str(error), Style.WARNING))
    else:
        names = "result.per_sample, result.summary"
        below.append(Paragraph([Styled(names, Style.NAME), ": computed when read"], Style.DIM))
    blocks = [Heading(_heading(result)), Facts(facts), *below, *table]
    page = Page([*blocks, Signature(result.signature)])
    return f"<style>\n{STYLE}</style>\n{html_of(page, LEVEL)}"


def _heading(result: Shown) -> Phrase:
    name = f"{result.signature.partition('|')[0]}: "
    if isinstance(result.value, float):
        return [name, repr(result.value)]
    return f"{name}{counted(result.count + result.ignored, 'term')}"


def _facts(result: Shown) -> Iterator[Fact]:
    quotient: list[Part] = [result.numerator, " / ", Number(result.denominator, Form.GENERAL)]
    if isinstance(result.value, float):
        is_sum = result.value == result.numerator
        shown = [result.value] if is_sum else [*quotient, " = ", result.value]
        yield Fact("loss", shown, strong=True)
    yield Fact("counted", f"{result.count}, {result.ignored} ignored")
    for role, gradient in result.grad.items():
        yield Fact(f"gradient of {role}", f"{gradient.dtype}, shape {gradient.shape}")


def _terms(result: Shown) -> Table:
    losses = result.per_sample
    rows, gap = head_and_tail(losses.size, FEW_ROWS)
    places = [",".join(map(str, _index(row, losses.shape))) or "-" for row in rows]
    columns = [Column("index", places, Kind.INDEX)]
    columns.append(Column("loss", [float(losses.flat[row]) for row in rows]))
    return Table(columns, gap_after=gap)


def _index(place: int, shape: tuple[int, ...]) -> list[int]:
    """Return the index of the entry at a place in an array of a shape, row by row."""
    index: list[int] = []
    for size in reversed(shape):
        place, at = divmod(place, size)
        index.insert(0, at)
    return index
