"""What the walks of classes share: the way from any form of input to p and log p of every class."""

from __future__ import annotations

from losscli.commands.explain.naive import Fragile
from losscli.commands.explain.walk import Numbers, Walk

LOG = "Products of probabilities become sums; log 1 = 0: a certain outcome does not surprise."


def probabilities(w: Walk, x: Numbers, form: str, needs: str = "pl") -> tuple[Numbers, Numbers]:
    """Walk from the input to p and log p of every class, whatever the input already is.

    A step that the loss does not `need` is left out: that of "p" or that of "l".
    """
    if form == "probs":
        w.given("Probabilities", "p_j", x, "--from probs: the input is used as is.", bars=True)
        return x, w.each("Log", "l_j = log(p_j)", LOG) if "l" in needs else []
    if form == "log-probs":
        w.given("Log-probabilities", "l_j", x, "--from log-probs: the input is used as is.")
        why = "exp undoes the log: the model's probability of each class."
        text = "p_j = exp(l_j)"
        if "p" in needs:
            return w.each("Back to probabilities", text, why, bars=True), x
        return w.values("exp(l_j)"), x
    w.given("Logits", "x_j", x, "What the model outputs: any numbers, not yet probabilities.")
    return softmax(w, "x", needs)


def softmax(w: Walk, x: str, needs: str = "pl") -> tuple[Numbers, Numbers]:
    """Walk from the logits of that name to p and log p: shift, exp, sum, share, log."""
    why = "Softmax stays the same when all logits move together, and exp can no longer overflow."
    z = w.each("Shift by the maximum", f"z_j = {x}_j - max_k({x}_k)", why)
    why = "Every number becomes positive; adding 1 to a logit multiplies it by 2.718."
    w.each("Exponentiate", "e_j = exp(z_j)", why, adds=True)
    w.check("max_j(e_j) = 1")
    w.one("Sum", "S = sum_j(e_j)", "The total, of which each class gets a share.")
    why = "Shares of the sum, positive and adding up to 1: the model's probabilities."
    p = w.each("Softmax", "p_j = e_j / S", why, bars=True)
    w.check("sum_j(p_j) = 1")
    if "l" not in needs:
        return p, []
    if not w.loses("log(p_j)"):
        return p, w.each("Log", "l_j = log(p_j)", LOG)
    w.best("m", max(range(len(z)), key=lambda j: z[j].value), "z_m >= max_j(z_j)")
    why = "All classes but m, the one with the largest logit."
    w.one("The rest of the sum", "R = sum_k(e_k, k != m)", why)
    why = "log(p_j) without rounding: where p_j is rounded to 0 or 1, its log is lost."
    return p, w.each("Log, without rounding", "l_j = z_j - log1p(R)", why)


def log_softmax(x: Numbers, y: int) -> Fragile:
    """-log of the softmax at y, of the logits x."""
    values = [x_j.value for x_j in x]
    largest = max(range(len(x)), key=lambda j: values[j])
    return Fragile(
        "-log(softmax(x)_y)",
        {"x": values, "y": y, "m": largest},
        ("S = sum_j(exp(x_j))", "p = exp(x_y) / S", "L = -log(p)"),
        ("R = sum_k(exp(x_k - x_m), k != m)", "r = log1p(R)", "L = r - (x_y - x_m)"),
    )
