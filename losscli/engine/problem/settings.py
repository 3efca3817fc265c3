"""The options of every loss that change its numbers."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from losscli.errors import UsageError, option
from losscli.losses.declare.registry import Loss

DTYPES = ("float64", "float32")


def require_whole(name: str, number: object) -> None:
    """Refuse the value of an option that is not a whole number."""
    if isinstance(number, bool) or not isinstance(number, int | np.integer):
        raise UsageError(f"{option(name)}: {number!r} is not a whole number; give one")


@dataclass(frozen=True)
class Settings:
    """Reduction, dtype, and how labels and axes are numbered."""

    reduction: str = "mean"
    dtype: str = "float64"
    label_base: int = 0
    class_axis: int | None = None
    map_binary: bool = False
    shift: bool = False
    """Whether position i of the input is compared with the target at position i + 1."""

    @property
    def divides(self) -> bool:
        """Whether the reduced loss is a mean, over terms or over samples."""
        return self.reduction not in ("sum", "none")

    def axis_of(self, loss: Loss) -> int:
        """Return the class axis: the one that was set, or the loss's own."""
        return loss.class_axis if self.class_axis is None else self.class_axis

    def check(self, loss: Loss) -> None:
        """Refuse values that no loss allows, or not this one."""
        for name, value, known in (
            ("reduction", self.reduction, loss.reductions),
            ("dtype", self.dtype, DTYPES),
        ):
            if not isinstance(value, str) or value not in known:
                raise UsageError(f"{option(name)}: {value!r} is not one of {', '.join(known)}")
        for name, number in (("label_base", self.label_base), ("class_axis", self.class_axis)):
            if number is not None:
                require_whole(name, number)
        if self.label_base not in (0, 1):
            raise UsageError(f"{option('label_base')}: {self.label_base!r} is not 0 or 1; give one")
        for setting in fields(self):
            lacking = loss.lacks(setting.name)
            if lacking and getattr(self, setting.name) != setting.default:
                raise UsageError(f"{option(setting.name)}: {loss.name} has no {lacking}; remove it")
