"""More kinds: likelihoods, divergences, embeddings, unaligned sequences."""

from __future__ import annotations

import numpy as np

from losscli.numerics.arrays import Array
from tests.diagnose import draws
from tests.diagnose.classified import digits_for
from tests.diagnose.draws import Rng, one_of
from tests.diagnose.healthy import kind
from tests.diagnose.sets import DataSet
from tests.diagnose.storage import drawn_storage


def poisson(rng: Rng, low: int = 1, *, log: bool) -> DataSet:
    """Draw rates, or their logarithms, and counts."""
    storage = drawn_storage(rng)
    rate = rng.lognormal(rng.uniform(-1, 3) if low == 1 else 0, 0.7, draws.terms_shape(rng, low))
    x = storage(np.log(rate) if log else rate + 0.05)
    y = rng.poisson(np.exp(x.astype(float)) if log else x.astype(float)).astype(float)
    return DataSet("poisson-nll", {"input": x, "target": y}, {"log_input": log}, {}, storage)


@kind()
def counts(rng: Rng) -> DataSet:
    return poisson(rng, log=rng.random() < 0.6)


def gaussian(rng: Rng, low: int = 1) -> DataSet:
    """Draw means, variances, and measurements from them."""
    storage, shape = drawn_storage(rng), draws.terms_shape(rng, low)
    x = storage(rng.normal(0, 5, shape))
    shared = len(shape) > 1 and rng.random() < 0.3
    var = rng.lognormal(rng.uniform(-3, 2), 0.5, (*shape[:-1], 1) if shared else shape) + 1e-3
    y = rng.normal(x.astype(float), np.sqrt(var))
    return DataSet("gaussian-nll", {"input": x, "target": y, "var": var}, storage=storage)


@kind()
def variances(rng: Rng) -> DataSet:
    return gaussian(rng)


def divergence(rng: Rng, low: int = 1, *, log: bool | None = None) -> DataSet:
    """Draw the log-probabilities of a student and the probabilities of its teacher."""
    c = one_of(rng, draws.CLASSES)
    n = draws.size(rng, low, width=c)
    teacher = draws.logits(rng, n, c, draws.between(rng, 0.7, 3))
    student = teacher + rng.normal(0, rng.uniform(0.2, 1.5), teacher.shape)
    storage = drawn_storage(rng, 3)
    log = rng.random() < 0.3 if log is None else log
    target = draws.log_softmax(teacher) if log else draws.softmax(teacher)
    if low == 1 and not log and rng.random() < 0.3:
        target = np.eye(c)[draws.labels_of(rng, target)]
    if low == 1 and rng.random() < 0.5:
        target = drawn_storage(rng, max(4, digits_for(c, "probabilities")))(target)
    arrays = {"input": storage(draws.log_softmax(student)), "target": target}
    return DataSet("kl-div", arrays, {"log_target": log}, {}, storage)


@kind(2)
def distillation(rng: Rng) -> DataSet:
    return divergence(rng)


def embeddings(rng: Rng, low: int = 1, *, pairs: bool = False) -> DataSet:
    """Draw vectors of clusters: anchors, positives and negatives, or pairs with signs."""
    n, e = draws.size(rng, low, 1500), one_of(rng, (2, 8, 32, 128))
    storage = drawn_storage(rng, 3)
    noise = draws.between(rng, 0.1, 1)

    def stored(x: Array) -> Array:
        unit: Array = x / np.linalg.norm(x, axis=1, keepdims=True)
        return storage(unit if normalized else x)

    normalized = rng.random() < 0.5
    # The vectors of many networks have a large common part.
    common = rng.normal(0, 1, e) * one_of(rng, (0, 0, 1, 4))
    a, other = common + rng.normal(0, 1, (n, e)), common + rng.normal(0, 1, (n, e))
    near = a + noise * rng.normal(0, 1, (n, e))
    if pairs:
        sign = rng.choice([-1.0, 1.0], n)
        second = np.where(sign[:, None] > 0, near, other)
        arrays = {"input1": stored(a), "input2": stored(second), "target": sign}
        return DataSet("cosine-embedding", arrays, storage=storage)
    arrays = {"anchor": stored(a), "positive": stored(near), "negative": stored(other)}
    return DataSet("triplet-margin", arrays, storage=storage)


@kind(2)
def vectors(rng: Rng) -> DataSet:
    return embeddings(rng, pairs=rng.random() < 0.5)


@kind()
def rankings(rng: Rng) -> DataSet:
    n, storage = draws.size(rng), drawn_storage(rng)
    left, right = rng.normal(0, 2, n), rng.normal(0, 2, n)
    sign = np.where(left + rng.normal(0, 1, n) > right, 1.0, -1.0)
    arrays = {"input1": storage(left), "input2": storage(right), "target": sign}
    return DataSet("margin-ranking", arrays, storage=storage)


def unaligned(rng: Rng, low: int = 1) -> DataSet:
    """Draw the steps of a trained recognizer, and the labels that they spell."""
    n, c, t = draws.size(rng, low, 200), one_of(rng, (3, 5, 12, 30)), one_of(rng, (10, 20, 50))
    last = rng.random() < 0.3
    blank = c - 1 if last else 0
    longest = max(1, t // 4)
    lengths = rng.integers(1, longest + 1, n)
    steps = rng.integers(2 * longest + 1, t + 1, n)
    y = rng.integers(0 if last else 1, c - 1 if last else c, (n, longest))
    z = rng.normal(0, 1, (t, n, c))
    z[..., blank] += 2
    rows = np.arange(n)
    for k in range(longest):
        at = 2 * k + 1
        z[at, rows, y[:, k]] += np.where(k < lengths, draws.between(rng, 2, 8), 0)
    storage = drawn_storage(rng, 3)
    arrays = {"input": storage(draws.log_softmax(z, 2)), "target": y}
    arrays |= {"input_lengths": steps, "target_lengths": lengths}
    return DataSet("ctc", arrays, {"blank": blank}, {}, storage)


@kind(2)
def recognized(rng: Rng) -> DataSet:
    return unaligned(rng)
