"""softmax, log-softmax, sigmoid, log-sigmoid: exact numbers, the same bits for any tiles."""

from __future__ import annotations

import math

import mpmath  # type: ignore[import-untyped]
import numpy as np
import pytest

from losscli.engine.transformation import transformation
from losscli.losses.transforms import TRANSFORMS
from losscli.readers.source import ArraySource
from tests.each import for_each
from tests.losses.transformed import DOCUMENT, transformed

BY_CLASS = ("softmax", "log-softmax")
SINGLE = ("sigmoid", "log-sigmoid")


def reference(name: str, row: list[float]) -> list[mpmath.mpf]:
    """Return the exact output of one row, by the definition, with 600 digits."""
    with mpmath.workdps(600):
        x = [mpmath.mpf(value) for value in row]
        if name in SINGLE:
            p = [1 / (1 + mpmath.exp(-value)) for value in x]
        else:
            total = mpmath.fsum(mpmath.exp(value) for value in x)
            p = [mpmath.exp(value) / total for value in x]
        return [mpmath.log(value) for value in p] if name.startswith("log") else p


def ulps(got: float, want: mpmath.mpf) -> float:
    """Return the distance in units in the last place of the nearest double."""
    with mpmath.workdps(600):
        return float(abs(mpmath.mpf(got) - want) / mpmath.mpf(np.spacing(abs(float(want)))))


@pytest.mark.parametrize("name", TRANSFORMS)
@for_each("scale", [0.1, 1, 30, 300])
@for_each("classes", [2, 3, 17, 300])
def test_four_ulp_of_the_definition(name: str, scale: float, classes: int) -> None:
    # Logits far from 0 and close to each other too: there a gap loses its last digits.
    x = np.random.default_rng(classes).normal(scale, scale, (3 if classes < 300 else 1, classes))
    got = transformed(name, x)
    for row, out in zip(x.tolist(), got.tolist(), strict=True):
        wanted = reference(name, row)
        assert max(map(ulps, out, wanted)) <= 4


@pytest.mark.parametrize("name", TRANSFORMS)
def test_float32_is_the_double_rounded_once(name: str) -> None:
    x = np.random.default_rng(1).normal(0, 5, (20, 7)).astype(np.float32).astype(float)
    single = transformed(name, x, dtype="float32")
    assert single.dtype == np.float32
    assert np.array_equal(single, transformed(name, x).astype(np.float32))


def test_the_texts_numbers() -> None:
    softmax = [[0.3817, 0.3259, 0.2924], [0.3511, 0.2782, 0.3707], [0.3346, 0.3863, 0.2791]]
    assert np.allclose(transformed("softmax", DOCUMENT), softmax, atol=1.1e-4, rtol=0)
    x = [[0.1721, -0.8006, -0.8058], [-0.0211, -0.7485, 0.3632], [1.3830, 0.2733, 0.3185]]
    y = [[-0.5620, -1.5347, -1.5399], [-1.0824, -1.8098, -0.6981], [-0.5155, -1.6253, -1.5801]]
    assert np.allclose(transformed("log-softmax", x), y, atol=1.1e-4, rtol=0)


def test_corners_are_those_of_pytorch() -> None:
    nan, inf = math.nan, math.inf
    rows: list[list[float]] = [
        [inf, 0],
        [-inf, -inf],
        [nan, 1],
        [-inf, 1],
        [1e4, -1e4],
        [1e308, -1e308],
    ]
    softmax: list[list[float]] = [[nan, nan], [nan, nan], [nan, nan], [0, 1], [1, 0], [1, 0]]
    logs: list[list[float]] = [[nan, nan], [nan, nan], [nan, nan], [-inf, 0], [0, -2e4], [0, -inf]]
    assert np.array_equal(transformed("softmax", rows), softmax, equal_nan=True)
    assert np.array_equal(transformed("log-softmax", rows), logs, equal_nan=True)
    single = [inf, -inf, nan, 0, 1e4, -1e4]
    sigmoid: list[float] = [1, 0, nan, 0.5, 1, 0]
    assert np.array_equal(transformed("sigmoid", single), sigmoid, equal_nan=True)
    assert np.array_equal(
        transformed("log-sigmoid", single),
        [0, -inf, nan, -math.log(2), 0, -1e4],
        equal_nan=True,
    )


@pytest.mark.parametrize("name", TRANSFORMS)
def test_no_minus_zero(name: str) -> None:
    out = transformed(name, [[0.0, -1000.0], [5000.0, 0.0]])
    assert not np.signbit(out[out == 0]).any()


def test_small_losses_keep_their_digits() -> None:
    assert transformed("log-softmax", [[50.0, 0.0]])[0, 0] == pytest.approx(-math.exp(-50))
    assert transformed("log-sigmoid", [50.0])[0] == pytest.approx(-math.exp(-50))


@pytest.mark.parametrize("name", BY_CLASS)
@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_the_class_axis_is_the_one_asked_for(name: str, axis: int) -> None:
    x = np.random.default_rng(2).normal(size=(4, 5, 3))
    rows = np.moveaxis(x, axis, -1).reshape(-1, x.shape[axis])
    flat = transformed(name, rows).reshape(np.moveaxis(x, axis, -1).shape)
    assert np.array_equal(transformed(name, x, axis), np.moveaxis(flat, -1, axis))


def test_one_vector_is_a_row_along_axis_0() -> None:
    for axis in (0, -1):
        out = transformed("softmax", DOCUMENT[0], axis)
        assert np.array_equal(out, transformed("softmax", DOCUMENT)[0])


@pytest.mark.parametrize("name", TRANSFORMS)
def test_tiles_blocks_and_threads_change_no_bit(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(3).normal(0, 9, (70, 6, 11))
    whole = transformed(name, x)
    monkeypatch.setattr("losscli.engine.problem.grid.TILE_BYTES", 6 * 8 * 8)
    monkeypatch.setattr("losscli.engine.problem.grid.BLOCK_BYTES", 3000)
    for threads in (1, 3):
        assert np.array_equal(transformed(name, x, threads=threads), whole)
    task = transformation(TRANSFORMS[name], ArraySource(x, "input"))
    assert len(list(task.blocks(1))) > 3
    every = np.concatenate([task.rows(part) for part in task.blocks(1)])
    chosen = [0, 1, 5, 100, len(every) - 1]
    assert np.array_equal(np.stack(list(task.chosen(chosen))), every[chosen])


def test_memory_holds_blocks_not_the_array(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("losscli.engine.problem.grid.BLOCK_BYTES", 1 << 16)
    monkeypatch.setattr("losscli.engine.problem.grid.TILE_BYTES", 1 << 13)
    task = transformation(TRANSFORMS["softmax"], ArraySource(np.zeros((50_000, 4)), "input"))
    sizes = [block.nbytes for block in task.in_place(task.blocks(2))]
    assert max(sizes) <= 1 << 16
    assert sum(sizes) == 50_000 * 4 * 8
