"""The wrong file is refused by its shape, before a number of it is read."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from losscli.contract.cases import Variant
from losscli.engine.arrays import array_source
from losscli.engine.breakdown.groups import ByGroup
from losscli.engine.compute import checked_options
from losscli.engine.problem.prepare import prepare
from losscli.engine.problem.problem import Problem
from losscli.engine.problem.settings import Settings
from losscli.errors import DataError, MisfitError
from losscli.losses.declare.options import array_extent
from losscli.readers.class_names import Words
from losscli.readers.source import Source
from tests.losses.cases import VARIANTS


class Unreadable(Source):
    """An array of eight terabytes."""

    label = "huge.npy"
    dtype = np.dtype(np.float64)

    def __init__(self, shape: tuple[int, ...] = (2**40,)) -> None:
        self.shape = shape

    def read(self, start: int, stop: int) -> Any:
        raise AssertionError(f"{stop - start} rows are read")


def prepared(variant: Variant, **changes: Source) -> Problem:
    case = variant.draw(np.random.default_rng(3), (5,))
    sources = {name: array_source(name, array) for name, array in case.roles.items()} | changes
    loss = variant.loss
    weight = sources.pop("sample_weight", None)
    return prepare(loss, sources, checked_options(loss, case.options | sources), Settings(), weight)


def test_roles_and_weights() -> None:
    for variant in VARIANTS:
        loss = variant.loss
        names = [role.name for role in loss.roles[1:]]
        names += [option.name for option in loss.options if array_extent(option)]
        for name in [*names, "sample_weight"]:
            for shape in ((2**40,), (2**20, 2**20, 3)):
                with pytest.raises(MisfitError, match=r"huge\.npy"):
                    prepared(variant, **{name: Unreadable(shape)})


def test_concatenated_labels() -> None:
    variant = next(one for one in VARIANTS if one.loss.name == "ctc")
    with pytest.raises(MisfitError, match=r"sum to .* but huge\.npy holds 1099511627776 labels"):
        prepared(variant, target=Unreadable())


def test_groups() -> None:
    problem = prepared(next(one for one in VARIANTS if one.loss.name == "ce"))
    with pytest.raises(DataError, match=r"huge\.npy: .*groups.* has shape \(1099511627776,\)"):
        ByGroup(problem, Unreadable(), Words())
