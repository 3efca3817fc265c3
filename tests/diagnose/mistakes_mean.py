"""L3xx, L7xx, L8xx: the normalizer, the value and the calibration."""

from __future__ import annotations

import numpy as np

from losscli.numerics.arrays import Array
from tests.diagnose import draws
from tests.diagnose.classified import BY_CLASS, LIKELIHOODS, SOFTMAX
from tests.diagnose.draws import Rng, one_of
from tests.diagnose.healthy import regression
from tests.diagnose.healthy_others import gaussian
from tests.diagnose.mistakes import mistake
from tests.diagnose.mistakes_input import FEWEST, Pair
from tests.diagnose.mistakes_target import drawn

WEIGHTED = [loss for loss in BY_CLASS if loss.class_weight]
TWO_MEANS = 2
"""Classes that occur, so that weights take part."""


def positive(rng: Rng, count: int) -> Array:
    """Draw weights."""
    weights: Array = rng.uniform(0.2, 3, count)
    return weights


@mistake("L301")
def weights_in_two_means(rng: Rng) -> Pair:
    data = drawn(rng, losses=WEIGHTED, quality=1.0, tail=False)
    if len(set(data.target.tolist())) < TWO_MEANS:
        return weights_in_two_means(rng)
    if rng.random() < 0.5:
        return data, data.changed(sample_weight=positive(rng, len(data.target)))
    return data, data.changed(weight=positive(rng, data.input.shape[1]))


@mistake("L302", seen="always")
def weights_that_cancel(rng: Rng) -> Pair:
    data = drawn(rng, losses=WEIGHTED)
    same = one_of(rng, (2.0, 0.1, 10.0))
    if rng.random() < 0.5:
        return data, data.changed(sample_weight=np.full(len(data.target), same))
    weights = positive(rng, data.input.shape[1])
    return data, data.changed(weight=weights, target=np.zeros_like(data.target))


@mistake("L303", seen="always")
def weights_of_smoothed_targets(rng: Rng) -> Pair:
    data = drawn(rng, "logits", losses=LIKELIHOODS[:1], c=one_of(rng, (3, 5, 10, 50)))
    if np.ptp(np.bincount(data.target.ravel(), minlength=data.input.shape[1])) == 0:
        # All classes are as frequent: both normalizers are the same.
        return weights_of_smoothed_targets(rng)
    weights = positive(rng, data.input.shape[1])
    return data, data.changed(weight=weights).with_options(label_smoothing=0.1)


@mistake("L304")
def weights_that_sum_to_0(rng: Rng) -> Pair:
    data = drawn(rng, losses=WEIGHTED)
    if rng.random() < 0.5:
        return data, data.changed(sample_weight=np.zeros(len(data.target)))
    c = data.input.shape[1]
    weights: Array = np.where(np.isin(np.arange(c), data.target), 0.0, 1.0)
    return data, data.changed(weight=weights)


@mistake("L305", seen="always")
def groups_of_different_sizes(rng: Rng) -> Pair:
    """A last batch that is smaller, and harder, than the others."""
    data = drawn(rng, tail=False) if rng.random() < 0.6 else regression(rng, FEWEST)
    n = len(data.target)
    losses = data.losses()
    if losses is None or losses[:-1].std() == 0 or n < FEWEST:
        return groups_of_different_sizes(rng)
    of_samples = losses[:-1].reshape(n, -1).mean(axis=1)
    rank = of_samples.argsort().argsort()
    groups = np.where(rank >= n - max(1, n // 20), 1, 0)
    return data, data.changed(groups=groups)


@mistake("L701", "L801", seen="beyond chance")
def rows_in_another_order(rng: Rng) -> Pair:
    data = drawn(rng, "logits", losses=SOFTMAX, tail=False)
    return data, data.changed(target=rng.permutation(data.target))


@mistake("L701", seen="beyond chance")
def untrained(rng: Rng) -> Pair:
    data = drawn(rng, "logits", losses=SOFTMAX, quality=rng.uniform(2, 5), tail=False)
    x = rng.normal(0, 1e-2, data.input.shape)
    return data, data.changed(input=data.storage(x))


@mistake("L702", seen="always")
def densities_above_1(rng: Rng) -> Pair:
    data = gaussian(rng, FEWEST)
    x = data.input.astype(float)
    var = np.full(x.shape, 1e-3)
    y = rng.normal(x, np.sqrt(var))
    return data, data.changed(target=y, var=var)


@mistake("L801", "L701", seen="beyond chance")
def over_confidence(rng: Rng) -> Pair:
    data = drawn(rng, "logits", losses=LIKELIHOODS)
    x = data.input.astype(float) * draws.between(rng, 1.5, 10)
    return data, data.changed(input=data.storage(x))


@mistake("L801", "L701", seen="beyond chance")
def under_confidence(rng: Rng) -> Pair:
    data = drawn(rng, "logits", losses=LIKELIHOODS)
    x = data.input.astype(float) / draws.between(rng, 1.5, 10)
    return data, data.changed(input=data.storage(x))


@mistake("L802", "L801", "L701", seen="beyond chance")
def wrong_labels(rng: Rng) -> Pair:
    """A few percent of the labels are of another class, drawn evenly."""
    data = drawn(rng, "logits", losses=LIKELIHOODS[:1], quality=rng.uniform(3, 8), tail=False)
    c = data.input.shape[1]
    wrong = rng.random(data.target.shape) < rng.uniform(0.02, 0.15)
    other = (data.target + rng.integers(1, c, data.target.shape)) % c
    return data, data.changed(target=np.where(wrong, other, data.target))
