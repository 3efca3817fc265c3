"""L2xx: targets that are numbered, marked or placed in another way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from losscli.losses.declare.options import Effect
from tests.diagnose import draws
from tests.diagnose.classified import BY_CLASS, LIKELIHOODS, SOFTMAX, classified
from tests.diagnose.draws import Rng, one_of
from tests.diagnose.healthy import binary, margins
from tests.diagnose.healthy_others import poisson
from tests.diagnose.mistakes import mistake
from tests.diagnose.mistakes_input import FEWEST, Pair
from tests.diagnose.sets import DataSet

IGNORING = [loss for loss in BY_CLASS if loss.with_effect(Effect.IGNORES_TARGETS)]


def drawn(rng: Rng, form: str = "", **settings: object) -> DataSet:
    """Draw classes without further options."""
    return classified(rng, form, low=FEWEST, options=False, **settings)  # type: ignore[arg-type]


@mistake("L201")
def labels_from_1(rng: Rng) -> Pair:
    data = drawn(rng)
    # The last class occurs, and another one.
    y = data.target.copy()
    c = data.input.shape[1]
    y.flat[:2] = (c - 1, rng.integers(c - 1))
    right = data.changed(target=y)
    return right, right.changed(target=y + 1)


@mistake("L201", seen="beyond chance")
def labels_from_1_without_the_last(rng: Rng) -> Pair:
    c = one_of(rng, draws.CLASSES[2:])
    z = draws.logits(rng, draws.size(rng, FEWEST, width=c), c)
    z[:, -1] -= 40
    right = drawn(rng, "logits", losses=LIKELIHOODS[:1], z=z)
    return right, right.changed(target=right.target + 1)


@mistake("L202")
def labels_out_of_range(rng: Rng) -> Pair:
    data = drawn(rng)
    c = data.input.shape[1]
    y = data.target.astype(np.int64).copy()
    where = rng.random(y.shape) < one_of(rng, (0.01, 0.1))
    where.flat[0] = True
    y[where] = rng.integers(c + 1, c + 300, y.shape)[where]
    return data, data.changed(target=y)


@mistake("L202")
def labels_between_integers(rng: Rng) -> Pair:
    data = drawn(rng)
    y = data.target.astype(float)
    y.flat[int(rng.integers(y.size))] += 0.5
    return data, data.changed(target=y)


@mistake("L202")
def targets_in_percent(rng: Rng) -> Pair:
    data = binary(rng, one_of(rng, ("logits", "probabilities")), FEWEST)
    if not data.target.any():
        return targets_in_percent(rng)
    return data, data.changed(target=data.target * 100)


@mistake("L202")
def negative_counts(rng: Rng) -> Pair:
    data = poisson(rng, FEWEST, log=rng.random() < 0.5)
    y = data.target.copy()
    y.flat[int(rng.integers(y.size))] = -one_of(rng, (1, 99, 999))
    return data, data.changed(target=y)


@mistake("L203")
def marks_not_ignored(rng: Rng) -> Pair:
    mark = one_of(rng, (-1, -100, 255))
    losses = BY_CLASS if mark != -100 else [x for x in BY_CLASS if x not in IGNORING]
    data = drawn(rng, losses=losses)
    if data.input.shape[1] > 255:
        return marks_not_ignored(rng)
    out = rng.random(data.target.shape) < rng.uniform(0.02, 0.5)
    out.flat[0] = True
    return data, data.changed(target=np.where(out, mark, data.target))


@mistake("L204", seen="always")
def some_ignored(rng: Rng) -> Pair:
    data = drawn(rng, losses=IGNORING)
    out = rng.random(data.target.shape) < rng.uniform(0.02, 0.9)
    out.flat[:2] = (True, False)
    return data, data.changed(target=np.where(out, -100, data.target))


@mistake("L205")
def all_ignored(rng: Rng) -> Pair:
    data = drawn(rng, losses=IGNORING)
    mark = one_of(rng, (-100, 255, -1))
    wrong = data.changed(target=np.full(data.target.shape, mark))
    return data, wrong if mark == -100 else wrong.with_options(ignore_index=mark)


@mistake("L206", seen="beyond chance")
def labels_of_a_class_lost(rng: Rng) -> Pair:
    """All samples of one class are given to another."""
    c = one_of(rng, (2, 3, 5, 10))
    n = draws.size(rng, 20 * c, 5000)
    data = drawn(rng, "logits", losses=SOFTMAX, z=draws.logits(rng, n, c))
    lost = int(np.bincount(data.target.ravel(), minlength=c).argmax())
    y = np.where(data.target == lost, (lost + 1) % c, data.target)
    return data, data.changed(target=y)


@mistake("L206", "L701", seen="beyond chance")
def one_class_always_predicted(rng: Rng) -> Pair:
    """The output layer has collapsed: every row is the same, or one logit is far too large."""
    c = one_of(rng, (2, 3, 5, 10))
    n = draws.size(rng, 20 * c, 5000)
    data = drawn(rng, "logits", losses=SOFTMAX, z=draws.logits(rng, n, c, rng.uniform(1, 4)))
    rare = int(np.bincount(data.target.ravel(), minlength=c).argmin())
    x = data.input.astype(float).copy()
    x[:, rare] += x.max() - x.min() + 1
    return data, data.changed(input=data.storage(x))


@mistake("L207", seen="beyond chance")
def targets_of_the_next_position(rng: Rng) -> Pair:
    c, t = one_of(rng, (3, 5, 10, 50)), one_of(rng, (8, 9, 20, 64))
    n = draws.size(rng, max(2, -(-FEWEST // t)), 200, width=c * t)
    z = draws.logits(rng, n * t, c, rng.uniform(1.5, 6))
    flat = classified(
        rng, one_of(rng, ("logits", "log-probabilities")), LIKELIHOODS, options=False, z=z
    )
    x, y = flat.input.reshape(n, t, c), flat.target.reshape(n, t)
    right = replace(flat.changed(input=x, target=y), flags={"class_axis": 2})
    filler = draws.labels_of(rng, np.full((n, c), 1 / c))[:, None]
    moved = one_of(rng, (np.hstack([filler, y[:, :-1]]), np.hstack([y[:, 1:], filler])))
    return right, right.changed(target=moved)


@mistake("L208")
def zeros_for_minus_ones(rng: Rng) -> Pair:
    data = margins(rng, FEWEST)
    if data.flags:
        data = replace(data.changed(target=data.target * 2 - 1), flags={})
    return data, data.changed(target=(data.target + 1) / 2)


@mistake("L208")
def signs_that_are_mapped_again(rng: Rng) -> Pair:
    data = margins(rng, FEWEST)
    if data.flags:
        data = replace(data.changed(target=data.target * 2 - 1), flags={})
    return data, replace(data, flags={"map_binary": True})
