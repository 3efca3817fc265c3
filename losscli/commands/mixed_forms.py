"""Outputs in different forms: probabilities against logits have a difference, a wrong one."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from os.path import basename, splitext
from typing import Any, NamedTuple

import numpy as np

from losscli.commands.model_sources import REFERENCE
from losscli.commands.signatures import flag
from losscli.engine.input_checks import (
    FEWEST_ELEMENTS,
    are_probabilities,
    in_unit,
    row_sum_tolerance,
)
from losscli.engine.problem.grid import Tile
from losscli.engine.problem.problem import Problem, TileData
from losscli.errors import DataError, for_command_line, short_name
from losscli.losses.declare.registry import Loss
from losscli.losses.declare.role_kind import Layout
from losscli.numerics.arrays import Array
from losscli.numerics.elementary import log_sum_exp
from losscli.readers.spec import parse_spec
from losscli.readers.urls import without_secrets

PROBS, LOG_PROBS = "probabilities", "log-probabilities"
ZEROS_AND_ONES = "zeros and ones"
"""Rows of these are probabilities, or simple logits."""
EXPECTED = {"logits": (PROBS,), LOG_PROBS: (PROBS, LOG_PROBS)}
"""What not all outputs may be but one, by what they should be.

Log-probabilities next to logits are logits: their softmax is the same.
"""


class Side(NamedTuple):
    """The output of one model."""

    key: str
    """Its operand."""
    typed: str
    """Its source on the command line."""


class Forms:
    """Observes a run: the forms that all rows of each output may have."""

    def __init__(
        self, loss: Loss, problem: Problem, sides: Sequence[tuple[str, str]], tool: str = ""
    ) -> None:
        self._loss = loss
        self._tool = tool
        self._problem = problem
        self._sides = [Side(*side) for side in sides]
        kind = problem.input.kind
        self._by_row = kind.layout is Layout.CLASSES
        enough = problem.grid.classes > 1 if self._by_row else problem.grid.size >= FEWEST_ELEMENTS
        expected = EXPECTED.get(kind.name, ()) if self._by_row else EXPECTED.get(kind.name, ())[:1]
        self._wrong = expected if enough else ()
        forms = {*self._wrong, ZEROS_AND_ONES} if self._wrong else set()
        # Replaced by smaller sets, never changed: a thread that reads an old one works in vain.
        self._possible = {side.key: set(forms) for side in self._sides}

    def look(self, problem: Problem, data: TileData, terms: Array, tile: Tile) -> list[set[str]]:  # noqa: ARG002
        """Return the forms that each output may have on a tile."""
        return [
            {form for form in self._possible[side.key] if self._is(form, side.key, data)}
            for side in self._sides
        ]

    def add(self, seen: Any) -> None:
        """Add a tile."""
        for side, forms in zip(self._sides, seen, strict=True):
            self._possible[side.key] = self._possible[side.key] & forms

    def refuse_mixture(self) -> None:
        """Refuse outputs of which some are probabilities, and some are not."""
        for kind in self._wrong:
            having = [side for side in self._sides if kind in self._possible[side.key]]
            lacking = [side for side in self._sides if side not in having]
            if lacking and any(ZEROS_AND_ONES not in self._possible[side.key] for side in having):
                raise DataError(for_command_line(self._refusal(kind, having[0], lacking[0])))

    def _refusal(self, kind: str, side: Side, other: Side) -> str:
        labels = [self._problem.operand(one.key).source.label for one in (side, other)]
        text = f"{labels[0]} holds {kind}, but {labels[1]} does not"
        role = self._loss.roles[0].name
        takes = PROBS if kind == PROBS else "logits"
        form = next((form for form in self._loss.forms(role) if form.kind.name == takes), None)
        if form is None:
            return f"{text}; give the {self._problem.input.kind.name} of all"
        how = for_command_line(form.spelled(self._loss))
        how = how.replace("loss ", f"loss {self._tool} ") if self._tool else how
        if kind == LOG_PROBS:
            return f"{text}; use {how}, which takes both"
        if len(self._sides) > 2:
            return f"{text}; give the logits of all, or the probabilities of all and use {how}"
        axis = self._problem.settings.class_axis
        shown = without_secrets(other.typed)
        activation = "softmax" if self._by_row else "sigmoid"
        words = ["loss", activation, "-i", short_name(shown)]
        words += [] if axis in (None, 1) else ["--class-axis", str(axis)]
        name = REFERENCE if other.key == REFERENCE else "input"
        made = splitext(basename(parse_spec(shown).path))[0].strip("-") or name
        made = f"{short_name(made)}-{activation}.npy"
        use = f" {how}" if how.startswith("-") else f" to {how}"
        return (
            f"{text}; write its probabilities with {shlex.join([*words, '-o', made])} and give "
            f"{flag(name)} {shlex.quote(made)}{use}"
        )

    def _is(self, form: str, key: str, data: TileData) -> bool:
        """Tell whether all rows of a tile are probabilities, or their logarithms."""
        x = data.values[key]
        if form == ZEROS_AND_ONES:
            return bool(((x == 0) | (x == 1)).all())
        if not self._by_row:
            return in_unit(x[None])
        if form == PROBS:
            return are_probabilities(x)
        if not (x[0] <= 0).all() or not (x <= 0).all():
            return False
        with np.errstate(all="ignore"):
            return bool((np.abs(log_sum_exp(x)) < row_sum_tolerance(x)).all())
