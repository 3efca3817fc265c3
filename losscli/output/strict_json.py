"""Numbers as plain Python and strict JSON: the shortest digits that read back the same."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from losscli.numerics.arrays import Array

SEPARATORS = (",", ":")
NOT_FINITE = {math.inf: "inf", -math.inf: "-inf"}


def plain(value: Any) -> Any:
    """Return a number, or a list of them, as JSON may hold it: non-finite ones as strings."""
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return NOT_FINITE.get(value, "nan")
    return value


def numbers(values: Array) -> list[Any]:
    """Return an array as nested lists of the shortest numbers that read back the same."""
    if values.dtype == np.float32:
        # tolist() would widen to double and print digits that are not in the number.
        flat = [float(str(item)) for item in values.reshape(-1)]
        return _nested(flat, values.shape)
    return values.tolist() if values.ndim else [values.item()]


def _nested(flat: list[Any], shape: tuple[int, ...]) -> list[Any]:
    for width in reversed(shape[1:]):
        flat = [flat[i : i + width] for i in range(0, len(flat), width)]
    return flat


def dumped(value: Any) -> str:
    """Return strict JSON (RFC 8259) on one line."""
    return json.dumps(plain(value), separators=SEPARATORS, allow_nan=False, ensure_ascii=False)


def dumped_each(values: Array) -> Iterator[str]:
    """Return each entry of an array's first axis as strict JSON."""
    finite = bool(np.isfinite(values).all())
    listed = numbers(values)
    return (json.dumps(row if finite else plain(row), separators=SEPARATORS) for row in listed)
