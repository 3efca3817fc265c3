"""What the table and JSON say: the matches with their commands, or the libraries' numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.convention import Convention
from losscli.commands.reconcile.printed import Printed
from losscli.commands.reconcile.search import Found, Match
from losscli.commands.reconcile.spelling import reproduced
from losscli.commands.typed import Typed

ALIKE = 1e-12
"""Relative: two numbers nearer than this differ by the order of sums alone."""
SAME = "the same"


@dataclass(frozen=True)
class Line:
    """A match as it is told."""

    value: float
    error: float
    deviations: tuple[str, ...]
    command: str


@dataclass(frozen=True)
class Answer:
    """What a search found, ready to be told."""

    found: Found
    lines: Sequence[Line]
    """The matches, the simplest first."""
    more: int
    """How many more there are."""

    @property
    def plain(self) -> float:
        """The number without any deviation."""
        return self.found.plain

    @property
    def printed(self) -> Printed:
        """The number to explain."""
        return self.found.printed

    @property
    def heading(self) -> str:
        """The question."""
        case, printed = self.found.case, self.printed
        how = " (a float32 number)" if printed.single else ""
        return f"{case.loss.name}: {self.plain!r} here, {printed.text}{how} there"

    @property
    def verdict(self) -> str:
        """The answer in a sentence."""
        if self.found.agrees:
            return f"They agree: {self.printed.text} is this number, as exactly as it is printed."
        if not self.lines:
            return "Nothing matches."
        count = len(self.lines) + self.more
        return "One explanation." if count == 1 else f"{count} explanations, the simplest first."

    @property
    def tried(self) -> str:
        """How much was tried, and how far a match is to be trusted."""
        found = self.found
        if found.agrees:
            return ""
        pairs = f" and {found.pairs} pairs" if found.pairs else ""
        window = f"within {self.printed.tolerance:.1g} of {self.printed.text}"
        few = found.by_chance < 0.01
        chance = "fewer than 0.01" if few else f"about {found.by_chance:.2g}"
        return (
            f"Tried {found.singles} deviations{pairs}; by chance {chance} of them would be "
            f"{window}."
        )

    @property
    def names(self) -> str:
        """What kinds of deviations were tried."""
        return f"What was tried: {', '.join(self.found.names)}, the libraries' conventions."

    def as_json(self) -> dict[str, Any]:
        """Return the answer as one JSON object."""
        found = self.found
        return {
            "schema": 1,
            "value": self.printed.value,
            "tolerance": self.printed.tolerance,
            "plain": self.plain,
            "agrees": found.agrees,
            "matches": [
                {
                    "value": line.value,
                    "error": line.error,
                    "deviations": list(line.deviations),
                    "command": line.command,
                }
                for line in self.lines
            ],
            "tried": {
                "deviations": found.singles,
                "pairs": found.pairs,
                "by_chance": found.by_chance,
            },
        }


def answer(found: Found, typed: Typed, rows: int) -> Answer:
    """Return what is told of a search: its first matches, each with its command."""
    lines = [_line(found.case, typed, match) for match in found.matches[:rows]]
    return Answer(found, lines, max(0, len(found.matches) - rows))


def _line(case: Case, typed: Typed, match: Match) -> Line:
    words = tuple(deviation.words for deviation in match.deviations)
    return Line(match.value, match.error, words, reproduced(typed, case, match.deviations))


@dataclass(frozen=True)
class Row:
    """A library's number."""

    library: str
    call: str
    value: float
    note: str


@dataclass(frozen=True)
class Libraries:
    """What the libraries return, and what the number is here."""

    case: Case
    plain: float
    rows: Sequence[Row]

    @property
    def heading(self) -> str:
        """The number here."""
        return f"{self.case.loss.name}: {self.plain!r} here"

    @property
    def legend(self) -> str:
        """What the letters of the calls stand for."""
        settings = self.case.settings
        moved = ", one position ahead of x" if settings.shift else ""
        target = "target less 1" if settings.label_base else "target"
        target += ", 0 as -1" if settings.map_binary else ""
        words = ["x input", f"y {target}{moved}"]
        if self.case.options.get("weight") is not None:
            words.append("w weights")
        if self.case.sample_weight is not None:
            words.append("s sample weights")
        if any("[m]" in row.call for row in self.rows):
            words.append("m mask of the targets that count")
        return ", ".join(words)

    def as_json(self) -> dict[str, Any]:
        """Return the libraries' numbers as one JSON object."""
        return {
            "schema": 1,
            "value": self.plain,
            "conventions": [vars(row) for row in self.rows],
        }


def libraries(case: Case, conventions: Sequence[Convention]) -> Libraries:
    """Return the number here, and what each library returns."""
    plain = case.value(case.tally())
    rows = [Row(c.library, c.call, c.value(), c.note) for c in conventions]
    return Libraries(case, plain, rows)


def difference(value: float, plain: float) -> str:
    """Return how far a library's number is from the one here."""
    if math.isnan(value) and math.isnan(plain):
        return SAME
    if not (math.isfinite(value) and math.isfinite(plain)):
        return SAME if value == plain else "differs"
    gap = value - plain
    return SAME if abs(gap) <= ALIKE * max(abs(plain), abs(value)) else f"{gap:+.3g}"


def plain_answer(told: Answer) -> Iterator[str]:
    """Yield an answer as lines of text with every digit."""
    yield told.heading
    yield told.verdict
    for number, line in enumerate(told.lines, 1):
        if line.deviations:
            yield f"{number}. {' + '.join(line.deviations)}"
        yield f"   value: {line.value!r} (off by {line.error!r})"
        yield f"   command: {line.command}"
    if told.more:
        yield f"{told.more} more: --rows {len(told.lines) + told.more}"
    if told.tried:
        yield told.tried
    if not told.lines:
        yield told.names


def plain_conventions(told: Libraries) -> Iterator[str]:
    """Yield the libraries' numbers as lines of text with every digit."""
    yield told.heading
    yield told.legend
    for row in told.rows:
        yield f"{row.library}: {row.value!r} ({difference(row.value, told.plain)})"
        yield f"   {row.call}"
        yield f"   {row.note}"
