"""Promises about bits: threads, blocks and neighbors change none, tiles and float32 the last."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from losscli.contract.cases import Case, Variant
from losscli.contract.promise import require, require_close, require_others_untouched, require_same
from losscli.engine import run as engine
from losscli.engine.arrays import array_source
from losscli.engine.compute import checked_options
from losscli.engine.problem import grid
from losscli.engine.problem.prepare import prepare
from losscli.engine.problem.settings import Settings
from losscli.engine.result.details import details
from losscli.engine.run import Wanted, run
from losscli.errors import LossError
from losscli.losses.declare.role_kind import Layout
from losscli.numerics import strips

TILE = 512
ONE_SAMPLE_CUT = (2, 20, 10)
MANY = [(240,), (40, 5, 3), ONE_SAMPLE_CUT]
RUNS = [(1, 2), (3 * TILE, 8), (3 * TILE, 1), (3 * TILE, 3), (1 << 20, 2)]
"""Bytes of a block and threads."""
FEW = [(30,), (3, 2, 5), (1, 6, 5)]
TERMS = 96
ODD = (math.nan, math.inf, -math.inf, 1e300, -1e300, 5e-324, 0.0, 1.0)
"""Numbers that formulas treat with care, some of them outside of some domains."""


def drawn(variant: Variant, axes: tuple[int, ...], classes: int = 5) -> Case:
    """Return a case, the same every time."""
    return variant.draw(np.random.default_rng(41), axes, classes)


@contextmanager
def setting(module: Any, **numbers: int) -> Iterator[None]:
    """Let a module have other sizes for a while."""
    before = {name: getattr(module, name) for name in numbers}
    try:
        vars(module).update(numbers)
        yield
    finally:
        vars(module).update(before)


def pieces(axes: tuple[int, ...], classes: int) -> tuple[int, int]:
    """Return how many blocks and tiles a problem has."""
    found = grid.grid_of(axes, classes, 8)
    blocks = list(found.blocks())
    return len(blocks), sum(len(list(found.tiles(*block))) for block in blocks)


def threads_and_blocks_change_no_bit(variant: Variant) -> None:
    """Any number of threads and any size of blocks give the same bits."""
    for axes in MANY:
        case = drawn(variant, axes)
        classes = 5 if variant.loss.by_class else 1
        with setting(grid, TILE_BYTES=TILE):
            first = case.compute(grad=True, threads=1)
            for block_bytes, threads in RUNS if axes == MANY[0] else RUNS[:2]:
                with setting(grid, BLOCK_BYTES=block_bytes):
                    blocks, tiles = pieces(axes, classes)
                    require(tiles > 1 and (blocks > 1 or block_bytes == 1 << 20), "one piece only")
                    again = case.compute(grad=True, threads=threads)
                    require_same(first, again, f"with {threads} threads, {blocks} blocks")


def another_tile_changes_the_last_digits_only(variant: Variant) -> None:
    """A term does not depend on the terms that the kernel gets with it."""
    for axes in FEW:
        case = drawn(variant, axes)
        whole = case.compute(grad=True)
        for tile_bytes in (1, TILE):
            with setting(grid, TILE_BYTES=tile_bytes):
                cut = case.compute(grad=True)
            require_close(cut.value, whole.value, "the loss", rtol=1e-14, atol=1e-300)
            require_close(cut.per_sample, whole.per_sample, "a term ", rtol=1e-14)
            for role, gradient in whole.grad.items():
                what = f"the gradient of {role} "
                require_close(cut.grad[role], gradient, what, rtol=1e-13, atol=1e-17)


def many_classes_change_the_last_digits_only(variant: Variant) -> None:
    """Many classes, which are laid out otherwise, change the last digits only."""
    if variant.loss.layout is not Layout.CLASSES:
        return
    for classes in (grid.WIDE - 1, grid.WIDE, 300):
        case = drawn(variant, (40,), classes)
        sizes = {"TILE_BYTES": 2 * classes * 8, "BLOCK_BYTES": 8 * classes * 8}
        with setting(grid, **sizes):
            first = case.compute(grad=True, threads=1)
            require(pieces((40,), classes)[0] > 1, "one block only")
            again = case.compute(grad=True, threads=3)
            require_same(first, again, f"with 3 threads, {classes} classes")
            with setting(strips, STRIP_BYTES=3 * classes * 8):
                again = case.compute(grad=True)
                require_same(first, again, f"in other strips, {classes} classes")
                with setting(grid, WIDE=1 if classes < grid.WIDE else 1 << 30):
                    other = case.compute(grad=True)
        what = f"the loss of {classes} classes laid out otherwise"
        require_close(other.value, first.value, what, rtol=1e-14, atol=1e-300)
        for role, gradient in first.grad.items():
            what = f"the gradient of {role}, of {classes} classes laid out otherwise, "
            require_close(other.grad[role], gradient, what, rtol=1e-12, atol=1e-17)


def a_neighbor_changes_no_bit(variant: Variant) -> None:
    """Infinite and huge neighbors change no bit of a term, in float32 either."""
    for classes in (5, grid.WIDE):
        for dtype in ("float64", "float32"):
            case = drawn(variant, (12,), classes)
            how: dict[str, Any] = {"dtype": dtype, "reduction": "none", "grad": True}
            calm = case.compute(**how)
            for role in case.real_roles:
                for number in (math.inf, math.nan, 1e37, 1e305):
                    odd = case.changed(role, (0,) * case.roles[role].ndim, number)
                    try:
                        found = odd.compute(**how)
                    except LossError:
                        continue
                    why = f"in {dtype} where a number of {role} is {number:g}"
                    require_others_untouched(case, calm, found, why)


def float32_is_within_its_rounding(variant: Variant) -> None:
    """Arithmetic in float32 is as exact as float32 is."""
    case = drawn(variant, (50,), 7)
    rounded: dict[str, Any] = {
        name: values.astype(np.float32) if name in case.real_roles else values
        for name, values in case.roles.items()
    }
    double = case.compute(**rounded, grad=True)
    single = case.compute(**rounded, dtype="float32", grad=True)
    require(single.per_sample.dtype == np.float32, f"terms are {single.per_sample.dtype}")
    room = 2e-6 * max(1.0, float(abs(double.per_sample).max()))
    require_close(single.per_sample, double.per_sample, "a term in float32 ", atol=room)
    require_close(single.value, double.value, "the loss in float32", rtol=2e-6, atol=2e-6)
    for role, gradient in double.grad.items():
        require(single.grad[role].dtype == np.float32, f"gradients are {single.grad[role].dtype}")
        room = 4e-6 * float(abs(gradient).max())
        what = f"the gradient of {role} in float32 "
        require_close(single.grad[role], gradient, what, atol=room)


def a_single_term_has_the_same_bits_again(variant: Variant) -> None:
    """A term that a table or `explain` shows has the bits of the run."""
    case = drawn(variant, (4, 30, 3))
    loss = variant.loss
    sources = {role.name: array_source(role.name, case.roles[role.name]) for role in loss.roles}
    with setting(grid, TILE_BYTES=TILE):
        problem = prepare(loss, sources, checked_options(loss, case.options), Settings())
        outcome = run(problem, Wanted(terms=True, gradient=True))
        terms = np.asarray(outcome.terms)
        size = terms.size
        chosen = [size - 1, 0, size // 4, size // 4 + 1]
        again = details(problem, chosen, grad=True, normalizer=outcome.normalizer)
    for detail in again:
        index = np.unravel_index(detail.term, case.axes)
        require(detail.loss == terms[index], f"term {detail.term} is {detail.loss} a second time")
        for role, gradient in outcome.gradients.items():
            several = case.kind(role).layout is not Layout.TERMS
            whole = case.by_sample(role, gradient)
            if case.kind(role).layout is Layout.SEQUENCES:
                whole = whole.transpose(0, 2, 1)
            own = np.moveaxis(whole, 1, -1)[index] if several and whole.ndim != 3 else whole[index]
            same = (detail.gradients[role] == own).all()
            require(same, f"the gradient of {role} of term {detail.term} changes a second time")
            # A view would keep the whole tile in memory.
            alone = getattr(detail.gradients[role], "base", None) is None
            require(alone, f"the gradient of {role} of one term keeps the others in memory")


def a_replayed_formula_changes_no_bit(variant: Variant) -> None:
    """From 65,536 terms on operations may be recorded and replayed: that changes no bit."""
    if any(kind.layout is not Layout.TERMS for kind in variant.kinds):
        return
    rng = np.random.default_rng(3)
    case = variant.draw(rng, (TERMS // 3, 3))
    odd = [
        case.changed(role, (int(rng.integers(TERMS // 3)), 1), number)
        for role in case.real_roles
        for number in ODD
    ]
    for how in ({}, {"grad": True}, {"reduction": "none"}, {"grad": True, "dtype": "float32"}):
        for one in (case, *odd):
            replayed, plain = (_found(one, fewest, **how) for fewest in (1, 1 << 60))
            if isinstance(replayed, str) or isinstance(plain, str):
                require(replayed == plain, f"a replay ends otherwise: {replayed!s}, not {plain!s}")
            else:
                require_same(plain, replayed, "where it is replayed")
                require(plain.warnings == replayed.warnings, "a replay has other warnings")


def _found(case: Case, fewest: int, **how: Any) -> Any:
    """Return the result, or the refusal, if so few terms are replayed."""
    with setting(engine, FEWEST=fewest), setting(grid, TILE_BYTES=100):
        try:
            return case.compute(**how)
        except LossError as error:
            return str(error)


PROMISES: tuple[Callable[[Variant], None], ...] = (
    threads_and_blocks_change_no_bit,
    another_tile_changes_the_last_digits_only,
    many_classes_change_the_last_digits_only,
    a_neighbor_changes_no_bit,
    float32_is_within_its_rounding,
    a_single_term_has_the_same_bits_again,
    a_replayed_formula_changes_no_bit,
)
