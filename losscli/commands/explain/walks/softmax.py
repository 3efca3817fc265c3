"""The walks of `losses/softmax.py`: logits, softmax, log, and what each loss picks from them."""

from __future__ import annotations

from typing import Any, NamedTuple

from losscli.commands.explain.naive import log_softmax
from losscli.commands.explain.number import Number, exp, given, log, maximum, total
from losscli.commands.explain.walk import Walk
from losscli.commands.explain.walks.probability import Numbers, probabilities


class Wanted(NamedTuple):
    """What the target wants: a share of each class, its weight, and how much that is in all."""

    shares: Numbers
    weights: Numbers | None
    mass: Number | None
    """None where it is 1."""

    def part(self, j: int) -> Number:
        """Return a class's share, weighed."""
        share = self.shares[j]
        return share if self.weights is None else self.weights[j] * share


PICK = "Only the target's probability counts: the loss is how surprising the truth was."


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
    p, log_p = probabilities(w, x, from_)
    if from_ == "logits":
        w.fragile = log_softmax([x_j.value for x_j in x], w.target or 0)
    if isinstance(y, int):
        w.belief, w.outcomes = p[y].value, len(x)
    if isinstance(y, int) and not label_smoothing.value:
        wanted, loss = _picked(w, y, log_p, weight)
    else:
        wanted, loss = _spread(w, y, log_p, weight, label_smoothing)
    log_sum = None
    if z_loss.value:
        top = maximum(*x).settled()
        log_sum = w.one(
            "Log-sum-exp",
            "Z = m + log(S)",
            top + log(total([exp(x_j - top) for x_j in x]).settled()),
            "The normalizer of the softmax, in logits; m is their maximum.",
        )
        why = "--z-loss keeps the normalizer near 1, and the logits from drifting."
        loss = w.one("z-loss", "L_z = L + zeta * Z^2", loss + z_loss * log_sum**2, why)
    w.reduce(loss, weight[y] if weight and isinstance(y, int) else None)
    if from_ == "logits":
        _logit_slope(w, p, wanted, z_loss, log_sum)
        return
    own = "t_j" if weight is None else "w_j * t_j"
    parts = [wanted.part(j) for j in range(len(p))]
    if from_ == "probs":
        values = [-(t / p_j) if t.value else given(0) for t, p_j in zip(parts, p, strict=True)]
        why = "The slope of -log p: steep where the target got little."
        reasons = [(f"dL/dp_j = -{own} * (1 / p_j)", "the derivative of log p is 1 / p")]
        w.slope("input", f"dL/dp_j = -{own} / p_j", values, why, reasons)
    else:
        why = "The loss is linear in the log-probabilities."
        reasons = [(f"L = -sum_j({own} * l_j)", "the slope is the factor")]
        w.slope("input", f"dL/dl_j = -{own}", [-t for t in parts], why, reasons)


def _logit_slope(
    w: Walk, p: Numbers, wanted: Wanted, z_loss: Number, log_sum: Number | None
) -> None:
    """Add the gradient through the softmax."""
    own = "t_j" if wanted.weights is None else "w_j * t_j"
    symbol = f"p_j - {own}" if wanted.mass is None else f"M * p_j - {own}"
    parts = (wanted.part(j) for j in range(len(p)))
    gradient = [
        (p_j if wanted.mass is None else wanted.mass * p_j) - t
        for p_j, t in zip(p, parts, strict=True)
    ]
    if log_sum:
        gradient = [g + 2 * z_loss * log_sum * p_j for g, p_j in zip(gradient, p, strict=True)]
        symbol += " + 2 * zeta * Z * p_j"
    w.slope(
        "input",
        f"dL/dx_j = {symbol}",
        gradient,
        "What was given minus what was wanted: the target is pulled up, the rest down.",
        [
            (f"L = -sum_k({own.replace('j', 'k')} * l_k)", "t are the target's shares"),
            ("l_k = x_k - log(sum_j(exp(x_j)))", "log softmax"),
            ("dl_k/dx_j = 1[j == k] - p_j", "the derivative of log-sum-exp is the softmax"),
            (f"dL/dx_j = {symbol}", "what was given minus what was wanted"),
        ],
    )
    if not log_sum:
        w.check("sum_j dL/dx_j = 0", total(w.gradients["input"]), 0.0)


def _picked(w: Walk, y: int, log_p: Numbers, weight: Numbers | None) -> tuple[Wanted, Number]:
    shares = [given(float(j == y)) for j in range(len(log_p))]
    if weight is None:
        loss = w.one("Pick the target", "L = -l_y", -log_p[y], PICK)
        return Wanted(shares, None, None), loss
    loss = -weight[y] * log_p[y]
    loss = w.one("Pick the target", "L = -w_y * l_y", loss, f"{PICK} --weight scales it; M = w_y.")
    return Wanted(shares, weight, weight[y]), loss


def _spread(
    w: Walk, y: int | Numbers, log_p: Numbers, weight: Numbers | None, smoothing: Number
) -> tuple[Wanted, Number]:
    """Walk a target that is spread over the classes, by smoothing or as probabilities."""
    c = len(log_p)
    if isinstance(y, int):
        name, t = "1[j == y]", [given(float(j == y)) for j in range(c)]
    else:
        name = "y_j" if smoothing.value else "t_j"
        t = w.each("Target", name, y, "Class probabilities, as given.", bars=True)
    if smoothing.value:
        t = w.each(
            "Smoothed target",
            f"t_j = (1 - epsilon) * {name} + epsilon / c",
            [(1 - smoothing) * t_j + smoothing / c for t_j in t],
            "--label-smoothing gives a part of the target to all classes alike.",
            bars=True,
        )
    wanted = Wanted(t, weight, None)
    parts = w.each(
        "Every class's part",
        "c_j = -t_j * l_j" if weight is None else "c_j = -w_j * t_j * l_j",
        [-wanted.part(j) * l_j for j, l_j in enumerate(log_p)],
        "How surprising each class is, by its share of the target"
        + ("." if weight is None else " and its weight."),
        adds=True,
    )
    why = "The cross entropy of target and model."
    loss = w.one("Add them", "L = sum_j(c_j)", w.total(parts), why)
    if weight is None and isinstance(y, int):
        return wanted, loss
    mass = w.one(
        "How much is wanted",
        "M = sum_j(t_j)" if weight is None else "M = sum_j(w_j * t_j)",
        w.total([wanted.part(j) for j in range(c)]),
        "The gradient will need it: what the model spreads over the classes.",
    )
    return wanted._replace(mass=mass), loss


def nll(w: Walk, x: Numbers, y: int, *, weight: Numbers | None, **_: Any) -> None:
    """Negative log-likelihood: minus the input at the target."""
    log_p = w.each(
        "Log-probabilities",
        "l_j",
        x,
        "As log-softmax gives them; taken as they are, never normalised.",
    )
    wanted, loss = _picked(w, y, log_p, weight)
    if log_p[y].value <= 0:
        w.belief, w.outcomes = exp(log_p[y]).value, len(x)
    w.reduce(loss, weight[y] if weight else None)
    w.slope(
        "input",
        "dL/dl_j = -t_j" if weight is None else "dL/dl_j = -w_j * t_j",
        [-wanted.part(j) for j in range(len(log_p))],
        "Only the target's log-probability moves the loss.",
        [("L = -w_y * l_y", "linear in one of the inputs: the slope is its factor")],
    )


def sparsemax(w: Walk, x: Numbers, y: int, **_: Any) -> None:
    """The loss of the sparsemax: shares by projection, most of them exactly 0."""
    w.each("Scores", "x_j", x, "What the model says: any numbers.")
    top = maximum(*x).settled()
    z = w.each(
        "Shift by the maximum",
        "z_j = x_j - max_k(x_k)",
        [given(0) if x_j.value == top.value == x[y].value else x_j - top for x_j in x],
        "The loss stays the same when all scores move together.",
    )
    order = sorted(range(len(z)), key=lambda j: -z[j].value)
    size, inside = 0, given(0)
    for k, j in enumerate(order, 1):
        summed = (inside + z[j]).settled()
        if not 1 + k * z[j].value > summed.value:
            break
        size, inside = k, summed
    chosen = [z[j] for j in order[:size]] or z
    tau = w.one(
        "Threshold",
        "tau = (sum_S(z_j) - 1) / k",
        (total(chosen) - 1) / len(chosen),
        f"The {len(chosen)} largest stay above it and keep 1 in all; S are these k classes.",
    )
    p = w.each(
        "Sparsemax",
        "p_j = max(0, z_j - tau)",
        [maximum(0, z_j - tau) for z_j in z],
        "The nearest point among the probabilities; what is below the threshold gets nothing.",
        bars=True,
    )
    w.check("sum_j p_j = 1", total(p), 1.0)
    w.belief = p[y].value
    parts = w.each(
        "Above the threshold",
        "c_j = (z_j^2 - tau^2) / 2",
        [(z_j**2 - tau**2) / 2 if not z_j.value <= tau.value else given(0) for z_j in z],
        "Of the classes in S; the others add nothing.",
        adds=True,
    )
    loss = w.total(parts).settled() - z[y] + given(1) / 2
    why = "0 where the target leads every class by 1."
    w.reduce(w.one("Sparsemax loss", "L = sum_j(c_j) - z_y + 1 / 2", loss, why))
    w.slope(
        "input",
        "dL/dx_j = p_j - t_j",
        [p_j - given(float(j == y)) for j, p_j in enumerate(p)],
        "What was given minus what was wanted: the target is pulled up, the rest down.",
        [("dc_j/dz_j = z_j - tau", "in S, where tau's own change cancels: that is p_j")],
    )
    w.check("sum_j dL/dx_j = 0", total(w.gradients["input"]), 0.0)
