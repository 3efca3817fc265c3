"""A transform of an array, as the command computes it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from losscli.engine.transformation import transformation
from losscli.losses.transforms import TRANSFORMS
from losscli.readers.source import ArraySource

Array = NDArray[np.float64]
DOCUMENT = [[0.7459, 0.5881, 0.4795], [0.2894, 0.0568, 0.3439], [0.6124, 0.7558, 0.4308]]


def transformed(
    name: str, values: object, class_axis: int = 1, dtype: str = "float64", threads: int = 1
) -> Array:
    source = ArraySource(np.asarray(values, float), "input")
    task = transformation(TRANSFORMS[name], source, class_axis, dtype)
    parts = list(task.in_place(task.blocks(threads)))
    return np.concatenate(parts) if source.shape else parts[0]
