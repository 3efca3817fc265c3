"""A convention: what one library's call returns for a case, and why it differs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from losscli.commands.reconcile.case import Case, Tally
from losscli.errors import LossError


@dataclass(frozen=True)
class Convention:
    """One call of a library: of the input `x`, the target `y`, weights `w`, sample weights `s`."""

    library: str
    call: str
    note: str
    case: Case
    """What it computes, as a case of ours."""
    fold: Callable[[Tally], float] | None = None
    """How its sums become a number, where not as ours."""

    def value(self) -> float:
        """Return what the call returns; nan where the library has no number."""
        try:
            tally = self.case.tally()
        except LossError:
            return math.nan
        return self.case.value(tally) if self.fold is None else self.fold(tally)


SAME = "the same definition"


def keywords(**given: object) -> str:
    """Return keyword arguments as one types them, those left out that are None."""
    return ", ".join(f"{name}={value}" for name, value in given.items() if value is not None)


def joined(*arguments: str) -> str:
    """Return arguments with commas between, empty ones left out."""
    return ", ".join(argument for argument in arguments if argument)
