"""What the libraries return, as a page and as JSON."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.convention import Convention
from losscli.output.page import (
    Block,
    Command,
    Heading,
    Indented,
    Page,
    Paragraph,
    Style,
    Styled,
)

ALIKE = 1e-12
"""Relative: two numbers nearer than this differ by the order of sums alone."""
SAME = "the same"
DIGITS = 8
"""Decimals of a library's number, enough to show an eps of 1e-7."""


@dataclass(frozen=True)
class Libraries:
    """What the libraries return, and the number here."""

    case: Case
    plain: float
    rows: Sequence[tuple[Convention, float]]
    """Each convention with its number."""

    def as_json(self) -> dict[str, Any]:
        """Return the libraries' numbers as one JSON object."""
        rows = [
            {"library": row.library, "call": row.call, "value": value, "note": row.note}
            for row, value in self.rows
        ]
        return {"schema": 1, "value": self.plain, "conventions": rows}

    def page(self) -> Page:
        """Return the libraries' numbers as people read them."""
        legend = Paragraph(", ".join(self._legend()), Style.DIM)
        blocks: list[Block] = [Heading(f"{self.case.loss.name}: {self.plain!r} here"), legend]
        for row, value in self.rows:
            gap = _difference(value, self.plain)
            style = Style.DIM if gap == SAME else Style.WARNING
            phrase = (f"{row.library}  ", value, "  ", Styled(gap, style))
            note = Paragraph(row.note, Style.DIM)
            blocks += [Heading(phrase, is_part=True), Indented([Command(row.call), note])]
        return Page(blocks, usual=DIGITS)

    def _legend(self) -> Iterator[str]:
        """Yield the meaning of the letters in the calls."""
        case, settings = self.case, self.case.settings
        yield "x input"
        target = "y target minus 1" if settings.label_base else "y target"
        target += ", 0 as -1" if settings.map_binary else ""
        yield f"{target}, one position ahead of x" if settings.shift else target
        if case.options.get("weight") is not None:
            yield "w weights"
        if case.sample_weight is not None:
            yield "s sample weights"
        if any("[m]" in row.call for row, _ in self.rows):
            yield "m mask of the targets that count"


def libraries(case: Case, conventions: Sequence[Convention]) -> Libraries:
    """Return the number here, and what each library returns."""
    return Libraries(case, case.value(case.tally()), [(row, row.value()) for row in conventions])


def _difference(value: float, plain: float) -> str:
    """Return how far a library's number is from the one here."""
    if value == plain or (math.isnan(value) and math.isnan(plain)):
        return SAME
    if not (math.isfinite(value) and math.isfinite(plain)):
        return "differs"
    gap = value - plain
    return SAME if abs(gap) <= ALIKE * max(abs(plain), abs(value)) else f"{gap:+.3g}"
