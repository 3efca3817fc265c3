"""Several models in one run: every loss, its roles, options and weights; breakdowns; ranking."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

from losscli import compute
from losscli.contract.cases import Case
from losscli.engine.arrays import array_source
from losscli.engine.breakdown.classes import ByTarget
from losscli.engine.breakdown.interval import interval_of
from losscli.engine.compute import checked_options
from losscli.engine.paired.by import ByTerm, Part, by_length
from losscli.engine.paired.difference import Difference, How, differences
from losscli.engine.paired.losses import PairedLosses
from losscli.engine.paired.models import FEW, Models, several
from losscli.engine.paired.ranking import ranking
from losscli.engine.problem.settings import Settings
from losscli.engine.run import Observer, Wanted, run
from losscli.losses import declaration, names
from losscli.numerics.arrays import Array
from losscli.readers.source import ArraySource
from tests.each import for_each
from tests.losses.cases import VARIANTS

RANDOM = np.random.default_rng(11)
N, C = 60, 4
LOGITS = RANDOM.normal(size=(N, C)) * 2
LABELS = RANDOM.integers(0, C, N)
NEAR = LOGITS + RANDOM.normal(size=(N, C)) / 4
ALSO_NEAR = LOGITS + RANDOM.normal(size=(N, C)) / 4
FAR = LOGITS + RANDOM.normal(size=(N, C)) * 3


def models_of(name: str, outputs: list[dict[str, Array]], **shared: Any) -> Models:
    """Return models of arrays; the last one is the reference."""
    loss, weight = declaration(name), shared.pop("sample_weight", None)
    settings = Settings(shared.pop("reduction", "mean"))
    own = [{role: array_source(role, array) for role, array in one.items()} for one in outputs]
    options = checked_options(loss, shared)
    roles = {role.name for role in loss.roles} & shared.keys()
    sources = {role: ArraySource(np.asarray(shared[role]), role) for role in roles}
    called = ["input", *(f"input {i}" for i in range(2, len(own))), "reference"]
    weights = None if weight is None else array_source("sample_weight", weight)
    return several(loss, called, own, sources, options, settings, weights)


def paired(models: Models, *others: Observer) -> PairedLosses:
    """Run models."""
    found = PairedLosses(models)
    found.outcome = run(models.problem, Wanted(observers=(found, *others)))
    return found


def difference(found: PairedLosses, model: int, other: int, how: How) -> Difference:
    """Return the figures of one model less another one."""
    (one,) = differences(found, [model], other, how)
    return one


def case_of(name: str) -> Case:
    """Return data of a loss with as many options as fit in one call."""
    variants = [variant for variant in VARIANTS if variant.loss.name == name]
    return max(variants, key=lambda variant: len(variant.drawn)).draw(RANDOM, (9,))


@for_each("name", names())
def test_the_means_of_every_loss_are_its_own(name: str) -> None:
    case, loss = case_of(name), declaration(name)
    own = [loss.roles[0].name, *(r.name for r in loss.roles[1:] if r.differentiable)]
    first = {role: case.roles[role] for role in own}
    turned = {role: np.roll(x, 1, case.sample_axis(role)) for role, x in first.items()}
    shared = {role: x for role, x in case.roles.items() if role not in own}
    values = [case.compute().value, case.compute(**turned).value]
    for times in (1, FEW):
        found = paired(models_of(name, [first, turned] * times, **shared, **case.options))
        assert [found.value(model) for model in range(2 * times)] == values * times
    change = difference(found, 0, 1, How()).mean
    assert change == pytest.approx(values[0] - values[1], rel=1e-12, abs=1e-14)


def ce(*outputs: Array, **shared: Any) -> Models:
    return models_of("ce", [{"input": x} for x in outputs], **{"target": LABELS, **shared})


def test_figures_follow_their_definitions() -> None:
    weight, samples = [1.0, 2.0, 0.5, 3.0], RANDOM.uniform(0.5, 2, N)
    labels = np.where(np.arange(N) % 7 == 0, -100, LABELS)
    found = paired(ce(NEAR, LOGITS, target=labels, weight=weight, sample_weight=samples))
    how: dict[str, Any] = {"target": labels, "weight": weight, "sample_weight": samples}
    terms = [compute("ce", input=x, **how).per_sample for x in (NEAR, LOGITS)]
    counted = labels >= 0
    d = (terms[0] - terms[1])[counted]
    normalizers = (np.array(weight)[LABELS] * samples)[counted]
    mean = d.sum() / normalizers.sum()
    off = d - mean * normalizers
    change = difference(found, 0, 1, How(moved=0.05))
    assert change.mean == pytest.approx(mean, rel=1e-12)
    spread = (off * off).sum() * len(d) / (len(d) - 1)
    assert change.stderr == pytest.approx(np.sqrt(spread) / normalizers.sum(), rel=1e-12)
    assert change.quantiles["0.9"] == pytest.approx(np.quantile(d, 0.9), rel=1e-12)
    assert [change.smallest, change.largest] == pytest.approx([d.min(), d.max()], rel=1e-12)
    assert change.better == np.count_nonzero(d < -0.05)
    assert change.worse == np.count_nonzero(d > 0.05)
    assert change.same == len(d) - change.better - change.worse
    right = [(x.argmax(axis=1) == labels)[counted] for x in (NEAR, LOGITS)]
    assert change.right_wrong is not None
    assert change.right_wrong.both_right == np.count_nonzero(right[0] & right[1])
    assert change.right_wrong.only_input == np.count_nonzero(right[0] & ~right[1])
    assert change.right_wrong.only_reference == np.count_nonzero(~right[0] & right[1])
    assert sum(change.right_wrong) == len(d)


def test_the_interval_is_that_of_the_differences() -> None:
    found = paired(ce(NEAR, LOGITS))
    terms = [compute("ce", input=x, target=LABELS).per_sample for x in (NEAR, LOGITS)]
    alone = interval_of(lambda: [(terms[0] - terms[1], np.ones(N))], level=0.9, seed=3)
    change = difference(found, 0, 1, How(level=0.9, seed=3))
    assert (change.low, change.high) == pytest.approx((alone.low, alone.high), rel=1e-12)
    other = difference(found, 0, 1, How(level=0.9, seed=4))
    assert other.low != change.low
    none = difference(found, 0, 1, How(level=None))
    assert (np.isnan(none.low), none.flips) == (True, None)


def check_part(part: Part, chosen: Array, terms: list[Array], inputs: int) -> None:
    """Compare a part with the same figures of NumPy."""
    assert part.size == np.count_nonzero(chosen)
    assert part.means == pytest.approx([own[chosen].mean() for own in terms], rel=1e-12)
    for change, own in zip(part.changes, terms[:inputs], strict=True):
        d = (own - terms[inputs])[chosen]
        error = d.std(ddof=1) / np.sqrt(len(d))
        assert list(change) == pytest.approx([d.mean(), error], rel=1e-9)


def test_by_class_and_by_length() -> None:
    x = RANDOM.normal(size=(3, N, C, 9))
    labels = RANDOM.integers(0, C, (N, 9))
    labels[np.arange(9) >= RANDOM.integers(2, 10, N)[:, None]] = -100
    models = ce(*x, target=labels)
    by_class = ByTerm(models, 2, ByTarget(models.problem))
    found = paired(models, by_class)
    terms = [compute("ce", input=own, target=labels).per_sample for own in x]
    for part in by_class.parts():
        check_part(part, labels == part.name, terms, 2)
    lengths = (labels >= 0).sum(axis=1)
    parts = {str(part.name): part for part in by_length(found, 2)}
    assert list(parts) == ["2-3", "4-7", "8-15"]
    for name, part in parts.items():
        low, high = map(int, name.split("-"))
        chosen = (lengths >= low) & (lengths <= high)
        assert part.size == np.count_nonzero(chosen)
        counted = chosen[:, None] & (labels >= 0)
        assert part.means == pytest.approx([own[counted].mean() for own in terms], rel=1e-12)


def test_a_mean_over_samples() -> None:
    x, y = RANDOM.uniform(0.1, 1, (2, 12, 5)), RANDOM.dirichlet(np.ones(5), 12)
    sources = [{"input": ArraySource(np.log(own), "input")} for own in x]
    loss = declaration("kl-div")
    shared = {"target": ArraySource(y, "target")}
    settings, options = Settings("batchmean"), checked_options(loss, {})
    found = paired(several(loss, ["input", "reference"], sources, shared, options, settings))
    values = [compute(loss.name, input=np.log(own), target=y, reduction="batchmean") for own in x]
    assert [found.value(0), found.value(1)] == [one.value for one in values]
    change = difference(found, 0, 1, How())
    d = (values[0].per_sample - values[1].per_sample).sum(axis=1)
    assert change.mean == pytest.approx(d.mean(), rel=1e-12)
    assert change.stderr == pytest.approx(d.std(ddof=1) / np.sqrt(12), rel=1e-12)


def test_a_sum() -> None:
    samples = RANDOM.uniform(0.5, 2, N) * 1e-100
    labels = np.where(np.arange(N) % 7 == 0, -100, LABELS)
    how: dict[str, Any] = {"target": labels, "sample_weight": samples, "reduction": "sum"}
    found = paired(ce(NEAR, LOGITS, **how))
    values = [compute("ce", input=x, **how) for x in (NEAR, LOGITS)]
    assert [found.value(0), found.value(1)] == [one.value for one in values]
    d = (values[0].per_sample - values[1].per_sample)[labels >= 0]
    change = difference(found, 0, 1, How())
    assert change.mean == pytest.approx(d.sum(), rel=1e-12, abs=0)
    assert change.stderr == pytest.approx(d.std(ddof=1) * np.sqrt(len(d)), rel=1e-12, abs=0)
    assert change.low < change.mean < change.high


def test_the_ranking_says_what_is_tied_with_the_best() -> None:
    order = ranking(paired(ce(FAR, NEAR, ALSO_NEAR, LOGITS)), 3, How())
    assert order.entries[-1].model == 0
    assert [entry.tied for entry in order.entries] == [False, True, False]
    assert [entry.model for entry in order.typed] == [0, 1, 2]
    assert order.baseline is not None
    assert order.baseline.value == compute("ce", input=LOGITS, target=LABELS).value
    # Without a reference the others are compared with the best.
    best, second, last = ranking(paired(ce(FAR, NEAR, ALSO_NEAR)), None, How()).entries
    assert best.change is None
    for entry in (second, last):
        assert entry.change is not None
        assert entry.change.mean == pytest.approx(entry.value - best.value, rel=1e-12)
    assert (second.tied, last.tied) == (True, False)


def test_equal_losses_are_tied_whatever_their_rounding() -> None:
    """A constant added to a row changes terms in their last digits, here mostly to one side."""
    random = np.random.default_rng(3)
    x, labels = random.normal(size=(40, 3)) * 2, random.integers(0, 3, 40)
    found = paired(models_of("ce", [{"input": x}, {"input": x + 1}], target=labels))
    assert found.value(0) == found.value(1)
    change = difference(found, 1, 0, How())
    assert not change.low <= 0 <= change.high
    assert ranking(found, None, How()).entries[1].tied


def test_a_loss_that_is_not_finite_is_the_worst_and_is_named() -> None:
    broken = NEAR.copy()
    broken[7, 1] = np.nan
    found = paired(ce(broken, NEAR, LOGITS))
    assert found.odd == (7, 0)
    assert [entry.model for entry in ranking(found, 2, How()).entries] == [1, 0]


def test_threads_do_not_change_a_bit() -> None:
    x = RANDOM.normal(size=(3, 30_000, 8))
    labels = RANDOM.integers(0, 8, 30_000)
    found = paired(ce(*x, target=labels))
    every = [difference(found, 0, 2, How(threads=threads)) for threads in (1, 3)]
    assert every[0] == every[1]
    d = [compute("ce", input=own, target=labels).per_sample for own in x[[0, 2]]]
    change = d[0] - d[1]
    # So many samples are drawn in lots, whose interval is that of single ones.
    half = (every[0].high - every[0].low) / 2
    assert half == pytest.approx(1.96 * change.std() / np.sqrt(len(change)), rel=0.1)
    pieces = partial(found.samples, 0, 2)
    assert sum(len(top) for top, _ in pieces()) == 30_000
