"""A convention: what one library's call returns for a case, and why it differs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.deviation import Fold
from losscli.errors import LossError
from losscli.losses.declare.registry import Loss

SAME = "the same definition"


@dataclass(frozen=True)
class Convention:
    """One call of a library: of the input `x`, the target `y`, weights `w`, sample weights `s`."""

    call: str
    note: str
    case: Case
    """The case in losscli that computes it."""
    fold: Fold | None = None
    """How the sums become a number, if not as in losscli."""
    library: str = ""

    def value(self) -> float:
        """Return what the call returns; nan where the library has no number."""
        try:
            tally = self.case.tally()
        except LossError:
            return math.nan
        return self.case.value(tally) if self.fold is None else self.fold.of(tally)


def joined(*arguments: str) -> str:
    """Return arguments with commas between, empty ones left out."""
    return ", ".join(argument for argument in arguments if argument)


def noted(*notes: str) -> str:
    """Return the differences in one sentence; without notes there are none."""
    return "; ".join(note for note in notes if note) or SAME


def name_in(loss: Loss, library: str) -> str:
    """Return what a library calls a loss, without remarks; empty where it has none."""
    found = loss.libraries[library]
    return found[0].names[0].partition("(")[0] if found else ""


def without(case: Case, lacking: Mapping[str, str]) -> tuple[Case, list[str]]:
    """Return the case without the options that a library lacks, and a note for each one in use."""
    notes = []
    for option in case.loss.options:
        if option.name in lacking and case.options[option.name] not in (None, 0):
            case = case.with_options(**{option.name: None if option.default is None else 0.0})
            notes.append(lacking[option.name])
    return case, notes
