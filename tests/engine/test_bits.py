"""Memory and number formats change no bit, nor do the usual tiles and blocks.

What each loss promises about threads, tiles and float32 is in `losscli/contract/bits.py`.
"""

from __future__ import annotations

import numpy as np
import pytest

from losscli import compute
from losscli.contract.bits import ONE_SAMPLE_CUT, TILE, drawn, pieces
from losscli.contract.cases import Variant
from losscli.engine.problem import grid as layout
from losscli.numerics.arrays import Array
from tests.each import for_each
from tests.losses.cases import VARIANTS, same

every_variant = pytest.mark.parametrize("variant", VARIANTS, ids=str)
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


def test_float32_overflow_becomes_infinite() -> None:
    assert compute("l1", input=[1e300], target=[0.0], dtype="float32").value == np.inf
    weighted = compute("bce-logits", input=[1.0], target=[1.0], weight=1e300, dtype="float32")
    assert weighted.value == np.inf
