"""Column selectors: names, 0-based indices, ranges and globs; `!` leaves out."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import TYPE_CHECKING

from losscli.errors import UsageError, show
from losscli.readers.class_names import name_list

if TYPE_CHECKING:
    from collections.abc import Sequence

_PLAIN_NAME = re.compile(r"[\w. ]{1,30}")


def select(selector: str, names: tuple[str, ...], width: int, label: str) -> list[int]:
    """Return the indices of the columns that a selector chooses, in its order.

    An exact column name wins over every other reading, so names may hold commas, hyphens or
    digits. UsageError where an item fits no column, or nothing is left.
    """
    chosen: dict[int, None] = {}
    left_out: set[int] = set()
    items = list(_items(selector, names))
    for item in items:
        if item.startswith("!") and item not in names:
            left_out.update(_match(item[1:], names, width, label))
        else:
            chosen.update(dict.fromkeys(_match(item, names, width, label)))
    if not chosen and left_out:
        chosen = dict.fromkeys(range(width))
    columns = [column for column in chosen if column not in left_out]
    if not columns:
        raise UsageError(f"{label}: {show(selector)} leaves no column; {_offer(names, width)}")
    return columns


def _items(selector: str, names: tuple[str, ...]) -> list[str]:
    """Cut a selector at its commas, but not within a column name."""
    items: list[str] = []
    parts = selector.split(",")
    known = {name for name in names if "," in name}
    while parts:
        size = 1
        for longer in range(len(parts), 1, -1) if known else ():
            if ",".join(parts[:longer]).removeprefix("!") in known:
                size = longer
                break
        items.append(",".join(parts[:size]).strip())
        parts = parts[size:]
    return items


def _match(item: str, names: tuple[str, ...], width: int, label: str) -> Sequence[int]:
    """Return the columns that one item stands for."""
    single = _column(item, names, width, label)
    if single is not None:
        return [single]
    for position, char in enumerate(item):
        if char != "-":
            continue
        first = _column(item[:position], names, width, label)
        last = _column(item[position + 1 :], names, width, label)
        if first is None or last is None:
            continue
        if first > last:
            raise UsageError(
                f"{label}: the range {show(item)} runs backwards; {_offer(names, width)}"
            )
        return range(first, last + 1)
    columns = [column for column, name in enumerate(names) if fnmatchcase(name, item)]
    if columns and any(char in item for char in "*?["):
        return columns
    raise UsageError(f"{label}: no column {show(item)}; {_offer(names, width)}")


def _column(text: str, names: tuple[str, ...], width: int, label: str) -> int | None:
    """Return the column of an exact name or an index in range, else None."""
    if names.count(text) > 1:
        raise UsageError(f"{label}: {show(text)} stands twice in the header; choose by index")
    if text in names:
        return names.index(text)
    if text.isascii() and text.isdigit() and len(text) < 10 and int(text) < width:
        return int(text)
    return None


def _offer(names: tuple[str, ...], width: int) -> str:
    """Say which columns there are."""
    return f"the columns are {name_list(names)}" if names else f"the columns are 0 to {width - 1}"


def suggest(numeric: Sequence[bool], names: tuple[str, ...]) -> str:
    """Return a selector for the columns that hold numbers."""
    plain = len(set(names)) == len(names) > 0 and all(map(_PLAIN_NAME.fullmatch, names))
    wanted = [column for column, is_number in enumerate(numeric) if is_number]

    def name(column: int) -> str:
        return names[column] if plain else str(column)

    if all(right == left + 1 for left, right in pairwise(wanted)):
        return name(wanted[0]) if len(wanted) == 1 else f"{name(wanted[0])}-{name(wanted[-1])}"
    return ",".join(f"!{name(column)}" for column, ok in enumerate(numeric) if not ok)
