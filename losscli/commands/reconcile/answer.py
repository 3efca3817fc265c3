"""The result of a search as a page and as JSON: the explanations, or the nearest candidates."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from losscli.commands.reconcile.found import Found, Match, same
from losscli.commands.reconcile.spelling import Spelled, spelled
from losscli.commands.typed import Typed
from losscli.output.page import (
    Blank,
    Block,
    Column,
    Command,
    Heading,
    Indented,
    Kind,
    Lines,
    Page,
    Paragraph,
    Style,
    Table,
    head_and_tail,
)
from losscli.output.words import counted

MOST_ENTRIES = 8
"""Entries of a series in the table."""
MOST_COLUMNS = 3
"""Explanations in the table of a series."""
ALIKE = 1e-3
"""Relative: factors of all entries that differ by less are one factor."""
Group = Sequence[Match]
"""Explanations that give the same numbers, the likeliest first."""


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
        found = self.found
        return spelled(self.typed, found.case, match.case, match.deviations, found.asked)

    def page(self) -> Page:
        """Return the answer as people read it."""
        found, groups = self.found, list(self._groups())
        style = Style.GOOD if found.matches else Style.WARNING
        blocks: list[Block] = [Heading(self._title), Paragraph(self._verdict(len(groups)), style)]
        shown = groups[: self.rows]
        if found.asked.size is not None:
            blocks += [Blank(), self._entries(shown)]
        if not found.agrees:
            for number, group in enumerate(shown, 1):
                blocks += self._group_blocks(group, f"{number}. " if len(groups) > 1 else "")
        if (more := len(groups) - self.rows) > 0:
            blocks += [Blank(), Paragraph(f"{more} more: --rows {len(groups)}", Style.DIM)]
        if not found.matches and found.nearest:
            blocks += [Blank(), Paragraph("The nearest candidates:")]
            for match in found.nearest:
                blocks += self._near_blocks(match)
        if not found.matches:
            blocks += [Blank(), Paragraph(self._tried, Style.DIM)]
        return Page(blocks, usual=self._digits)

    @property
    def _digits(self) -> int:
        """One decimal more than the numbers have."""
        widest = max(len(one.text.partition(".")[2]) for one in self.found.asked.numbers)
        return min(max(4, widest + 1), 10)

    @property
    def _title(self) -> str:
        found, asked = self.found, self.found.asked
        name, printed = found.case.loss.name, asked.last
        if asked.size is not None:
            entries = counted(len(asked.numbers), "entry", "entries")
            return f"{name}: {entries} of {asked.name}, batches of {asked.size}"
        there = f"in {asked.name}" if asked.name else "there"
        how = " (a float32 number)" if printed.single else ""
        return f"{name}: {found.plain[-1]!r} here, {printed.text}{how} {there}"

    def _verdict(self, count: int) -> str:
        found = self.found
        if found.agrees:
            if found.asked.size is not None:
                return "They agree: each entry is the number here, to its last digit."
            return f"They agree: {found.asked.last.text} is this number, to its last digit."
        late = " The time was up before all of it was tried." if found.out_of_time else ""
        if count < 2:
            return ("One explanation." if count else "Nothing matches.") + late
        return f"{count} explanations, the likeliest first.{late}"

    def _groups(self) -> Iterator[Group]:
        """Yield the explanations, those that give the same numbers together."""
        left = list(self.found.matches)
        while left:
            first = left[0]
            group = [one for one in left if one is first or _alike(one, first)]
            yield group
            left = [one for one in left if one not in group]

    def _entries(self, groups: Sequence[Group]) -> Table:
        """Return the table of the entries: the log, the numbers here, and what was found."""
        asked, found = self.found.asked, self.found
        picked, gap = head_and_tail(len(asked.numbers), MOST_ENTRIES)
        last = found.case.problem.grid.n
        spans = [asked.span(at) for at in picked]
        columns = [
            Column("rows", [f"{s.start + 1}-{min(s.stop, last)}" for s in spans], Kind.NAME),
            Column("log", [asked.numbers[at].text for at in picked]),
            Column("here", [found.plain[at] for at in picked]),
        ]
        several = [f"{number}." for number in range(1, MOST_COLUMNS + 1)]
        named = list(zip(several if len(groups) > 1 else ["found"], groups, strict=False))
        if not groups and found.nearest:
            named = [("nearest", found.nearest)]
        for header, (match, *_) in named if not found.agrees else ():
            cells = [match.values[at] if at < len(match.values) else None for at in picked]
            columns.append(Column(header, cells, style=Style.ACCENT))
        return Table(columns, gap_after=gap)

    def _group_blocks(self, group: Group, number: str) -> list[Block]:
        match, *others = group
        inside: list[Block] = [Paragraph(f"or: {_words(one)}", Style.DIM) for one in others]
        inside += [*self._how_far(match), *self._to_type(match)]
        return [*_headings(match, number), Indented(inside)]

    def _to_type(self, match: Match) -> list[Block]:
        what = self._spelled(match)
        return [Lines(what.code)] if what.code else [Command(what.command)]

    def _off(self, match: Match) -> str:
        """Return the number of a match, and how far it is off."""
        if self.found.asked.size is not None:
            return f"off by {match.error:+.1e} at most"
        return f"{match.values[-1]!r}, off by {match.error:+.1e}"

    def _how_far(self, match: Match) -> Iterator[Paragraph]:
        if not match.verified:
            about = f"about {match.values[0]:.4g}, " if match.values else ""
            text = f"{about}not verified: the time was up; give a larger --budget"
            yield Paragraph(text, Style.WARNING)
            return
        how = ", equal to the precision of float32" if match.rounded else ""
        yield Paragraph(f"{self._off(match)}{how}")
        yield Paragraph(_by_chance(match.chance), Style.DIM)

    def _near_blocks(self, match: Match) -> list[Block]:
        what = self._spelled(match)
        shown: list[Block] = [] if what.code else [Command(what.command)]
        inside = [Paragraph(self._off(match)), Paragraph(self._needed(match)), *shown]
        return [*_headings(match), Indented(inside)]

    def _needed(self, match: Match) -> str:
        """Return what would make a number of the nearest the one that is explained."""
        asked = self.found.asked
        pairs = list(zip(asked.numbers, match.values, strict=False))
        factors = [one.value / value if value else math.inf for one, value in pairs]
        offsets = [one.value - value for one, value in pairs]
        needed = []
        if _is_one(factors):
            needed.append(f"a factor of {factors[-1]:.6g}")
        if _is_one(offsets):
            needed.append(f"an offset of {offsets[-1]:+.3g}")
        if not needed:
            return "no one factor or offset makes it fit"
        return f"it needs {' or '.join(needed)}"

    @property
    def _tried(self) -> str:
        """Return what was tried."""
        found, printed = self.found, self.found.asked.last
        what = f"{', '.join(found.names)}, the libraries' conventions"
        number = printed.text if found.asked.size is None else "every entry"
        tried = "Of what was tried in time" if found.out_of_time else "Tried alone and in pairs"
        return f"{tried}, none gives {number} to the last digit: {what}."


def _headings(match: Match, number: str = "") -> Iterator[Heading]:
    """Yield the lines that name the deviations of a match."""
    first, *others = [one.words for one in match.deviations] or ["no deviation"]
    yield Heading(number + first, is_part=True)
    for words in others:
        yield Heading(f"{' ' * len(number)}+ {words}")


def _words(match: Match) -> str:
    return " + ".join(one.words for one in match.deviations)


def _alike(one: Match, other: Match) -> bool:
    """Return whether two explanations give the same numbers."""
    verified = one.verified and other.verified
    return verified and len(one.values) == len(other.values) and same(one.values, other.values)


def _is_one(numbers: Sequence[float]) -> bool:
    """Return whether numbers are finite and all the same, as far as it matters."""
    return all(
        math.isfinite(one) and math.isclose(one, numbers[0], rel_tol=ALIKE) for one in numbers
    )


def _by_chance(chance: float) -> str:
    """Return in words how many wrong explanations would fit as well."""
    if chance >= 1:
        return f"by chance, about {counted(round(chance), 'wrong one')} would fit as well"
    share = "below 1 %" if chance < 0.01 else f"about {100 * chance:.0f} %"
    return f"chance that a wrong one fits as well: {share}"
