"""Threads, blocks, memory and number formats change no bit; tiles and float32 only the last."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from losscli import compute
from losscli.engine.arrays import array_source
from losscli.engine.compute import checked_options
from losscli.engine.problem import grid as layout
from losscli.engine.problem.prepare import prepare
from losscli.engine.problem.settings import Settings
from losscli.engine.result.details import details
from losscli.engine.run import Wanted, run
from losscli.errors import LossError
from losscli.losses.declare.role_kind import Layout
from losscli.numerics import strips
from losscli.numerics.arrays import Array
from tests.each import for_each
from tests.losses.cases import BY_CLASS, VARIANTS, Case, Variant, same

every_variant = pytest.mark.parametrize("variant", VARIANTS, ids=str)
TILE = 512
ONE_SAMPLE_CUT = (2, 20, 10)
MANY = [(240,), (40, 5, 3), ONE_SAMPLE_CUT]
RUNS = [(1, 2), (3 * TILE, 8), (3 * TILE, 1), (3 * TILE, 3), (1 << 20, 2)]
"""Bytes of a block and threads."""
FEW = [(30,), (3, 2, 5), (1, 6, 5)]


def drawn(variant: Variant, axes: tuple[int, ...], classes: int = 5) -> Case:
    return variant.draw(np.random.default_rng(41), axes, classes)


def pieces(axes: tuple[int, ...], classes: int) -> tuple[int, int]:
    """Return how many blocks and tiles a problem has."""
    grid = layout.grid_of(axes, classes, 8)
    blocks = list(grid.blocks())
    return len(blocks), sum(len(list(grid.tiles(*block))) for block in blocks)


@every_variant
@for_each("axes", MANY)
def test_threads_and_blocks_change_no_bit(
    variant: Variant, axes: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "TILE_BYTES", TILE)
    case = drawn(variant, axes)
    classes = 5 if variant.loss.by_class else 1
    first = case.compute(grad=True, threads=1)
    for block_bytes, threads in RUNS if axes == MANY[0] else RUNS[:2]:
        monkeypatch.setattr(layout, "BLOCK_BYTES", block_bytes)
        blocks, tiles = pieces(axes, classes)
        assert tiles > 1
        assert blocks > 1 or block_bytes == 1 << 20
        assert same(first, case.compute(grad=True, threads=threads))


@every_variant
@for_each("axes", FEW)
def test_another_tile_changes_the_last_digits_only(
    variant: Variant, axes: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    case = drawn(variant, axes)
    whole = case.compute(grad=True)
    for tile_bytes in (1, TILE):
        monkeypatch.setattr(layout, "TILE_BYTES", tile_bytes)
        cut = case.compute(grad=True)
        assert cut.value == pytest.approx(whole.value, rel=1e-14)
        np.testing.assert_allclose(cut.per_sample, whole.per_sample, rtol=1e-14)
        for role, gradient in whole.grad.items():
            np.testing.assert_allclose(cut.grad[role], gradient, rtol=1e-13, atol=1e-17)


@pytest.mark.parametrize("variant", BY_CLASS, ids=str)
@for_each("classes", [layout.WIDE - 1, layout.WIDE, 300])
def test_many_classes(variant: Variant, classes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "TILE_BYTES", 2 * classes * 8)
    monkeypatch.setattr(layout, "BLOCK_BYTES", 8 * classes * 8)
    case = drawn(variant, (40,), classes)
    first = case.compute(grad=True, threads=1)
    assert pieces((40,), classes)[0] > 1
    assert same(first, case.compute(grad=True, threads=3))
    monkeypatch.setattr(strips, "STRIP_BYTES", 3 * classes * 8)
    assert same(first, case.compute(grad=True))
    monkeypatch.setattr(layout, "WIDE", 1 if classes < layout.WIDE else 1 << 30)
    other = case.compute(grad=True)
    assert other.value == pytest.approx(first.value, rel=1e-14)
    for role, gradient in first.grad.items():
        np.testing.assert_allclose(other.grad[role], gradient, rtol=1e-12, atol=1e-17)


@every_variant
@for_each("classes", [5, layout.WIDE])
@for_each("dtype", ["float64", "float32"])
def test_another_sample_of_the_tile_changes_no_bit(
    variant: Variant, classes: int, dtype: str
) -> None:
    case = drawn(variant, (12,), classes)
    calm = case.compute(dtype=dtype, reduction="none", grad=True)
    for role in case.real_roles:
        for number in (math.inf, math.nan, 1e37, 1e305):
            odd = case.changed(role, (0,) * case.roles[role].ndim, number)
            try:
                found = odd.compute(dtype=dtype, reduction="none", grad=True)
            except LossError:
                continue
            np.testing.assert_array_equal(found.per_sample[1:], calm.per_sample[1:])
            for name, gradient in calm.grad.items():
                np.testing.assert_array_equal(
                    case.by_sample(name, found.grad[name])[1:], case.by_sample(name, gradient)[1:]
                )


LARGE = [
    ("ce", (240_000,), 10),
    ("ce", (2, 400, 300), 5),
    ("ce", (2200,), 1000),
    ("mse", (9, 90_000), 1),
]


@pytest.mark.parametrize(("name", "axes", "classes"), LARGE)
def test_the_usual_tiles_and_blocks(
    name: str, axes: tuple[int, ...], classes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "FEWEST_BLOCKS", 2)
    variant = next(variant for variant in VARIANTS if variant.loss.name == name)
    case = drawn(variant, axes, classes)
    first = case.compute(grad=True, threads=1)
    blocks, tiles = pieces(axes, classes)
    assert tiles >= blocks > 1
    assert same(first, case.compute(grad=True, threads=2))
    monkeypatch.setattr(layout, "BLOCK_BYTES", 1 << 20)
    assert same(first, case.compute(grad=True))


@pytest.mark.parametrize("axes", [(50,), (50, 7), ONE_SAMPLE_CUT, ()], ids=str)
def test_every_term_is_in_the_one_tile_that_is_named(
    axes: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "TILE_BYTES", TILE)
    grid = layout.grid_of(axes, 5, 8)
    tiles = [tile for block in grid.blocks() for tile in grid.tiles(*block)]
    terms = [int(term) for tile in tiles for term in grid.terms_of(tile)]
    assert sorted(terms) == list(range(grid.size))
    assert [grid.tile_of(term) for term in range(grid.size)] == [
        next(tile for tile in tiles if term in grid.terms_of(tile)) for term in range(grid.size)
    ]


@pytest.mark.parametrize("classes", [2, layout.WIDE])
def test_no_kernel_can_overwrite_what_was_read(classes: int) -> None:
    block = np.zeros((3, classes))
    cut = layout.class_tile(block, layout.Tile(0, 3, 0, 1), 0, block.dtype)
    assert not (cut.flags.writeable and np.shares_memory(cut, block))


def in_every_form(values: Array) -> dict[str, Array]:
    """Return equal arrays that lie in memory otherwise."""
    spread = np.zeros((*values.shape[:-1], 2 * values.shape[-1]), values.dtype)
    spread[..., ::2] = values
    return {
        "Fortran order": np.asfortranarray(values),
        "non-contiguous": spread[..., ::2],
        "backwards": np.ascontiguousarray(values[::-1])[::-1],
        "big-endian": values.astype(values.dtype.newbyteorder(">")),
        "longdouble": values if values.dtype.kind != "f" else values.astype(np.longdouble),
    }


@every_variant
@for_each("axes", [(6,), (3, 4)])
def test_memory_order_and_byte_order(variant: Variant, axes: tuple[int, ...]) -> None:
    case = drawn(variant, axes)
    plain = case.compute(grad=True)
    forms = {name: in_every_form(values) for name, values in case.roles.items()}
    for form in next(iter(forms.values())):
        given = {name: forms[name][form] for name in case.roles}
        assert same(plain, case.compute(**given, grad=True)), form
    lists = {name: values.tolist() for name, values in case.roles.items()}
    assert same(plain, case.compute(**lists, grad=True))


@every_variant
@for_each("dtype", ["float16", "float32", "int8", "int64", "uint8", "bool"])
def test_number_formats_are_cast_before_the_first_subtraction(variant: Variant, dtype: str) -> None:
    case = drawn(variant, (5, 3))
    given: dict[str, Array] = {}
    for name in case.real_roles:
        values, kind = case.roles[name], case.kind(name)
        whole = values if dtype.startswith("float") else np.rint(values)
        low = 0 if dtype in ("uint8", "bool") else -100
        whole = np.where(whole == 0, 1, whole) if kind.nonzero else whole
        given[name] = whole.clip(max(low, kind.low), min(kind.high, 100)).astype(dtype)
    doubles = {name: values.astype(np.float64) for name, values in given.items()}
    assert same(case.compute(**given, grad=True), case.compute(**doubles, grad=True))


@pytest.mark.parametrize("variant", [v for v in VARIANTS if v.indexed], ids=str)
@for_each("dtype", ["uint8", "int32", "uint64", "float16", "float64", ">i2"])
def test_class_indices_of_any_format(variant: Variant, dtype: str) -> None:
    case = drawn(variant, (6, 2))
    target = case.roles["target"].astype(dtype)
    assert same(case.compute(grad=True), case.compute(target=target, grad=True))
    flat = drawn(variant, (6,))
    column = flat.roles["target"].astype(dtype).reshape(-1, 1)
    assert same(flat.compute(grad=True), flat.compute(target=column, grad=True))


def test_unsigned_bytes_do_not_wrap() -> None:
    x, y = np.array([10, 200], np.uint8), np.array([90, 180], np.uint8)
    assert compute("mse", input=x, target=y).value == 3400.0


@every_variant
def test_float32_is_within_its_rounding(variant: Variant) -> None:
    case = drawn(variant, (50,), 7)
    rounded: dict[str, Any] = {
        name: values.astype(np.float32) if name in case.real_roles else values
        for name, values in case.roles.items()
    }
    double = case.compute(**rounded, grad=True)
    single = case.compute(**rounded, dtype="float32", grad=True)
    assert single.per_sample.dtype == np.float32
    scale = max(1.0, float(abs(double.per_sample).max()))
    np.testing.assert_allclose(single.per_sample, double.per_sample, rtol=0, atol=2e-6 * scale)
    assert single.value == pytest.approx(double.value, rel=2e-6, abs=2e-6)
    for role, gradient in double.grad.items():
        assert single.grad[role].dtype == np.float32
        scale = float(abs(gradient).max())
        np.testing.assert_allclose(single.grad[role], gradient, rtol=0, atol=4e-6 * scale)


@every_variant
def test_a_single_term_is_computed_again_to_the_same_bits(
    variant: Variant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "TILE_BYTES", TILE)
    case = drawn(variant, (4, 30, 3))
    loss = variant.loss
    sources = {role.name: array_source(role.name, case.roles[role.name]) for role in loss.roles}
    problem = prepare(loss, sources, checked_options(loss, case.options), Settings())
    outcome = run(problem, Wanted(terms=True, gradient=True))
    assert outcome.terms is not None
    size = outcome.terms.size
    chosen = [size - 1, 0, size // 4, size // 4 + 1]
    for detail in details(problem, chosen, grad=True, normalizer=outcome.normalizer):
        index = np.unravel_index(detail.term, case.axes)
        assert detail.loss == outcome.terms[index]
        for role, gradient in outcome.gradients.items():
            several = case.kind(role).layout is not Layout.TERMS
            whole = case.by_sample(role, gradient)
            if case.kind(role).layout is Layout.SEQUENCES:
                whole = whole.transpose(0, 2, 1)
            own = np.moveaxis(whole, 1, -1)[index] if several and whole.ndim != 3 else whole[index]
            assert (detail.gradients[role] == own).all()
            # A view would keep the whole tile in memory.
            assert getattr(detail.gradients[role], "base", None) is None


def test_float32_overflow_becomes_infinite() -> None:
    assert compute("l1", input=[1e300], target=[0.0], dtype="float32").value == np.inf
    weighted = compute("bce-logits", input=[1.0], target=[1.0], weight=1e300, dtype="float32")
    assert weighted.value == np.inf
