"""The type of every array: its dtype is said where it matters."""

from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]
