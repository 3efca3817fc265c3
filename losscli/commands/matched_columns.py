"""Columns of two tables are matched by their names, whatever their order."""

from __future__ import annotations

from collections.abc import Sequence

from losscli.errors import DataError, show
from losscli.numerics.arrays import Array
from losscli.readers.source import DerivedSource, Source, noted


class ColumnsInOrder(DerivedSource):
    """The columns of a table in a different order."""

    def __init__(self, source: Source, order: Sequence[int], names: tuple[str, ...]) -> None:
        super().__init__(source)
        self._order = list(order)
        self.names = names
        self.columns = tuple(source.columns[column] for column in order if source.columns)

    def read(self, start: int, stop: int) -> Array:
        """Return rows start to stop."""
        return self._source.read(start, stop)[:, self._order]

    def original_index(self, index: Sequence[int]) -> list[int]:
        """Return the index in the file."""
        return [i if axis != 1 else self._order[i] for axis, i in enumerate(index)]


def matched_by_name(first: Source, other: Source) -> Source:
    """Return a source with its columns in the order of the first one's.

    DataError where both tables name their columns, and not with the same names.
    """
    names, known = list(other.names), list(first.names)
    if names == known or min(len(names), len(known)) < 2 or len(names) != len(known):
        return other
    if set(names) != set(known):
        lone = next(name for name in known if name not in names)
        theirs = next((name for name in names if name not in known), lone)
        # logit_cat in one file may be prob_cat in the other.
        names, known = _bare(names), _bare(known)
        if set(names) != set(known):
            raise DataError(
                f"{other.label} has no column {show(lone)}, which {first.label} has, but "
                f"{show(theirs)}: classes are matched by name; rename the columns of one file"
            )
    if names == known:
        return other
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DataError(
            f"{other.label} has two columns {show(twice)}, so they cannot be matched with those of "
            f"{first.label} by name; rename one of them in both files"
        )
    note = f"{other.label}: its columns are matched with those of {first.label} by name, not order"
    order = [names.index(name) for name in known]
    return noted(ColumnsInOrder(other, order, first.names), note)


def _bare(names: Sequence[str]) -> list[str]:
    """Return names without what they all begin with."""
    low, high = min(names), max(names)
    pairs = zip(low, high, strict=False)
    shared = next((at for at, (left, right) in enumerate(pairs) if left != right), len(low))
    return [name[shared:] for name in names]
