"""The conventions of all libraries for a case, and each as a deviation for the search."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.convention import Convention
from losscli.commands.reconcile.deviation import NOW_AND_THEN, Deviation
from losscli.commands.reconcile.libraries import keras, optax, sklearn, torch, torchmetrics
from losscli.errors import LossError, UsageError

LIBRARY = "library"
"""The axis of the deviations that are a call of a library."""
LIBRARIES = (torch, keras, optax, sklearn, torchmetrics)


def conventions(case: Case) -> list[Convention]:
    """Return what each library does with the data of a case."""
    found: list[Convention] = []
    if case.adds_to_terms:
        return found
    # A single number has no axis that a mean could run over.
    for library in LIBRARIES if case.input.shape else (torch,):
        try:
            found += [replace(row, library=library.NAME) for row in library.rows(case)]
        except LossError:
            continue
    return found


def as_deviations(case: Case) -> Iterator[Deviation]:
    """Yield the conventions of other libraries as deviations: one call explains the number."""
    for convention in conventions(case):
        if convention.library != torch.NAME:
            yield Deviation(
                f"as {convention.library} computes it: {convention.note}",
                NOW_AND_THEN,
                _as_own(convention.call),
                fold=convention.fold,
                axis=LIBRARY,
                alone=True,
            )


def _as_own(call: str) -> Callable[[Case], Case]:
    """Return the change of a case, or of some of its rows, into that of a call."""

    def change(case: Case) -> Case:
        own = next((one for one in conventions(case) if one.call == call), None)
        if own is None:
            raise UsageError("there is no such call for these rows")
        return own.case

    return change
