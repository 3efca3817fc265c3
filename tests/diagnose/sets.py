"""A data set: a loss, its arrays, and how they are stored."""

from __future__ import annotations

import math
import shlex
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from losscli import compute
from losscli.commands.diagnose.examine import examine
from losscli.commands.diagnose.inspection import Inspection
from losscli.commands.diagnose.registry import rules
from losscli.commands.options import DataOptions
from losscli.commands.typed import Typed
from losscli.errors import LossError
from losscli.losses.declare.registry import Loss, find
from losscli.numerics.arrays import Array
from tests.diagnose.storage import EXACT, Storage

Found = dict[str, str]
"""The codes of the findings, each with its most severe severity."""


@dataclass(frozen=True)
class DataSet:
    """Arrays and options of one call."""

    loss: str
    arrays: dict[str, Array]
    """Roles, weights, sample_weight and groups, as they are stored."""
    options: dict[str, Any] = field(default_factory=dict)
    flags: dict[str, Any] = field(default_factory=dict)
    """Options of the data: label_base, class_axis, map_binary, shift."""
    storage: Storage = EXACT
    """Of the first role."""
    true: frozenset[str] = frozenset()
    """Codes of warnings that are true of it, although nothing is wrong."""

    def __str__(self) -> str:
        """Return what the set is, without its numbers."""
        shapes = " ".join(f"{name}{list(x.shape)}" for name, x in self.arrays.items())
        words = ", ".join(
            f"{name}={value}" for name, value in {**self.options, **self.flags}.items()
        )
        return f"{self.loss} {shapes} {words} {self.storage.format} {self.storage.digits}"

    @property
    def declared(self) -> Loss:
        """The declaration of the loss."""
        return find(self.loss)

    @property
    def first(self) -> str:
        """The name of the first role."""
        return self.declared.roles[0].name

    @property
    def input(self) -> Array:
        """The numbers of the first role."""
        return self.arrays[self.first]

    @property
    def target(self) -> Array:
        """The numbers of the target."""
        return self.arrays["target"]

    def changed(self, **arrays: Array | None) -> DataSet:
        """Return the set with arrays replaced, or without those that are None."""
        merged = {name: x for name, x in {**self.arrays, **arrays}.items() if x is not None}
        return replace(self, arrays=merged)

    def with_options(self, **options: Any) -> DataSet:
        """Return the set with options changed."""
        return replace(self, options={**self.options, **options})

    def of(self, loss: str, **options: Any) -> DataSet:
        """Return the arrays under another loss, which has the options that are given only."""
        names = {role.name for role in find(loss).roles} | {"sample_weight", "groups"}
        arrays = {name: x for name, x in self.arrays.items() if name in names}
        return replace(self, loss=loss, arrays=arrays, options=options)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shapes of all arrays."""
        return {name: x.shape for name, x in self.arrays.items()}

    def diagnosed(self) -> Found:
        """Ask every rule."""
        sources: dict[str, Any] = {
            name: (self.storage if name == self.first else EXACT).source(name, x)
            for name, x in self.arrays.items()
        }
        words = {**{name: f"{name}.npy" for name in self.arrays}, **self.options}
        groups = sources.pop("groups", None)
        typed = Typed(self.declared, words, DataOptions(**self.flags))
        diagnosis = examine(Inspection(self.declared, sources, typed, groups), rules())
        found: Found = {}
        for finding in diagnosis.findings:
            found.setdefault(finding.code, finding.severity)
        return found

    def written(self, folder: Path) -> list[str]:
        """Write the arrays to files, and return the command that diagnoses them."""
        words: dict[str, Any] = dict(self.options)
        flags = dict(self.flags)
        for name, x in self.arrays.items():
            # A column of a table is a list: (n, 1) needs a format with shapes.
            if x.ndim <= 2 and x.shape[1:] != (1,) and (self.storage.is_text or name != self.first):
                path = folder / f"{name}.csv"
                rows = x.reshape(len(x), -1).tolist()
                header = ",".join(f"column {k}" for k in range(len(rows[0])))
                lines = [header, *(",".join(map(repr, row)) for row in rows)]
                path.write_text("\n".join(lines) + "\n")
            else:
                path = folder / f"{name}.npy"
                np.save(path, x)
            (flags if name in ("sample_weight", "groups") else words)[name] = str(path)
        groups = flags.pop("groups", None)
        typed = Typed(self.declared, words, DataOptions(**flags))
        command = shlex.split(typed.command(tool="diagnose"))[1:]
        return [*command, *(["--groups", groups] if groups else []), "-f", "json"]

    def losses(self) -> Array | None:
        """Return the loss of each sample; None where the loss refuses the data."""
        given: dict[str, Any] = {**self.arrays, **self.options, **self.flags}
        given.pop("groups", None)
        try:
            with np.errstate(all="ignore"):
                result = compute(self.loss, **given, threads=1)
        except LossError:
            return None
        return np.append(np.ravel(result.per_sample), float(result.value))


CHANGE = 0.05
"""A mistake that changes the loss by this share can be seen."""
ERRORS = 5.0
"""A change of this many standard errors is not due to chance."""
NATS = 10.5
"""Nor a change of this many nats, over all terms."""


def visible(right: DataSet, wrong: DataSet, *, by_chance: bool) -> bool:
    """Return whether a mistake changes the shapes, or the loss by 5 %.

    Where a statistic decides (`by_chance`), the change must also be beyond the chance of n terms.
    """
    before, after = right.losses(), wrong.losses()
    same_roles = right.loss == wrong.loss and right.shapes == wrong.shapes
    if before is None or after is None or (not same_roles and not by_chance):
        return True
    if not math.isfinite(after[-1]):
        return True
    by = abs(after[-1] - before[-1])
    if not by or by < CHANGE * abs(before[-1]):
        return False
    if not by_chance or before.shape != after.shape:
        return True
    change = (after - before)[:-1]
    error = float(change.std(ddof=1)) / math.sqrt(len(change))
    total = abs(float(change.sum()))
    return total >= max(NATS, ERRORS * error * len(change))
