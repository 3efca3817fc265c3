"""The Python call: `losscli.transform("softmax", x)`."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from losscli.engine.arrays import array_source
from losscli.engine.transformation import transformation
from losscli.errors import UsageError, option, warn
from losscli.losses.transforms import TRANSFORMS
from losscli.numerics.arrays import Array


def transform(name: str, x: ArrayLike, *, class_axis: int = 1, dtype: str = "float64") -> Array:
    """Transform an array: softmax, log-softmax, sigmoid or log-sigmoid.

    The numbers are those of `loss softmax` and the other commands, bit for bit. `x` has any shape
    for the sigmoids, one logit per entry; for the softmaxes (n, c) or (n, c, d...), the classes on
    `class_axis`, or (c,) with `class_axis=0` for one sample. It is not modified.

    Returns a new array of the shape of `x`. Formulas are computed in float64; with
    `dtype="float32"`, numbers are rounded when they are read and when they are returned. A row with
    nan or +inf becomes nan.

    Warns with `losscli.LossWarning` where softmax runs over one class. Raises UsageError for an
    unknown name, dtype or axis and DataError for an array that does not fit; both are LossError.
    """
    found = TRANSFORMS.get(name.replace("_", "-")) if isinstance(name, str) else None
    if found is None:
        raise UsageError(f"{name!r} is not one of {', '.join(TRANSFORMS)}")
    if not found.by_class and class_axis != 1:
        raise UsageError(f"{option('class_axis')}: {found.name} has no class axis; remove it")
    task = transformation(found, array_source("input", x), class_axis, dtype)
    out, at = np.empty(task.shape, task.dtype), 0
    for part in task.in_place(task.blocks(None)):
        rows = len(part) if part.ndim else 1
        out[slice(at, at + rows) if part.ndim else ()] = part
        at += rows
    warn(task.warnings)
    return out
