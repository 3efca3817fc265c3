"""The results of reconcile as pages and as JSON: the matches, or what the libraries return."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.convention import Convention
from losscli.commands.reconcile.found import Found, Match
from losscli.commands.reconcile.spelling import Spelled, spelled
from losscli.commands.typed import Typed
from losscli.output.page import (
    Blank,
    Block,
    Command,
    Form,
    Heading,
    Indented,
    Lines,
    Number,
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
class Answer:
    """The result of a search: the first matches, each with what reproduces it."""

    found: Found
    typed: Typed
    rows: int
    """How many matches are shown."""

    def as_json(self) -> dict[str, Any]:
        """Return the answer as one JSON object."""
        found = self.found
        return {
            "schema": 1,
            "value": self._told([one.value for one in found.asked.numbers]),
            "tolerance": self._told([one.tolerance for one in found.asked.numbers]),
            "plain": self._told(found.plain),
            "agrees": found.agrees,
            "matches": [self._match_as_json(match) for match in found.matches[: self.rows]],
            "nearest": [self._match_as_json(match) for match in found.nearest],
            "tried": {
                "deviations": found.singles,
                "pairs": found.pairs,
                "by_chance": found.by_chance(),
                "out_of_time": found.out_of_time,
            },
        }

    def _told(self, values: Sequence[float]) -> Sequence[float] | float | None:
        """Return one number, or the numbers of a series as a list."""
        if self.found.asked.size is not None:
            return list(values)
        return values[-1] if values else None

    def _match_as_json(self, match: Match) -> dict[str, Any]:
        spelled = self._spelled(match)
        return {
            "value": self._told(match.values),
            "error": match.error,
            "deviations": [deviation.words for deviation in match.deviations],
            "command": spelled.command,
            "python": "\n".join(spelled.code),
            "verified": match.verified,
            "by_chance": match.chance,
        }

    def _spelled(self, match: Match) -> Spelled:
        return spelled(self.typed, self.found.case, match.case, match.deviations)

    def page(self) -> Page:
        """Return the answer as people read it."""
        found, printed = self.found, self.found.asked.last
        how = " (a float32 number)" if printed.single else ""
        name = found.case.loss.name
        blocks: list[Block] = [
            Heading(f"{name}: {found.plain[-1]!r} here, {printed.text}{how} there"),
            Paragraph(self._verdict, Style.GOOD if found.matches else Style.WARNING),
        ]
        shown = found.matches[: self.rows]
        for number, match in enumerate(shown, 1):
            blocks += self._match_blocks(match, f"{number}. " if len(found.matches) > 1 else "")
        if (more := len(found.matches) - self.rows) > 0:
            rest = Paragraph(f"{more} more: --rows {len(found.matches)}", Style.DIM)
            blocks += [Blank(), rest]
        if not found.agrees:
            blocks += [Blank(), Paragraph(self._tried_text, Style.DIM)]
        if not found.matches:
            if found.nearest:
                blocks.append(Heading("The nearest candidates, none of which is the number"))
            for match in found.nearest:
                blocks += self._match_blocks(match, "")
            tried = f"What was tried: {', '.join(found.names)}, the libraries' conventions."
            blocks += [Blank(), Paragraph(tried, Style.DIM)]
        return Page(blocks)

    def _match_blocks(self, match: Match, number: str) -> list[Block]:
        words = " + ".join(one.words for one in match.deviations) or "no deviation"
        off: list[Any] = [f"{match.values[-1]!r}, off by ", Number(match.error, Form.SIGNED)]
        what = self._spelled(match)
        shown: list[Block] = [Lines(what.code)] if what.code else [Command(what.command)]
        return [Heading(number + words, is_part=True), Indented([Paragraph(off), *shown])]

    @property
    def _verdict(self) -> str:
        count = len(self.found.matches)
        if self.found.agrees:
            return f"They agree: {self.found.asked.last.text} is this number, to its last digit."
        if count < 2:
            return "One explanation." if count else "Nothing matches."
        return f"{count} explanations, the likeliest first."

    @property
    def _tried_text(self) -> str:
        """Return how much was tried, and how many matches to expect by chance."""
        found, printed = self.found, self.found.asked.last
        pairs = f" and {found.pairs} pairs" if found.pairs else ""
        window = f"within {printed.tolerance:.1g} of {printed.text}"
        by_chance = found.by_chance()
        chance = "fewer than 0.01" if by_chance < 0.01 else f"about {by_chance:.2g}"
        return f"Tried {found.singles} deviations{pairs}; by chance, {chance} would be {window}."


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
        return Page(blocks, DIGITS)

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
