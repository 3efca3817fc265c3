"""The numbers of a sample that a page lets its reader change."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from losscli.commands.explain.number import Number
from losscli.commands.explain.sample import Sample
from losscli.losses.declare.role_kind import Kind, Layout

FEW_CLASSES = 12
"""Up to as many classes, all can be changed and be the target; of more, those with a row."""
MOST_OF_A_SEQUENCE = 60
"""Numbers of a sequence, class by class for each step."""


class Input(NamedTuple):
    """One number that can be changed, and the class that it is of."""

    role: str
    label: str
    cls: int | None
    kind: Kind
    number: Number


def inputs_of(sample: Sample, roles: Sequence[Any], shown: Sequence[int]) -> list[Input]:
    """Return the finite numbers of the roles; of many classes those that are shown."""
    return [
        found
        for operand, numbers in zip(sample.problem.operands, roles, strict=True)
        if not operand.kind.is_integer
        for found in _of_role(sample, operand.role.name, operand.kind, numbers, shown)
        if math.isfinite(found.number.value)
    ]


def _of_role(
    sample: Sample, role: str, kind: Kind, numbers: Any, shown: Sequence[int]
) -> Iterator[Input]:
    labels = sample.labels()
    if isinstance(numbers, Number):
        yield Input(role, "", None, kind, numbers)
    elif kind.layout is Layout.SEQUENCES:
        steps = range(len(numbers[0]))
        places = [(t, j) for t in steps for j in range(len(numbers))]
        for t, j in places[:MOST_OF_A_SEQUENCE]:
            name = labels[j].removeprefix("class ")
            yield Input(role, f"{name} at t = {t}", None, kind, numbers[j][t])
    else:
        for j in shown:
            yield Input(role, labels[j], j, kind, numbers[j])
