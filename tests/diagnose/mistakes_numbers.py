"""L4xx to L6xx: numbers that are not finite or round to 0, shapes, and sequences."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from losscli.losses.declare.options import Effect
from tests.diagnose import draws
from tests.diagnose.classified import BY_CLASS, LIKELIHOODS, SOFTMAX, taking
from tests.diagnose.draws import Rng, one_of
from tests.diagnose.healthy import binary, regression
from tests.diagnose.healthy_others import unaligned
from tests.diagnose.mistakes import mistake
from tests.diagnose.mistakes_input import FEWEST, Pair, restored
from tests.diagnose.mistakes_target import drawn
from tests.diagnose.storage import EXACT

SMOOTHING = [loss for loss in BY_CLASS if loss.with_effect(Effect.SMOOTHS_TARGETS)]


@mistake("L401")
def a_nan(rng: Rng) -> Pair:
    data = one_of(rng, (drawn(rng), regression(rng, FEWEST), binary(rng, "logits", FEWEST)))
    x = data.input.astype(float)
    x.flat[int(rng.integers(x.size))] = math.nan
    return data, data.changed(input=x)


@mistake("L401")
def an_infinite_measurement(rng: Rng) -> Pair:
    data = regression(rng, FEWEST)
    role = one_of(rng, ("input", "target"))
    x = data.arrays[role].astype(float)
    x.flat[int(rng.integers(x.size))] = math.inf
    return data, data.changed(**{role: x})


@mistake("L402")
def certain_and_wrong(rng: Rng) -> Pair:
    """Probabilities that were rounded to 0 or 1 against the target."""
    data = binary(rng, "probabilities", FEWEST)
    x = data.input.astype(float)
    wrong = rng.random(x.shape) < rng.uniform(0.01, 0.1)
    wrong.flat[0] = True
    return data, data.changed(input=np.where(wrong, 1 - data.target, x))


@mistake("L402", "L403", "L107")
def probability_0_of_a_target(rng: Rng) -> Pair:
    data = drawn(rng, "probabilities", losses=LIKELIHOODS[:1], tail=False)
    x = data.input.astype(float)
    i = int(rng.integers(len(x)))
    k = int(data.target[i])
    x[i, (k + 1) % x.shape[1]] += x[i, k]
    x[i, k] = 0
    return data, data.changed(input=x)


@mistake("L403")
def a_masked_target(rng: Rng) -> Pair:
    data = drawn(rng, "logits", losses=LIKELIHOODS[:1], tail=False)
    x = data.input.astype(float)
    i = int(rng.integers(len(x)))
    x[i, data.target[i]] = -math.inf
    return data, data.changed(input=x)


@mistake("L404")
def a_mask_with_smoothing(rng: Rng) -> Pair:
    data = drawn(rng, "logits", losses=SMOOTHING, tail=False)
    if data.input.shape[1] < 3:
        return a_mask_with_smoothing(rng)
    x = data.input.astype(float)
    x[np.arange(len(x)), (data.target + 1) % x.shape[1]] = -math.inf
    return data, data.changed(input=x).with_options(label_smoothing=0.1)


@mistake("L405")
def a_row_without_classes(rng: Rng) -> Pair:
    data = drawn(rng, "logits", losses=SOFTMAX, tail=False)
    x = data.input.astype(float)
    i = int(rng.integers(len(x)))
    if rng.random() < 0.5:
        x[i] = -math.inf
    else:
        x[i, 0] = math.inf
    return data, data.changed(input=x)


@mistake("L406")
def saturated_logits(rng: Rng) -> Pair:
    """Logits multiplied until a wrong answer has the probability 0."""
    data = drawn(rng, "logits", losses=LIKELIHOODS[:1], tail=False, storage=EXACT)
    x = data.input.copy()
    i = rng.random(len(x)) < 0.05
    i[0] = True
    x[i, (data.target[i] + 1) % x.shape[1]] = x.max() + rng.uniform(120, 1000)
    return data, data.changed(input=x)


@mistake("L407", seen="always")
def cosines_above_1(rng: Rng) -> Pair:
    data = drawn(rng, "cosines", storage=EXACT)
    x = data.input.copy()
    x.flat[int(rng.integers(x.size))] = 1 + rng.uniform(1e-7, 9e-4)
    return data, data.changed(input=x)


@mistake("L501")
def a_column_against_a_list(rng: Rng) -> Pair:
    data = one_of(rng, (regression(rng, FEWEST), binary(rng, "logits", FEWEST)))
    x, y = data.input.reshape(len(data.input), -1)[:, :1], data.target.reshape(len(data.target), -1)
    right = replace(data.changed(input=x, target=y[:, :1], weight=None, groups=None))
    if rng.random() < 0.5:
        return right, right.changed(target=y[:, 0])
    return right, right.changed(input=x[:, 0])


@mistake("L501", "L502")
def another_number_of_samples(rng: Rng) -> Pair:
    data = drawn(rng, tail=False)
    return data, data.changed(target=data.target[: -int(rng.integers(1, 5))])


@mistake("L502")
def classes_last(rng: Rng) -> Pair:
    c = one_of(rng, (3, 5, 10, 50))
    n, t = draws.size(rng, FEWEST, 300, width=c * 12), one_of(rng, (4, 7, 12))
    z = draws.logits(rng, n * t, c)
    flat = drawn(rng, losses=taking("logits"), z=z)
    x, y = flat.input.reshape(n, t, c), flat.target.reshape(n, t)
    right = flat.changed(input=np.ascontiguousarray(np.swapaxes(x, 1, 2)), target=y)
    return right, right.changed(input=x)


@mistake("L502", seen="beyond chance")
def classes_last_of_equal_axes(rng: Rng) -> Pair:
    c = one_of(rng, (3, 5, 10, 20))
    n = draws.size(rng, FEWEST, 300, width=c * c)
    flat = drawn(rng, losses=SOFTMAX, z=draws.logits(rng, n * c, c, rng.uniform(1, 5)))
    x, y = flat.input.reshape(n, c, c), flat.target.reshape(n, c)
    right = flat.changed(input=np.ascontiguousarray(np.swapaxes(x, 1, 2)), target=y)
    return right, right.changed(input=x)


@mistake("L502")
def classes_first(rng: Rng) -> Pair:
    data = drawn(rng, tail=False)
    if len(data.input) == data.input.shape[1]:
        return classes_first(rng)
    return data, data.changed(input=np.ascontiguousarray(data.input.T))


@mistake("L503", seen="always")
def one_hot_rows(rng: Rng) -> Pair:
    data = drawn(rng, "logits", losses=LIKELIHOODS[:1], tail=False)
    return data, data.changed(target=np.eye(data.input.shape[1])[data.target])


@mistake("L504")
def one_column(rng: Rng) -> Pair:
    data = binary(rng, "logits", FEWEST)
    x = data.input.reshape(-1, 1)
    zeros = np.zeros(len(x), int)
    return data, replace(data, arrays={"input": x, "target": zeros}, loss="ce", options={})


@mistake("L501", "L502", "L505")
def batch_first_sequences(rng: Rng) -> Pair:
    data = unaligned(rng, FEWEST)
    if data.input.shape[0] == data.input.shape[1]:
        return batch_first_sequences(rng)
    return data, data.changed(input=np.ascontiguousarray(np.swapaxes(data.input, 0, 1)))


@mistake("L601")
def too_few_steps(rng: Rng) -> Pair:
    data = unaligned(rng, FEWEST)
    steps = data.arrays["input_lengths"].copy()
    steps[int(rng.integers(len(steps)))] = 0
    return data, data.changed(input_lengths=steps)


@mistake("L601")
def lengths_exchanged(rng: Rng) -> Pair:
    data = unaligned(rng, FEWEST)
    lengths = data.arrays
    return data, data.changed(
        input_lengths=lengths["target_lengths"], target_lengths=lengths["input_lengths"]
    )


@mistake("L602")
def the_blank_among_the_labels(rng: Rng) -> Pair:
    data = unaligned(rng, FEWEST)
    y = data.target.copy()
    y[int(rng.integers(len(y))), 0] = data.options["blank"]
    return data, data.changed(target=y)


@mistake("L603", "L104")
def steps_not_normalized(rng: Rng) -> Pair:
    data = unaligned(rng, FEWEST)
    x = data.input.astype(float) + rng.normal(rng.uniform(-6, 3), 1, (*data.input.shape[:2], 1))
    return data, restored(rng, data, x)
