"""Column selectors: names, 0-based indices, ranges and globs; `!` excludes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import pairwise

from losscli.errors import UsageError, show
from losscli.readers.class_names import name_list
from losscli.readers.numerals import parse_index

_LONGEST = 100
"""No glob or index is longer; a name may be."""
_PLAIN_NAME = re.compile(r"[\w. ]{1,30}")


def select(
    selector: str,
    names: tuple[str, ...],
    width: int,
    label: str,
    every: Sequence[int] | None = None,
    hidden: Sequence[int] = (),
) -> list[int]:
    """Return the indices of the columns that a selector chooses, in its order.

    An exact column name has precedence, so names may contain commas, hyphens and digits.
    A selector that only excludes leaves the rest of `every`, by default all columns. An index among
    the `hidden` columns, which are in no way data, excludes that column and not one of that name.
    UsageError where an item matches no column, or no column is left.
    """
    table = _Columns(names, width, label)
    chosen: dict[int, None] = {}
    excluded: set[int] = set()
    for item in table.items(selector):
        if item.startswith("!") and item not in table.known:
            if parse_index(item[1:], width) not in hidden:
                excluded.update(table.match(item[1:]))
        else:
            chosen.update(dict.fromkeys(table.match(item)))
    if not chosen:
        chosen = dict.fromkeys(range(width) if every is None else every)
    columns = [column for column in chosen if column not in excluded]
    if not columns:
        raise table.fail(f"{show(selector)} selects no column")
    return columns


def chooses(selector: str, names: tuple[str, ...]) -> bool:
    """Tell whether a selector names columns, and does not only exclude some."""
    items = _Columns(names, len(names), "").items(selector)
    return not all(item.startswith("!") and item not in names for item in items)


class _Columns:
    """The columns that a selector may choose."""

    def __init__(self, names: tuple[str, ...], width: int, label: str) -> None:
        self.names = names
        self.width = width
        self.label = label
        self.known = {name: column for column, name in enumerate(names)}
        self._counts = Counter(names)
        self._longest = max([_LONGEST, *map(len, names)])

    def fail(self, problem: str) -> UsageError:
        """Return an error that lists the columns."""
        offer = name_list(self.names) if self.names else f"the columns 0 to {self.width - 1}"
        return UsageError(f"{self.label}: {problem}; choose one of {offer}")

    def items(self, selector: str) -> Iterator[str]:
        """Yield the parts of a selector between its commas, but not those within a column name."""
        names = {name for name in self.names if "," in name}
        most = max((name.count(",") + 1 for name in names), default=1)
        parts, at = selector.split(","), 0
        while at < len(parts):
            several = (",".join(parts[at : at + size]) for size in range(most, 1, -1))
            item = next((one for one in several if one.removeprefix("!") in names), parts[at])
            yield item.strip()
            at += item.count(",") + 1

    def match(self, item: str) -> Sequence[int]:
        """Return the columns that one item of a selector chooses."""
        single = self._column(item)
        if single is not None:
            return [single]
        if len(item) > 2 * self._longest + 1:
            raise self.fail(f"no column {show(item)}")
        for position, char in enumerate(item):
            if char != "-":
                continue
            first, last = self._column(item[:position]), self._column(item[position + 1 :])
            if first is None or last is None:
                continue
            if first > last:
                raise self.fail(f"the range {show(item)} runs backward")
            return range(first, last + 1)
        if any(char in item for char in "*?["):
            columns = [column for column, name in enumerate(self.names) if fnmatchcase(name, item)]
            if columns:
                return columns
        raise self.fail(f"no column {show(item)}")

    def _column(self, text: str) -> int | None:
        """Return the column of this exact name, or at this index; None where there is none."""
        if text and self._counts[text] > 1:
            raise UsageError(f"{self.label}: {show(text)} appears twice; choose it by its index")
        return self.known[text] if text in self.known else parse_index(text, self.width)


def suggest(numeric: Sequence[bool], names: tuple[str, ...]) -> str:
    """Return a selector of the columns that hold numbers."""
    counts = Counter(names)
    wanted = [column for column, is_number in enumerate(numeric) if is_number]
    other = [column for column, is_number in enumerate(numeric) if not is_number]

    def typed(*columns: int) -> list[str]:
        own = [names[column] for column in columns] if names else []
        if all(counts[name] == 1 and _PLAIN_NAME.fullmatch(name) for name in own):
            return own or list(map(str, columns))
        return list(map(str, columns))

    if all(right == left + 1 for left, right in pairwise(wanted)):
        return "-".join(typed(*wanted if len(wanted) == 1 else (wanted[0], wanted[-1])))
    return ",".join(f"!{name}" for name in typed(*other))
