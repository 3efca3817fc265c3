"""What promises are written with: each is a function that raises BrokenError for a broken one."""

from __future__ import annotations

from typing import Any

import numpy as np

from losscli.contract.cases import Case
from losscli.engine.result.result import Result
from losscli.numerics.arrays import Array


class BrokenError(AssertionError):
    """A loss does not keep a promise; the message says where."""


def require(holds: Any, otherwise: str) -> None:
    """Raise BrokenError unless something holds."""
    if not holds:
        raise BrokenError(otherwise)


def require_close(
    got: Any, expected: Any, what: str, *, rtol: float = 0.0, atol: float = 0.0
) -> None:
    """Raise BrokenError, with the place of the largest difference, unless all numbers are close."""
    got, expected = np.asarray(got, np.float64), np.asarray(expected, np.float64)
    require(got.shape == expected.shape, f"{what}: shape {got.shape}, expected {expected.shape}")
    with np.errstate(invalid="ignore"):
        off = np.abs(got - expected) - atol - rtol * np.abs(expected)
    same = (got == expected) | (np.isnan(got) & np.isnan(expected))
    bad = ~same & ~(off <= 0)
    if bad.any():
        size = np.where(bad, np.nan_to_num(off, nan=np.inf), -1)
        worst = np.unravel_index(size.argmax(), size.shape)
        place = [int(i) for i in worst]
        where = f"{what}{place}" if place else what
        raise BrokenError(f"{where} is {got[worst]!s}, expected {expected[worst]!s}")


def same_bits(left: Array, right: Array) -> bool:
    """Return whether two arrays hold the same bits."""
    return left.dtype == right.dtype and left.tobytes() == right.tobytes()


def require_same(left: Result, right: Result, why: str) -> None:
    """Raise BrokenError unless two results hold the same bits."""
    pairs = {"the loss": (np.asarray(left.value), np.asarray(right.value))}
    pairs["the terms"] = (left.per_sample, right.per_sample)
    pairs |= {f"the gradient of {role}": (left.grad[role], right.grad[role]) for role in left.grad}
    for what, (one, other) in pairs.items():
        if not same_bits(one, other):
            places = np.argwhere(~((one == other) | (np.isnan(one) & np.isnan(other)))).tolist()
            where = f" at {places[0]}" if places and places[0] else ""
            raise BrokenError(f"{what}{where} has other bits {why}")


def require_others_untouched(case: Case, before: Result, after: Result, why: str) -> None:
    """Raise BrokenError if anything but the first sample differs."""
    require(same_bits(before.per_sample[1:], after.per_sample[1:]), f"other terms change {why}")
    for role, gradient in before.grad.items():
        others, kept = (case.by_sample(role, g)[1:] for g in (after.grad[role], gradient))
        require(same_bits(others, kept), f"the gradient of {role} of others changes {why}")
