"""The type of arrays; a docstring states the dtype where it matters."""

from typing import Any

import numpy as np

Array = np.ndarray[tuple[Any, ...], np.dtype[Any]]
