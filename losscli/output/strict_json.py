"""Numbers as plain Python and strict JSON: the shortest digits that read back the same."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np

from losscli.errors import for_command_line, one_line
from losscli.output.arrays import Array

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
        # tolist() would widen to double and print digits that the number does not have.
        short = [float(str(item)) for item in values.reshape(-1)]
        values = np.array(short, np.float64).reshape(values.shape)
    return list(np.atleast_1d(values).tolist())


def dumped(value: Any) -> str:
    """Return strict JSON (RFC 8259) on one line."""
    return json.dumps(plain(value), separators=SEPARATORS, allow_nan=False, ensure_ascii=False)


def error_as_json(status: int, message: str) -> dict[str, Any]:
    """Return an error as a member of a JSON object: its exit status, and one line."""
    return {"error": {"status": int(status), "message": one_line(for_command_line(message))}}


def cell(value: Any) -> str:
    """Return strict JSON as `dumped` does; most cells are numbers, which JSON writes as Python."""
    kind = type(value)
    is_plain = kind is int or (kind is float and math.isfinite(value))
    return repr(value) if is_plain else dumped(value)
