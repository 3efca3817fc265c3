"""The conventions of all libraries for a case, and each as a deviation for the search."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.convention import Convention
from losscli.commands.reconcile.deviation import Deviation
from losscli.commands.reconcile.libraries import keras, optax, sklearn, torch, torchmetrics
from losscli.errors import LossError

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
                2,
                _as_own(convention.case),
                fold=convention.fold,
                torch={"call": convention.call},
                axis="library",
                alone=True,
            )


def _as_own(own: Case) -> Callable[[Case], Case]:
    return lambda _: own
