"""A role that a command may read, and the names by which files have it."""

from __future__ import annotations

import re
from typing import NamedTuple

from losscli.readers.class_names import Words


class WantedRole(NamedTuple):
    """One role that a loss may take."""

    role: str
    names: tuple[str, ...]
    """Its possible keys in a mapping, an archive or a table; the first is the name of the role."""
    required: bool
    labels: bool = False
    """Whether it may hold labels: integers stay exact, class names become numbers."""
    words: Words | None = None
    """Numbers the words of a role whose labels are not classes."""
    by_row: bool = True
    """Whether its rows are the samples, as opposed to one weight per class."""
    ignored: tuple[int, ...] = ()
    """Labels that mark rows that do not count."""
    option: bool = True
    """Whether the command has an option for it."""
    in_rows: bool | None = False
    """Whether one row of typed numbers is a row rather than a vector; None where the first role
    has this shape."""
    typed_as: str = ""
    """What messages call numbers that are typed; empty for the name of the role."""

    def is_named(self, column: str) -> bool:
        """Tell whether a column has the name of this role."""
        return column.lower() in self.names

    def begins(self, column: str) -> int:
        """Return how much of a column's name is the role's: 6 in `logit_cat`, else 0."""
        if not self.required:
            return 0
        name, best = column.lower(), 0
        for own in self.names:
            for stem in {own, own.removesuffix("s")}:
                if len(stem) > 1 and re.match(rf"{re.escape(stem)}(?:[_. -].|\d)", name):
                    best = max(best, len(stem) + 1)
        return best


UNREAD_LABELS = WantedRole("unread", ("label", "labels", "target", "targets"), False, option=False)
"""Labels beside the input of a command that takes none: they are not its data."""
