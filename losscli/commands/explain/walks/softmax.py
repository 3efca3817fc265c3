"""The walks of `losses/softmax.py`: logits, softmax, log, and what each loss picks from them."""

from __future__ import annotations

import math
from typing import Any

from losscli.commands.explain.number import Number, exp, given
from losscli.commands.explain.walk import Numbers, Walk
from losscli.commands.explain.walks.probability import log_softmax, probabilities

PICK = "Only the target's probability matters: the loss is how surprising the truth was."
WANTED = "The prediction minus the target: the target is pulled up, the rest is pushed down."


def ce(
    w: Walk,
    x: Numbers,
    y: int | Numbers,
    *,
    weight: Numbers | None,
    label_smoothing: Number,
    z_loss: Number,
    from_: str,
    **_: Any,
) -> None:
    """Cross entropy: -log p of the target, or of every class by its share of the target."""
    p, _log_p = probabilities(w, x, from_, needs="l")
    if from_ == "logits":
        w.fragile = log_softmax(x, w.target or 0)
    if isinstance(y, int):
        w.belief, w.outcomes = p[y].value, len(x)
        w.know(y=y)
    if weight:
        w.know(w=weight)
    if isinstance(y, int) and not label_smoothing.value:
        loss, wanted = _pick_target(w, weight), "1[j == y]"
    else:
        loss, wanted = _soft_target(w, y, weight, label_smoothing), "t_j"
    has_mass = bool(weight) or not isinstance(y, int)
    if z_loss.value:
        w.know(L=loss, zeta=z_loss)
        why = "The normalizer of the softmax, as a logit."
        w.one("Log-sum-exp", "Z = max_k(x_k) + log(S)", why)
        why = "--z-loss keeps the normalizer near 1, and the logits from drifting."
        loss = w.one("z-loss", "L_z = L + zeta * Z^2", why)
    w.reduce(loss, weight[y] if weight and isinstance(y, int) else None)
    own = f"w_j * {wanted}" if weight else wanted
    if from_ == "logits":
        _through_softmax(w, own, has_mass, bool(z_loss.value))
    elif from_ == "probs":
        reasons = [("dl_j/dp_j = 1 / p_j", "the derivative of the log")]
        why = "The derivative of -log p: steep where the target got little."
        # 0 times an infinite 1 / p is 0: a class without a share of the target has no pull.
        w.gradient("input", f"dL/dp_j = -{own} * (1 / p_j)", why, reasons)
    else:
        reasons = [(f"L = -sum_j({own} * l_j)", "the derivative is the factor")]
        why = "The loss is linear in the log-probabilities."
        w.gradient("input", f"dL/dl_j = -{own}", why, reasons)


def _through_softmax(w: Walk, own: str, has_mass: bool, has_z_loss: bool) -> None:
    """Add the gradient of the logits."""
    if has_mass:
        why = "The total weight of the target, which the gradient spreads over the classes."
        w.one("Total of the target", f"M = {'w_y' if '==' in own else f'sum_j({own})'}", why)
    formula = f"M * p_j - {own}" if has_mass else f"p_j - {own}"
    reasons = [
        (f"L = -sum_j({own} * l_j)", "each class by its share of the target"),
        ("dl_k/dx_j = 1[j == k] - p_j", "the derivative of log-sum-exp is the softmax"),
    ]
    if has_z_loss:
        formula += " + 2 * zeta * Z * p_j"
        reasons.append(("dZ/dx_j = p_j", "for the same reason"))
    w.gradient("input", f"dL/dx_j = {formula}", WANTED, reasons)
    if not has_z_loss:
        w.check("sum_j(dL/dx_j) = 0")


def _pick_target(w: Walk, weight: Numbers | None) -> Number:
    if not weight:
        return w.one("Pick the target", "L = -l_y", PICK)
    return w.one("Pick the target", "L = -w_y * l_y", f"{PICK} --weight scales it.")


def _soft_target(w: Walk, y: int | Numbers, weight: Numbers | None, smoothing: Number) -> Number:
    """Walk a target that is spread over the classes, by smoothing or as probabilities."""
    name = "1[j == y]"
    if not isinstance(y, int):
        name = "y_j" if smoothing.value else "t_j"
        w.given("Target", name, y, "Class probabilities, as given.", bars=True)
    if smoothing.value:
        w.know(epsilon=smoothing)
        why = "--label-smoothing gives a part of the target to all classes alike."
        text = f"t_j = (1 - epsilon) * {name} + epsilon / c"
        w.each("Smoothed target", text, why, bars=True)
    text, why = (
        "c_j = -t_j * l_j",
        "How surprising each class is, weighted by its share of the target",
    )
    if weight:
        text, why = "c_j = -w_j * t_j * l_j", f"{why} and its weight"
    w.each("Part of each class", text, f"{why}.", adds=True)
    return w.one("Add them", "L = sum_j(c_j)", "The cross entropy of target and model.")


def nll(w: Walk, x: Numbers, y: int, *, weight: Numbers | None, **_: Any) -> None:
    """Negative log-likelihood: minus the input at the target."""
    why = "As log-softmax gives them; used as they are, never normalized."
    w.given("Log-probabilities", "l_j", x, why)
    w.know(y=y, w=weight or [])
    loss = _pick_target(w, weight)
    if x[y].value <= 0:
        w.belief, w.outcomes = exp(x[y]).value, len(x)
    w.reduce(loss, weight[y] if weight else None)
    own = "-w_j * 1[j == y]" if weight else "-1[j == y]"
    reasons = [("dL/dl_y = -w_y" if weight else "dL/dl_y = -1", "the loss is linear in l_y")]
    why = "Only the target's log-probability moves the loss."
    w.gradient("input", f"dL/dl_j = {own}", why, reasons)


def sparsemax(w: Walk, x: Numbers, y: int, **_: Any) -> None:
    """The loss of the sparsemax: shares by projection, most of them exactly 0."""
    w.given("Scores", "x_j", x, "What the model outputs: any numbers.")
    w.know(y=y)
    why = "The loss stays the same when all scores move together."
    if x[y].value == math.inf:
        shifted = [given(0 if x_j.value == x[y].value else -math.inf) for x_j in x]
        why = "An infinite score is infinitely far above every finite one."
        w.given("Shift by the maximum", "z_j", shifted, why)
    else:
        w.each("Shift by the maximum", "z_j = x_j - max_k(x_k)", why)
    w.check("max_j(z_j) = 0")
    z = [z_j.value for z_j in w.scope.values["z_"]]
    w.best("m", _last_above(z), *LAST_ABOVE)
    why = "Class m and all with a score at least as large stay above it, and share 1."
    text = "tau = (sum_k(z_k, z_k >= z_m) - 1) / sum_k(1, z_k >= z_m)"
    w.one("Threshold", text, why)
    why = "The nearest vector of probabilities; classes below the threshold get 0."
    p = w.each("Sparsemax", "p_j = max(0, z_j - tau)", why, bars=True)
    w.check("sum_j(p_j) = 1")
    w.belief = p[y].value
    why = "For the classes above the threshold; the others add nothing."
    w.each("Above the threshold", "c_j = (max(tau, z_j)^2 - tau^2) / 2", why, adds=True)
    why = "0 where the target leads every class by 1."
    w.reduce(w.one("Sparsemax loss", "L = sum_j(c_j) - z_y + 1 / 2", why))
    reasons = [
        ("dL/dz_j = p_j - 1[j == y]", "tau moves too, but its part cancels in the sum"),
    ]
    w.gradient("input", "dL/dx_j = p_j - 1[j == y]", WANTED, reasons)
    w.check("sum_j(dL/dx_j) = 0")


SHARED = "(sum_k(z_k, z_k >= z_m) - 1) / sum_k(1, z_k >= z_m)"
LAST_ABOVE = (f"z_m > {SHARED}", f"max_j(z_j, z_j < z_m) <= {SHARED}")
"""Class m is above the threshold that it gives, and the next one is not."""


def _last_above(z: list[float]) -> int:
    """Return the class with the smallest score that gets a share."""
    order = sorted(range(len(z)), key=lambda j: -z[j])
    last, inside = order[0], 0.0
    for k, j in enumerate(order, 1):
        inside += z[j]
        if not 1 + k * z[j] > inside:
            break
        last = j
    return last
