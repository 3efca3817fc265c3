"""Observers of pictures: the same bits for any threads, the counts of plain loops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from losscli.engine.arrays import sources_of
from losscli.engine.breakdown.confusion import ByPair
from losscli.engine.breakdown.histogram import BySize
from losscli.engine.breakdown.reliability import BINS, ByConfidence, interval
from losscli.engine.breakdown.scattered import Scattered, counted
from losscli.engine.compute import checked_options
from losscli.engine.problem import grid
from losscli.engine.problem.prepare import prepare
from losscli.engine.problem.problem import Problem
from losscli.engine.problem.settings import Settings
from losscli.engine.run import Wanted, run
from losscli.losses import declaration

SIZE, CLASSES = 5000, 7


def problem(name: str = "ce", **options: Any) -> Problem:
    """Return a problem with some ignored terms."""
    rng = np.random.default_rng(0)
    loss = declaration(name)
    given: dict[str, Any] = {
        "input": 3 * rng.normal(size=(SIZE, CLASSES)),
        "target": rng.integers(-1, CLASSES, SIZE),
        "ignore_index": -1,
    }
    if name != "ce":
        given = {"input": rng.normal(size=SIZE), "target": (rng.random(SIZE) < 0.7).astype(float)}
    sources = sources_of(loss, given | options, None, 0)
    return prepare(loss, sources, checked_options(loss, given | options), Settings(), None)


def found(make: Callable[[Problem], Any], threads: int, **how: Any) -> tuple[Any, Problem]:
    """Return an observer after a run."""
    own = problem(**how)
    observer = make(own)
    run(own, Wanted(threads=threads, observers=(observer,)))
    return observer, own


def softmax() -> Any:
    own = problem()
    x = own.input.source.read(0, SIZE)
    e = np.exp(x - x.max(axis=1, keepdims=True))
    target = own.operand("target").source.read(0, SIZE)
    return e / e.sum(axis=1, keepdims=True), target


def test_confidence_by_bins() -> None:
    p, target = softmax()
    some = target >= 0
    confidence, right = p.max(axis=1)[some], (p.argmax(axis=1) == target)[some]
    at = np.clip(np.ceil(confidence * BINS) - 1, 0, BINS - 1).astype(int)
    observer, _ = found(lambda _: ByConfidence(), 1)
    assert observer.found.count.tolist() == np.bincount(at, minlength=BINS).tolist()
    assert observer.found.right.tolist() == np.bincount(at, right, BINS).tolist()
    assert observer.found.confidence == pytest.approx(np.bincount(at, confidence, BINS))
    assert observer.found.accuracy == right.mean()


def test_pairs_of_classes() -> None:
    p, target = softmax()
    whole = np.zeros((CLASSES, CLASSES), int)
    np.add.at(whole, (target[target >= 0], p.argmax(axis=1)[target >= 0]), 1)
    pairs = found(lambda own: ByPair(own.grid.classes), 2)[0].found
    assert pairs.grid(np.arange(CLASSES)).tolist() == whole.tolist()
    chosen = np.array([1, 4])
    others = [at for at in range(CLASSES) if at not in chosen]
    small = pairs.grid(chosen)
    assert small[0].tolist() == [whole[1, 1], whole[1, 4], whole[1, others].sum()]
    assert small.sum() == whole.sum()
    np.fill_diagonal(whole, 0)
    target_class, guess, count = pairs.worst(1)[0]
    assert count == whole.max() == whole[target_class, guess]


def test_wrong_predictions_of_labels() -> None:
    observer, own = found(lambda own: BySize(own, wrong=True), 2, name="bce-logits")
    histogram = observer.histogram()
    x, t = (operand.source.read(0, SIZE) for operand in own.operands)
    assert sum(histogram.wrong) == int(((x > 0) != (t == 1)).sum())
    assert all(
        wrong <= count for wrong, count in zip(histogram.wrong, histogram.counts, strict=True)
    )
    assert BySize(own).histogram().wrong == ()


@pytest.mark.parametrize(
    "make",
    [
        lambda _: ByConfidence(),
        lambda own: ByPair(own.grid.classes),
        lambda own: BySize(own, wrong=True),
        Scattered,
    ],
)
def test_the_same_bits_for_any_threads_and_blocks(
    monkeypatch: pytest.MonkeyPatch, make: Callable[[Problem], Any]
) -> None:
    monkeypatch.setattr(grid, "TILE_BYTES", 4096)
    seen = set()
    for threads, block in ((1, 1 << 23), (3, 1 << 23), (2, 1 << 14)):
        monkeypatch.setattr(grid, "BLOCK_BYTES", block)
        observer, _ = found(make, threads)
        if isinstance(observer, Scattered):
            pieces = [part.tobytes() for point in observer.pieces() for part in point]
            seen.add(repr(pieces))
        elif isinstance(observer, BySize):
            seen.add(repr(observer.histogram()))
        else:
            seen.add(
                repr([array.tolist() for array in vars(observer.found).values()])
                if isinstance(observer, ByConfidence)
                else repr(observer.found)
            )
    assert len(seen) == 1


def test_cells_hold_every_term() -> None:
    observer, _ = found(Scattered, 1)
    edges = [0.0, 0.3, 0.6, 1.0]
    whole, wrong = counted(observer.pieces(), edges, [0.0, 1.0, 2.0])
    assert whole.shape == (2, 3)
    assert whole.sum() == observer.size
    assert (wrong <= whole).all()
    assert observer.terms == []


@pytest.mark.parametrize(("share", "count"), [(0.0, 1), (1.0, 1), (0.5, 10), (0.978, 450)])
def test_an_interval_holds_its_share(share: float, count: int) -> None:
    low, high = interval(share, count)
    assert 0 <= low <= share <= high <= 1
    assert high - low > 0
