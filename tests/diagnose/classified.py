"""Data sets of losses over classes: labels drawn from what the stored input says."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from losscli.losses.declare.options import Effect
from losscli.losses.declare.registry import Loss
from losscli.losses.declare.role_kind import Layout
from losscli.numerics.arrays import Array
from tests.diagnose import draws
from tests.diagnose.draws import CLASSES, Rng, one_of
from tests.diagnose.sets import DataSet
from tests.diagnose.storage import EXACT, Storage, drawn_storage
from tests.losses.cases import LOSSES

BY_CLASS = [
    loss
    for loss in LOSSES
    if loss.layout is Layout.CLASSES and any(kind.index for kind in loss.target_kinds)
    if loss.target_kinds[0].layout is Layout.TERMS
]
SOFTMAX = [loss for loss in BY_CLASS if loss.roles[0].kinds[0].name == "logits"]
LIKELIHOODS = [loss for loss in BY_CLASS if loss.likelihood]
NOT_DRAWN = frozenset({"L206", "L207", "L402", "L406", "L502", "L701", "L801", "L802"})
"""May be true of targets that are not drawn from what the input says."""


def form_options(loss: Loss, kind: str) -> dict[str, Any] | None:
    """Return the options with which a loss takes its input in a form; None where it does not."""
    own = (form for form in loss.forms(loss.roles[0].name) if form.loss is loss)
    return next((form.options for form in own if form.kind.name == kind), None)


def taking(kind: str, losses: list[Loss] = BY_CLASS) -> list[Loss]:
    """Return the losses that take a form, those of a likelihood twice as often."""
    found = [loss for loss in losses if form_options(loss, kind) is not None]
    return [*found, *(loss for loss in found if loss.likelihood for _ in found)]


def digits_for(c: int, kind: str) -> int:
    """Return how many decimals keep small probabilities of c classes."""
    return max(2, math.ceil(math.log10(8 * c))) if kind == "probabilities" else 2


def in_form(z: Array, kind: str) -> Array:
    """Return logits (n, c) as another form has them."""
    if kind == "cosines":
        return np.tanh(z / 8)
    if kind == "log-probabilities":
        return draws.log_softmax(z)
    return draws.softmax(z) if kind == "probabilities" else z


def said(x: Array, kind: str) -> Array:
    """Return the probabilities that a stored input (n, c) says, normalized."""
    x = x.astype(np.float64)
    if kind == "probabilities":
        p: Array = x / x.sum(axis=1, keepdims=True)
        return p
    return draws.softmax(x)


def classified(
    rng: Rng,
    kind: str = "",
    losses: list[Loss] | None = None,
    *,
    low: int = 1,
    c: int = 0,
    quality: float | None = None,
    options: bool = True,
    tail: bool = True,
    storage: Storage | None = None,
    z: Array | None = None,
) -> DataSet:
    """Draw the input of a model, (n, c, d...), and labels from its own probabilities."""
    known = losses or taking(kind or "logits")
    loss = one_of(rng, [one for one in known if not kind or form_options(one, kind) is not None])
    if not kind:
        own = [form.kind.name for form in loss.forms("input") if form.loss is loss]
        kind = one_of(rng, own)
    c = c or one_of(rng, CLASSES)
    positions = one_of(rng, ((), (), (), (3,), (12,), (4, 5))) if tail and z is None else ()
    if z is None:
        lowest = max(1, math.ceil(low / math.prod(positions)))
        n = draws.size(rng, lowest, width=c * math.prod(positions))
        z = draws.logits(rng, n * math.prod(positions), c, quality)
    else:
        c = z.shape[1]
    storage = storage or drawn_storage(rng, digits_for(c, kind))
    x = storage(in_form(z, kind))
    p = said(x, kind)
    y = draws.labels_of(rng, p)
    if not positions and rng.random() < 0.15:
        order = np.argsort(y, kind="stable")
        x, y, p = x[order], y[order], p[order]
    true = draws.says_nothing(p)
    if np.unique(y).size == 1:
        # Then all weights are the same.
        true |= {"L302"}
    if positions:
        x, y = draws.spread_out(x, positions), draws.spread_out(y, positions)
    flags: dict[str, Any] = {}
    if options and positions and rng.random() < 0.3:
        flags["class_axis"] = x.ndim - 1
        x = np.ascontiguousarray(np.moveaxis(x, 1, -1))
    arrays = {"input": x, "target": y}
    data = DataSet(loss.name, arrays, dict(form_options(loss, kind) or {}), flags, storage, true)
    return optional(rng, data, c) if options else data


def optional(rng: Rng, data: DataSet, c: int) -> DataSet:
    """Return the data with options that a user may add: weights, ignored targets, groups."""
    loss, y, n = data.declared, data.target, len(data.target)
    arrays: dict[str, Any] = {}
    options: dict[str, Any] = {}
    flags = dict(data.flags)
    plain = True
    impossible: float = -np.inf if data.options != form_options(loss, "probabilities") else 0
    if loss.class_weight and rng.random() < 0.15:
        arrays[loss.class_weight.name] = rng.uniform(0.2, 3, c)
        plain = False
    if rng.random() < 0.1:
        arrays["sample_weight"] = rng.uniform(0.2, 3, n)
        data = replace(data, true=data.true | ({"L302"} if n == 1 else set()))
        plain = False
    smooths = loss.with_effect(Effect.SMOOTHS_TARGETS)
    if smooths and data.input.min() > impossible and rng.random() < 0.1:
        options[smooths.name] = round(float(rng.uniform(0.01, 0.2)), 2)
    ignores = loss.with_effect(Effect.IGNORES_TARGETS)
    if rng.random() < 0.06:
        flags["label_base"] = 1
        y = y + 1
    if ignores and y.size > 1 and rng.random() < 0.15:
        mark = one_of(rng, (-100, -1, 255 if c < 200 else -1))
        options[ignores.name] = mark
        out = rng.random(y.shape) < 0.2
        out.flat[0] = False
        y = np.where(out, mark, y)
        left = y[~out]
        data = replace(data, true=data.true | ({"L302"} if np.unique(left).size == 1 else set()))
        plain = False
    if plain and n % 5 == 0 and rng.random() < 0.3:
        arrays["groups"] = rng.permutation(np.arange(n) % 5)
    if "class_axis" not in flags and rng.random() < 0.05:
        y = y[:, None]
    if rng.random() < 0.3:
        y = y.astype(one_of(rng, (np.int32, np.float64, np.int16)))
    changed = data.changed(target=y, **arrays).with_options(**options)
    return replace(changed, flags=flags)


def soft_targets(rng: Rng, *, one_hot: bool = False) -> DataSet:
    """Draw targets that are class probabilities: a teacher's, mixed, or one-hot."""
    losses = [loss for loss in BY_CLASS if any(not kind.index for kind in loss.target_kinds)]
    data = classified(rng, one_of(rng, ("logits", "probabilities")), losses, options=False)
    if data.input.min() == 0 and not one_hot:
        # A share of a class that has the probability 0 makes the loss infinite.
        return soft_targets(rng)
    c = data.input.shape[1]
    rows = np.moveaxis(np.eye(c)[data.target], -1, 1)
    if not one_hot:
        match rng.integers(3):
            case 0:
                share = rng.uniform(0.02, 0.3)
                rows = (1 - share) * rows + share / c
            case 1:
                flat = np.log(np.moveaxis(rows, 1, -1) + 0.05)
                rows = np.moveaxis(draws.softmax(flat + rng.normal(0, 1, flat.shape), -1), -1, 1)
            case _:
                mixed: Array = rng.uniform(0.3, 1, (len(rows), *[1] * (rows.ndim - 1)))
                rows = mixed * rows + (1 - mixed) * rows[::-1]
        rows = drawn_storage(rng, digits_for(c, "probabilities"))(rows)
    # Of shares, no label is drawn: whether they fit the input is another question.
    true = data.true if one_hot else data.true | NOT_DRAWN
    return replace(data.changed(target=rows), true=true)


def masked(rng: Rng) -> DataSet:
    """Draw logits in which -inf masks classes that are never the target."""
    data = classified(rng, "logits", options=False, tail=False, storage=EXACT)
    out = rng.random(data.input.shape) < 0.3
    out[np.arange(len(out)), data.target] = False
    p = draws.softmax(data.input)
    x = np.where(out, -np.inf, data.input)
    # Of the classes that are left, the label is drawn again.
    y = draws.labels_of(rng, np.where(out, 0, p))
    true = draws.says_nothing(np.where(out, 0, p)) | data.true
    return DataSet(data.loss, {"input": x, "target": y}, data.options, true=true | {"L701"})
