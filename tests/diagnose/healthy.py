"""Kinds of data sets in which nothing is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from losscli.losses.declare.role_kind import Layout
from losscli.losses.declare.standard_kinds import SIGNS
from losscli.numerics.arrays import Array
from tests.diagnose import draws
from tests.diagnose.classified import (
    LIKELIHOODS,
    NOT_DRAWN,
    classified,
    digits_for,
    form_options,
    in_form,
    masked,
    said,
    soft_targets,
    taking,
)
from tests.diagnose.draws import Rng, one_of
from tests.diagnose.sets import DataSet
from tests.diagnose.storage import drawn_storage
from tests.losses.cases import LOSSES, VARIANTS

Draw = Callable[[Rng], DataSet]
KINDS: list[Draw] = []


def kind(times: int = 1) -> Callable[[Draw], Draw]:
    """Register a kind that is drawn several times as often as others."""

    def add(draw: Draw) -> Draw:
        KINDS.extend([draw] * times)
        return draw

    return add


@kind(4)
def logits_of_classes(rng: Rng) -> DataSet:
    return classified(rng, "logits")


@kind(3)
def log_probabilities_of_classes(rng: Rng) -> DataSet:
    return classified(rng, "log-probabilities")


@kind(3)
def probabilities_of_classes(rng: Rng) -> DataSet:
    return classified(rng, "probabilities")


@kind()
def class_scores(rng: Rng) -> DataSet:
    return classified(rng, "scores")


@kind()
def cosines_of_classes(rng: Rng) -> DataSet:
    return classified(rng, "cosines")


@kind()
def nearly_perfect(rng: Rng) -> DataSet:
    return classified(rng, quality=draws.between(rng, 8, 40), losses=taking("logits"))


@kind()
def nearly_constant_logits(rng: Rng) -> DataSet:
    """After weight decay: logits near 0, or all in (0, 1)."""
    c = one_of(rng, (2, 3, 5, 10, 50))
    n = draws.size(rng, 1, width=c)
    z = one_of(rng, (rng.normal(0, 0.1, (n, c)), rng.uniform(0, 1, (n, c))))
    return classified(rng, "logits", z=z)


@kind()
def constant_answers(rng: Rng) -> DataSet:
    """A model that knows only how frequent the classes are."""
    share = draws.prior(rng, one_of(rng, (2, 3, 10)))
    n = draws.size(rng, 1, 2000)
    data = classified(rng, z=np.log(np.tile(share, (n, 1))), losses=taking("logits"))
    return replace(data, true=data.true | {"L206", "L701"})


@kind()
def masked_classes(rng: Rng) -> DataSet:
    return masked(rng)


@kind()
def class_probabilities_as_targets(rng: Rng) -> DataSet:
    return soft_targets(rng)


@kind()
def one_hot_targets(rng: Rng) -> DataSet:
    return soft_targets(rng, one_hot=True)


@kind()
def over_confident(rng: Rng) -> DataSet:
    """As real networks are; the rules on calibration say so."""
    data = classified(rng, "logits", LIKELIHOODS[:1], options=False)
    x = data.storage(data.input * rng.uniform(1.1, 2.5))
    return replace(data.changed(input=x), true=data.true | {"L701", "L801", "L802"})


@kind(2)
def separated(rng: Rng) -> DataSet:
    """Logits that are higher for the label, with noise: what many a test writes.

    How sure they are was not asked for: the rules on calibration may say so.
    """
    c = one_of(rng, draws.CLASSES)
    n = draws.size(rng, 1, width=c)
    y = np.sort(rng.integers(0, c, n)) if rng.random() < 0.2 else rng.integers(0, c, n)
    form = one_of(rng, ("logits", "log-probabilities", "probabilities"))
    loss = one_of(rng, taking(form))
    z = rng.normal(0, 1, (n, c)) + rng.uniform(2, 8) * np.eye(c)[y]
    storage = drawn_storage(rng, max(6, digits_for(c, form)))
    options = form_options(loss, form) or {}
    arrays = {"input": storage(in_form(z, form)), "target": y}
    return DataSet(loss.name, arrays, options, {}, storage, frozenset({"L801"}))


@kind()
def separated_binary(rng: Rng) -> DataSet:
    """The same for two classes, with one logit or probability."""
    data = binary(rng, one_of(rng, ("logits", "probabilities")))
    z = (2 * data.target - 1) * rng.uniform(1, 5) + rng.normal(0, 1, data.target.shape)
    is_logit = data.declared.roles[0].kinds[0].name == "logits"
    storage = drawn_storage(rng, 4)
    x = storage(z if is_logit else draws.sigmoid(z))
    return replace(data.changed(input=x), storage=storage)


def chain(rng: Rng, n: int, t: int, share: Array, stay: float) -> Array:
    """Draw sequences of labels that stay as they are with a probability, (n, t)."""
    fresh = rng.choice(len(share), (n, t), p=share)
    y = fresh.copy()
    for step in range(1, t):
        y[:, step] = np.where(rng.random(n) < stay, y[:, step - 1], fresh[:, step])
    return y


@kind(2)
def slow_labels(rng: Rng) -> DataSet:
    """Tags or frames whose labels rarely change; each position is judged on its own."""
    c, n, t = one_of(rng, (2, 3, 5, 10)), draws.size(rng, 1, 60), one_of(rng, (5, 10, 40, 100))
    share, stay = draws.prior(rng, c), rng.uniform(0.3, 0.99)
    y = chain(rng, n, t, share, stay)
    means = rng.normal(0, draws.between(rng, 0.4, 4), (c, 6))
    point = means[y] + rng.normal(0, 1, (n, t, 6))
    z = point @ means.T - (means * means).sum(axis=1) / 2 + np.log(share)
    return sequence(rng, z, y)


@kind(2)
def forecast_labels(rng: Rng) -> DataSet:
    """A language model of text with many repeats: what comes next is mostly what came before."""
    c, n, t = one_of(rng, (2, 3, 5, 10)), draws.size(rng, 1, 60), one_of(rng, (5, 10, 40, 100))
    share, stay = draws.prior(rng, c), rng.uniform(0.3, 0.97)
    y = chain(rng, n, t + 1, share, stay)
    p = stay * np.eye(c)[y[:, :-1]] + (1 - stay) * share
    return sequence(rng, np.log(p), y[:, 1:])


def sequence(rng: Rng, z: Array, y: Array) -> DataSet:
    """Return logits (n, t, c) and labels (n, t) as a loss takes them."""
    form = one_of(rng, ("logits", "logits", "log-probabilities"))
    loss = one_of(rng, taking(form, LIKELIHOODS))
    storage = drawn_storage(rng, 3)
    x = storage(in_form(z.reshape(-1, z.shape[2]), form)).reshape(z.shape)
    true = draws.says_nothing(said(x.reshape(-1, z.shape[2]), form))
    # The labels of a chain are correlated: more than chance would leave out.
    true |= {"L206", "L701", "L801", "L802"}
    if rng.random() < 0.5:
        flags = {"class_axis": 2}
        arrays = {"input": x, "target": y}
    else:
        flags = {}
        arrays = {"input": np.ascontiguousarray(np.swapaxes(x, 1, 2)), "target": y}
    return DataSet(loss.name, arrays, {}, flags, storage, true)


BINARY = [
    loss
    for loss in LOSSES
    if loss.layout is Layout.TERMS and len(loss.roles) == 2
    if loss.target_kinds and loss.target_kinds[0].name in ("target probabilities", "labels")
    if loss.roles[0].kinds[0].name in ("logits", "probabilities")
]
MARGINS = [
    loss
    for loss in LOSSES
    if loss.layout is Layout.TERMS and loss.target_kinds[0].values == SIGNS
    if len(loss.roles) == 2
]


def binary(rng: Rng, form: str, low: int = 1, *, soft: bool = False) -> DataSet:
    """Draw logits or probabilities, and 0/1 targets from them."""
    found = [loss for loss in BINARY if loss.roles[0].kinds[0].name == form]
    loss = one_of(rng, [loss for loss in found if not soft or not loss.target_kinds[0].values])
    storage = drawn_storage(rng)
    x = draws.binary_logits(rng, draws.terms_shape(rng, low))
    x = storage(x if form == "logits" else draws.sigmoid(x))
    if form == "probabilities" and ((x == 0) | (x == 1)).all():
        return binary(rng, form, low, soft=soft)
    p = x.astype(float) if form == "probabilities" else draws.sigmoid(x.astype(float))
    y = (rng.random(x.shape) < p).astype(float)
    if soft:
        y = np.clip(0.9 * y + 0.05 + 0.1 * (rng.random(x.shape) - 0.5), 0, 1)
        y = np.where((p == 0) | (p == 1), p, y)
    data = DataSet(loss.name, {"input": x, "target": y}, storage=storage)
    extras: dict[str, Any] = {}
    true: frozenset[str] = frozenset()
    if rng.random() < 0.1:
        extras["sample_weight"] = rng.uniform(0.2, 3, len(x))
        true = frozenset({"L302"}) if len(x) == 1 else true
    if loss.option("weight") and rng.random() < 0.1:
        extras["weight"] = rng.uniform(0.2, 3, x.shape)
    return replace(data.changed(**extras), true=true)


@kind(3)
def binary_logits(rng: Rng) -> DataSet:
    return binary(rng, "logits", soft=rng.random() < 0.2)


@kind(3)
def binary_probabilities(rng: Rng) -> DataSet:
    return binary(rng, "probabilities", soft=rng.random() < 0.2)


@kind()
def small_binary_logits(rng: Rng) -> DataSet:
    """Logits that all lie in (0, 1), of targets that fit them as logits better."""
    while True:
        data = binary(rng, "logits", 50)
        x = data.storage(rng.uniform(0.02, 0.98, data.input.shape))
        y = (rng.random(x.shape) < draws.sigmoid(x.astype(float))).astype(float)
        p, q = x.astype(float), draws.sigmoid(x.astype(float))
        better = np.where(y == 1, np.log(q / p), np.log((1 - q) / (1 - p))).sum()
        if better > 10:
            return data.changed(input=x, target=y)


def margins(rng: Rng, low: int = 1) -> DataSet:
    """Draw scores or distances, with signs or mapped labels."""
    loss = one_of(rng, MARGINS)
    storage = drawn_storage(rng)
    x = draws.binary_logits(rng, draws.terms_shape(rng, low))
    sign = np.where(rng.random(x.shape) < draws.sigmoid(x), 1.0, -1.0)
    x = storage(np.abs(x) if loss.roles[0].kinds[0].name == "distances" else x)
    if rng.random() < 0.3:
        flags = {"map_binary": True}
        return DataSet(loss.name, {"input": x, "target": (sign + 1) / 2}, {}, flags, storage)
    return DataSet(loss.name, {"input": x, "target": sign}, storage=storage)


@kind()
def scores_and_signs(rng: Rng) -> DataSet:
    return margins(rng)


REGRESSION = [
    loss
    for loss in LOSSES
    if loss.layout is Layout.TERMS and [role.name for role in loss.roles] == ["input", "target"]
    if loss.target_kinds[0].name == "numbers"
]


def regression(rng: Rng, low: int = 1) -> DataSet:
    """Draw measurements, and predictions of several qualities."""
    loss, shape = one_of(rng, REGRESSION), draws.terms_shape(rng, low)
    y = one_of(
        rng,
        [
            rng.normal(rng.uniform(-50, 50), draws.between(rng, 0.01, 100), shape),
            rng.lognormal(1, 1.5, shape),
            rng.poisson(4, shape).astype(float),
            rng.random(shape),
            rng.beta(0.2, 0.2, shape),
        ],
    )
    x = y + rng.normal(0, draws.between(rng, 0.01, 2) * (y.std() + 0.1), shape)
    storage = drawn_storage(rng)
    low_bound = loss.roles[0].kinds[0].low
    x, y = storage(np.maximum(x, low_bound)), np.maximum(y, loss.target_kinds[0].low)
    if loss.target_kinds[0].nonzero:
        y = np.where(np.abs(y) < 0.01, 0.01, y)
    data = DataSet(loss.name, {"input": x, "target": y}, storage=storage)
    if len(x) % 4 == 0 and rng.random() < 0.2:
        return data.changed(groups=np.arange(len(x)) % 4)
    return data


@kind(3)
def measurements(rng: Rng) -> DataSet:
    return regression(rng)


@kind(6)
def contract(rng: Rng) -> DataSet:
    """Data of any loss by its declaration, with any options."""
    variant = one_of(rng, VARIANTS)
    case = variant.draw(rng, (draws.size(rng, 1, 1000),), one_of(rng, (3, 4, 6, 15)))
    options = {k: v for k, v in case.options.items() if not isinstance(v, np.ndarray)}
    arrays = {k: v for k, v in case.options.items() if isinstance(v, np.ndarray)}
    storage = drawn_storage(rng, 4)
    first = variant.loss.roles[0].name
    arrays |= {**case.roles, first: storage(case.roles[first])}
    true = NOT_DRAWN if variant.loss.picks else frozenset()
    if variant.loss.name == "kl-div":
        # Single numbers, not distributions, are drawn for it.
        true = frozenset({"L104", "L105", "L106"})
    if "weight" in arrays and len(case.roles[first]) < 8:
        # Few targets may all be of one class, and the others ignored.
        true |= {"L302"}
    return DataSet(variant.loss.name, arrays, options, {}, storage, true)
