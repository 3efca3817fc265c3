"""The type of arrays; a docstring states the dtype where it matters."""

from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]
