"""The type of arrays that are written; the room of numerics has one of its own."""

from typing import Any

import numpy as np

Array = np.ndarray[tuple[Any, ...], np.dtype[Any]]
