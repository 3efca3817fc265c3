"""L1xx: inputs in another form than the loss takes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from losscli.numerics.arrays import Array
from tests.diagnose import draws
from tests.diagnose.classified import (
    LIKELIHOODS,
    SOFTMAX,
    classified,
    digits_for,
    form_options,
)
from tests.diagnose.draws import Rng, one_of
from tests.diagnose.healthy import binary, margins
from tests.diagnose.healthy_others import divergence, embeddings, poisson
from tests.diagnose.mistakes import mistake
from tests.diagnose.sets import DataSet
from tests.diagnose.storage import drawn_storage

FEWEST = 50
Pair = tuple[DataSet, DataSet]


def by_axis(data: DataSet, change: str) -> Array:
    """Return the log-softmax or softmax of a data set's input along its classes."""
    axis = data.flags.get("class_axis", 1)
    x = data.input.astype(np.float64)
    return draws.log_softmax(x, axis) if change == "log" else draws.softmax(x, axis)


def restored(rng: Rng, data: DataSet, x: Array, fewest: int = 2) -> DataSet:
    """Return the set with another input, stored anew."""
    storage = drawn_storage(rng, fewest)
    return replace(data.changed(input=storage(x)), storage=storage)


def read_as(data: DataSet, kind: str, losses: list[str]) -> DataSet:
    """Return the set under the options, or another loss, that read its input as another form."""
    options = form_options(data.declared, kind)
    if options is not None:
        return data.with_options(**options)
    return data.of(*losses)


@mistake("L101", "L107")
def softmax_before_softmax(rng: Rng) -> Pair:
    data = classified(rng, "logits", SOFTMAX, low=FEWEST)
    c = data.input.shape[data.flags.get("class_axis", 1)]
    x = by_axis(data, "probs")
    return data, restored(rng, data, x, digits_for(c, "probabilities"))


@mistake("L102", seen="always")
def log_softmax_before_softmax(rng: Rng) -> Pair:
    data = classified(rng, "logits", SOFTMAX, low=FEWEST)
    return data, restored(rng, data, by_axis(data, "log"), 3)


@mistake("L103", seen="beyond chance")
def sigmoid_before_sigmoid(rng: Rng) -> Pair:
    data = binary(rng, "logits", FEWEST, soft=rng.random() < 0.1)
    return data, restored(rng, data, draws.sigmoid(data.input.astype(float)))


@mistake("L104")
def logits_as_binary_probabilities(rng: Rng) -> Pair:
    right = binary(rng, "probabilities", FEWEST)
    x = draws.binary_logits(rng, right.input.shape)
    return right, restored(rng, right, x)


@mistake("L104")
def logits_as_log_probabilities(rng: Rng) -> Pair:
    data = classified(rng, "log-probabilities", low=FEWEST)
    p = data.input.astype(float)
    axis = data.flags.get("class_axis", 1)
    offset = rng.normal(rng.uniform(-4, 6), 2, p.shape)
    return data, restored(rng, data, p + np.take(offset, [0], axis=axis))


@mistake("L104")
def logits_as_probabilities(rng: Rng) -> Pair:
    data = classified(rng, "probabilities", low=FEWEST)
    return data, restored(rng, data, rng.normal(0, 3, data.input.shape))


@mistake("L104", "L107")
def probabilities_as_log_probabilities(rng: Rng) -> Pair:
    data = classified(rng, "log-probabilities", low=FEWEST)
    c = data.input.shape[data.flags.get("class_axis", 1)]
    x = np.exp(data.input.astype(float))
    return data, restored(rng, data, x, digits_for(c, "probabilities"))


@mistake("L104")
def logits_into_a_divergence(rng: Rng) -> Pair:
    data = divergence(rng, FEWEST, log=False)
    offset = rng.normal(rng.uniform(-3, 5), 2, (len(data.input), 1))
    return data, restored(rng, data, data.input.astype(float) + offset)


@mistake("L104")
def log_rates_as_rates(rng: Rng) -> Pair:
    data = poisson(rng, FEWEST, log=False)
    return data, restored(rng, data, np.log(data.input.astype(float)))


@mistake("L105")
def rows_not_normalized(rng: Rng) -> Pair:
    data = classified(rng, "probabilities", low=FEWEST, options=False)
    factor = rng.uniform(0.3, 0.85)
    return data, restored(rng, data, data.input.astype(float) * factor, 4)


@mistake("L105")
def a_sigmoid_for_each_class(rng: Rng) -> Pair:
    c = one_of(rng, draws.CLASSES[2:])
    data = classified(rng, "logits", LIKELIHOODS[:1], low=FEWEST, c=c, options=False)
    x = draws.sigmoid(data.input.astype(float))
    x = np.where(x > 0, x, 1e-12)
    return data, restored(rng, data.with_options(from_="probs"), x, 4)


@mistake("L105")
def targets_not_normalized(rng: Rng) -> Pair:
    data = classified(rng, "logits", LIKELIHOODS[:1], low=FEWEST, options=False, tail=False)
    rows = np.eye(data.input.shape[1])[data.target]
    right = data.changed(target=rows * 0.9 + 0.1 / rows.shape[1])
    return right, right.changed(target=right.target * rng.uniform(0.3, 0.85))


@mistake("L106")
def swapped_divergence(rng: Rng) -> Pair:
    data = divergence(rng, FEWEST, log=False)
    c = data.input.shape[1]
    p = np.exp(data.input.astype(float))
    storage = drawn_storage(rng, digits_for(c, "probabilities"))
    arrays = {"input": storage(data.target), "target": np.log(p / p.sum(axis=1, keepdims=True))}
    return data, replace(data.changed(**arrays), storage=storage)


@mistake("L106")
def target_in_the_other_form(rng: Rng) -> Pair:
    data = divergence(rng, FEWEST)
    return data, data.with_options(log_target=not data.options["log_target"])


@mistake("L107")
def predictions_as_probabilities(rng: Rng) -> Pair:
    data = binary(rng, "probabilities", FEWEST)
    return data, data.changed(input=(data.input > 0.5).astype(float))


@mistake("L107")
def predictions_as_binary_logits(rng: Rng) -> Pair:
    data = binary(rng, "logits", FEWEST)
    if np.unique(data.input > 0).size == 1:
        return predictions_as_binary_logits(rng)
    return data, data.changed(input=(data.input > 0).astype(float))


@mistake("L107")
def signs_as_scores(rng: Rng) -> Pair:
    data = margins(rng, FEWEST)
    is_scores = data.declared.roles[0].kinds[0].name == "scores"
    if not is_scores or np.unique(data.input > 0).size == 1:
        return signs_as_scores(rng)
    return data, data.changed(input=np.where(data.input > 0, 1.0, -1.0))


@mistake("L104")
def probabilities_in_percent(rng: Rng) -> Pair:
    data = binary(rng, "probabilities", FEWEST)
    x = data.input.astype(float)
    return data, restored(rng, data, 100 * np.maximum(x, x.max() / 2))


@mistake("L107")
def one_hot_predictions_as_logits(rng: Rng) -> Pair:
    data = classified(rng, "logits", SOFTMAX, low=FEWEST, options=False, tail=False)
    return data, data.changed(input=np.eye(data.input.shape[1])[data.input.argmax(axis=1)])


@mistake("L108", "L107")
def softmax_under_a_binary_loss(rng: Rng) -> Pair:
    data = classified(rng, "probabilities", LIKELIHOODS[:1], low=FEWEST, options=False, tail=False)
    rows = np.eye(data.input.shape[1])[data.target]
    return data, data.changed(target=rows).of("bce")


@mistake("L109")
def collapsed_embeddings(rng: Rng) -> Pair:
    data = embeddings(rng, FEWEST, pairs=rng.random() < 0.5)
    point = rng.normal(0, 1, (1, data.input.shape[1]))
    small = one_of(rng, (0.0, 1e-7))
    same = {
        name: data.storage(point + small * rng.normal(0, 1, x.shape))
        for name, x in data.arrays.items()
        if x.ndim == 2
    }
    return data, data.changed(**same)


@mistake("L110", "L107")
def swapped_binary_roles(rng: Rng) -> Pair:
    data = binary(rng, "probabilities", FEWEST)
    return data, DataSet("bce", {"input": data.target, "target": data.input.astype(float)})


@mistake("L501")
def two_columns_into_a_binary_loss(rng: Rng) -> Pair:
    data = classified(
        rng, "probabilities", LIKELIHOODS[:1], low=FEWEST, c=2, options=False, tail=False
    )
    return data, data.of("bce")
