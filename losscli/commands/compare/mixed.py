"""Two outputs in different forms: probabilities against logits have a divergence, a wrong one."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from os.path import basename, splitext
from typing import Any

import numpy as np

from losscli.engine.input_checks import are_probabilities, row_sum_tolerance
from losscli.engine.problem.grid import Tile
from losscli.engine.problem.problem import Problem, TileData
from losscli.errors import DataError, short_name
from losscli.numerics.arrays import Array
from losscli.numerics.elementary import log_sum_exp
from losscli.readers.spec import parse_spec
from losscli.readers.urls import without_secrets

ROLES = ("input", "reference")
PROBS, LOG_PROBS = "probabilities", "log-probabilities"
ZEROS_AND_ONES = "zeros and ones"
"""Rows of these are probabilities, or simple logits."""


class Forms:
    """Observes a run: the forms that all rows of each output may have."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        forms = {PROBS, LOG_PROBS, ZEROS_AND_ONES} if problem.grid.classes > 1 else set()
        # Replaced by smaller sets, never changed: a thread that reads an old one works in vain.
        self._possible = {role: set(forms) for role in ROLES}

    def look(self, problem: Problem, data: TileData, terms: Array, tile: Tile) -> list[set[str]]:  # noqa: ARG002
        """Return the forms that each output may have on a tile."""
        return [
            {form for form in self._possible[role] if _is(form, data.values[role])}
            for role in ROLES
        ]

    def add(self, seen: Any) -> None:
        """Add a tile."""
        for role, forms in zip(ROLES, seen, strict=True):
            self._possible[role] = self._possible[role] & forms

    def refuse_mixture(self, typed: Mapping[str, Any], form: str) -> None:
        """Refuse outputs in different forms; `typed` are their sources on the command line.

        Log-probabilities next to logits are logits: their softmax is the same.
        """
        for kind in (PROBS, LOG_PROBS) if form == "log-probs" else (PROBS,):
            sides = [role for role in ROLES if kind in self._possible[role]]
            if len(sides) == 1 and ZEROS_AND_ONES not in self._possible[sides[0]]:
                (side,) = sides
                other = ROLES[1 - ROLES.index(side)]
                raise DataError(self._refusal(kind, side, other, typed[other]))

    def _refusal(self, kind: str, side: str, other: str, source: str | None) -> str:
        labels = [self.problem.operand(role).source.label for role in (side, other)]
        text = f"{labels[0]} holds {kind}, but {labels[1]} does not"
        if kind == LOG_PROBS:
            return f"{text}; use --from logits, which takes both"
        axis = self.problem.settings.class_axis
        shown = without_secrets(str(source))
        words = ["loss", "softmax", "-i", short_name(shown)]
        words += [] if axis in (None, 1) else ["--class-axis", str(axis)]
        made = splitext(basename(parse_spec(shown).path))[0].strip("-") or other
        made = f"{short_name(made)}-softmax.npy"
        return (
            f"{text}; write its probabilities with {shlex.join([*words, '-o', made])} and give "
            f"--{other} {shlex.quote(made)} --from probs"
        )


def _is(form: str, x: Array) -> bool:
    """Tell whether all rows of a tile are probabilities, or their logarithms."""
    if form == PROBS:
        return are_probabilities(x)
    if form == ZEROS_AND_ONES:
        return bool(((x == 0) | (x == 1)).all())
    if not (x[0] <= 0).all() or not (x <= 0).all():
        return False
    with np.errstate(all="ignore"):
        return bool((np.abs(log_sum_exp(x)) < row_sum_tolerance(x)).all())
