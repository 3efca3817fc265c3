"""Draws numbers from the whole range of doubles, for every role and option of a variant."""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np

from losscli.contract.cases import IGNORED, Case, Rng, Variant
from losscli.losses.declare.options import ArrayOption, Bounds, Extent, Option
from losscli.losses.declare.role_kind import Kind
from losscli.numerics.arrays import Array

CLASSES = 3
LEAST, MOST = 5e-324, sys.float_info.max
MOST_POWER = 8
EDGES = (
    0.0,
    LEAST,
    sys.float_info.min,
    1e-300,
    2.0**-511,  # its square is the least normal double
    1e-20,
    2.0**-53,
    1e-8,
    0.5,
    1.0,
    2.0,
    40.0,
    math.log(MOST),
    -math.log(LEAST),
    1e4,
    2.0**53,
    2.0**511.5,  # the largest doubles with a square
    1e300,
    MOST / 2,
    MOST,
)
"""Where formulas change, exponentials overflow, squares vanish: the middle of the trouble."""


def sizes(rng: Rng, shape: tuple[int, ...]) -> Array:
    """Draw non-negative doubles: edges, all exponents alike, and usual numbers."""
    exponents = rng.integers(-1074, 1024, shape)
    anywhere = np.ldexp(rng.uniform(1, 2, shape), exponents)
    return np.choose(
        rng.integers(0, 3, shape), [rng.choice(EDGES, shape), anywhere, rng.uniform(0, 50, shape)]
    )


class Numbers:
    """The few sizes that the numbers of each term have: ties and neighbors are as common as not."""

    def __init__(self, rng: Rng, terms: int, shared: list[float]) -> None:
        self.rng = rng
        own = sizes(rng, (terms, 4))
        own[:, : len(shared[:2])] = np.abs(shared[:2])
        self.pool = own

    def draw(self, kind: Kind, shape: tuple[int, ...]) -> Array:
        """Draw what a role may hold."""
        rng = self.rng
        if kind.values:
            return rng.choice(kind.values, shape)
        place = rng.integers(0, self.pool.shape[1], shape).reshape(shape[0], -1)
        picked = np.take_along_axis(self.pool, place, axis=1).reshape(shape)
        drawn = _within(rng, picked, kind.low, 0.0 if "log-prob" in kind.name else kind.high)
        return np.where(drawn == 0, 1, drawn) if kind.nonzero else drawn


def _within(rng: Rng, picked: Array, low: float, high: float) -> Array:
    """Return numbers of these sizes, or a step beside them, in [low, high] and of both signs."""
    beside = np.nextafter(picked, rng.choice([-1.0, MOST], picked.shape))
    x = np.abs(np.where(rng.random(picked.shape) < 0.3, beside, picked))
    if high == 1:
        # As many numbers lie near 1 as near 0.
        x = np.where(x > 1, 1 / x.clip(1), x)
        return np.where(rng.random(x.shape) < 0.5, x, 1 - x)
    signs = [sign for sign in (1.0, -1.0) if (high > 0 if sign == 1 else low < 0)]
    drawn: Array = np.maximum(x * rng.choice(signs, x.shape), low)
    return drawn


def _option(rng: Rng, option: Option, axes: tuple[int, ...]) -> Any:
    if isinstance(option.spec, ArrayOption):
        shape = (CLASSES,) if option.spec.extent is Extent.CLASS else axes
        return sizes(rng, shape)
    if not isinstance(option.spec, Bounds):
        return not option.default
    if option.name == "ignore_index":
        return IGNORED
    spec = option.spec
    if option.name == "gamma":
        # A power multiplies the roundings of its base.
        return float(rng.uniform(0, MOST_POWER) * rng.integers(0, 2))
    while True:
        number = float(_within(rng, sizes(rng, ()), spec.low, spec.high))
        if number in spec:
            return number


def case_of(variant: Variant, seed: int, terms: int) -> Case:
    """Draw a case of some terms, of three classes where there are any."""
    rng = np.random.default_rng(seed)
    case = variant.draw(rng, (terms,), CLASSES)
    for option in variant.drawn:
        case.options[option.name] = _option(rng, option, case.axes)
    numbers = Numbers(rng, terms, [x for x in case.options.values() if type(x) is float])
    for role, values in case.roles.items():
        kind = case.kind(role)
        if not kind.is_integer:
            case.roles[role] = numbers.draw(kind, values.shape)
        if kind.name == "logits" and variant.indexed and "label_smoothing" not in case.options:
            case.roles[role][rng.random(values.shape) < 0.04 * (values.ndim > 1)] = -math.inf
    return case
