"""Variants of cross entropy: focal, poly, and losses that are robust to wrong labels.

Each is a function of the probability p that the input gives the target. x is (c, m): a column is
one term; targets are class indices (m,).
"""

from __future__ import annotations

from typing import Annotated

import numpy as np

from losscli.losses.declare.decorator import loss
from losscli.losses.declare.options import FOCAL_GAMMAS, Bounds, ClassFactor, From, at_least
from losscli.losses.declare.registry import Terms
from losscli.losses.declare.standard_kinds import ClassIndex, Logits
from losscli.numerics.arrays import Array
from losscli.numerics.elementary import nan_if_any, times, unless_infinite
from losscli.numerics.entries import Entries
from losscli.numerics.exponentials import exponentials
from losscli.numerics.strips import strips

SMALL = 2.0**-54
"""1 + x rounds to 1 for |x| up to this."""


class AtTarget:
    """Log p, p and 1 - p of the target of each column of x, each accurate where it is tiny.

    `d_log` and `d_p` are the derivatives of log p and of p with respect to one variable: p for
    probabilities, log p for logits and log-probabilities. `gradient` takes slopes in that variable.
    """

    def __init__(self, x: Array, target: Array, from_: str, *, grad: bool) -> None:
        self.x, self.from_ = x, from_
        self.entries = Entries(target, len(x))
        if from_ == "logits":
            self.exps = exponentials(x, self.entries, others=grad)
            self.sum = self.exps.sum
            self.log_p = -self.exps.minus_log
            self.p = self.exps.at / self.sum
            self.missing = self.exps.rest / self.sum
        else:
            own = nan_if_any(x, self.entries.of(x))
            self.log_p = np.log(own) if from_ == "probs" else own
            self.p = own if from_ == "probs" else np.exp(own)
            self.missing = 1 - own if from_ == "probs" else -np.expm1(own)
        ones: Array = np.ones_like(self.p)
        self.d_log: Array = 1 / self.p if from_ == "probs" else ones
        self.d_p: Array = ones if from_ == "probs" else self.p

    def surprise(self, factor: Array | float) -> Array:
        """Return factor * -log p, finite where the product is, even if log p overflows."""
        terms = times(factor, -self.log_p)
        if self.from_ != "logits":
            return terms

        def of_half() -> Array:
            gap = self.x.max(axis=0) / 2 - self.entries.of(self.x) / 2
            return 2 * times(factor, np.where(np.isinf(self.log_p), gap, -self.log_p / 2))

        return unless_infinite(terms, of_half)

    def others(self) -> Array:
        """Return the probabilities of the other classes, 0 at the target, (c, m), no logits."""
        others = self.x.copy() if self.from_ == "probs" else np.exp(self.x)
        self.entries.put(others, 0)
        return others

    def rest(self) -> Array:
        """Return the sum of the others: 1 - p for a softmax, else whatever they sum to."""
        rest: Array = self.missing if self.from_ == "logits" else self.others().sum(axis=0)
        return rest

    def gradient(self, slope: Array, by_rest: float = 0.0) -> Array:
        """Return the gradient (c, m) from the slope at the target and the slope in `rest`."""
        if self.from_ == "logits":
            # rest = 1 - p, and d log p = (onehot - p) dx.
            slope = slope - by_rest * self.p
            gradient = self.exps.others
            for part in strips(gradient):
                others = gradient[:, part]
                others /= self.sum[part]
                others *= -slope[part]
                others += 0.0
            slope = slope * self.missing
        elif by_rest and self.from_ == "log-probs":
            gradient = by_rest * self.others()
        else:
            gradient = np.full_like(self.x, by_rest)
        self.entries.put(gradient, slope + 0.0)
        return gradient


@loss(
    family="classification",
    keras="CategoricalFocalCrossentropy --from probs "
    "(rows are divided by their sums, p is clipped to [1e-7, 1 - 1e-7])",
    words="focal loss, class imbalance",
    example=(
        "loss softmax-focal -i samples/log-softmax/logits.csv -t samples/log-softmax/labels.csv"
    ),
    formula="-alpha[y] (1 - p_y)^gamma log p_y, p = softmax(x)",
    range="0 and above; 0 only when p(target) = 1 (or alpha is 0)",
    divides_by="the number of terms; alpha is not counted",
    equivalences="gamma 0, alpha 1: ce; 2 classes: sigmoid-focal, with alphas 1 - a and a",
    pitfalls="alpha scales the whole loss: 0.25 for every class is a quarter of the plain loss",
)
def softmax_focal(
    input: Logits,
    target: ClassIndex,
    *,
    alpha: ClassFactor | float = 0.25,
    gamma: Annotated[
        float, at_least(0, "how much it down-weights well-classified samples", usual=FOCAL_GAMMAS)
    ] = 2.0,
    from_: From = "logits",
    grad: bool = False,
) -> Terms:
    """Focal loss of logits and class indices: down-weights well-classified samples.

    input (n, c, d...), target (n, d...) class indices; each term is the loss of one position. In
    the factor (1 - p)^gamma a log-probability above 0 counts as p = 1.

    Source: Lin et al. 2017, doi:10.1109/ICCV.2017.324.
    """
    at = AtTarget(input, target, from_, grad=grad)
    missing = np.maximum(at.missing, 0)
    faded = np.broadcast_to(alpha, len(input))[target] * missing**gamma
    terms = at.surprise(faded) + 0.0
    if not grad:
        return terms, {}
    # -log p / (1 - p) tends to 1 as p does, so no power of 0 is needed.
    ratio = np.divide(-at.log_p, missing, where=missing != 0, out=np.ones_like(missing))
    return terms, {
        "input": at.gradient(times(-faded, at.d_log + gamma * times(np.minimum(at.d_p, 1), ratio)))
    }


@loss(
    family="classification",
    optax="poly_loss_cross_entropy",
    words="PolyLoss",
    example="loss poly -i samples/log-softmax/logits.csv -t samples/log-softmax/labels.csv",
    formula="-log p_y + epsilon (1 - p_y), p = softmax(x)",
    range="0 and above; 0 only when p(target) = 1",
    divides_by="the number of terms",
    equivalences="epsilon 0: ce; ce + epsilon / 2 * prob-mae",
    pitfalls="the best epsilon depends on the task: 2 suits ImageNet, others need it negative",
)
def poly(
    input: Logits,
    target: ClassIndex,
    *,
    epsilon: Annotated[
        float, at_least(-1, "added to the coefficient of 1 - p, which is 1", usual=(2.0, 1.0, -1.0))
    ] = 2.0,
    from_: From = "logits",
    grad: bool = False,
) -> Terms:
    """Poly-1 loss of logits and class indices: cross entropy with a modified first Taylor term.

    input (n, c, d...), target (n, d...) class indices; each term is the loss of one position. Cross
    entropy is the sum of (1 - p)^j / j over j >= 1; `epsilon` is added to the coefficient of j = 1.

    Source: Leng et al. 2022, arXiv:2204.12511.
    """
    at = AtTarget(input, target, from_, grad=grad)
    terms = -at.log_p + epsilon * at.missing + 0.0
    return terms, {"input": at.gradient(-at.d_log - epsilon * at.d_p)} if grad else {}


@loss(
    family="classification",
    keras="CategoricalGeneralizedCrossEntropy --from probs --q 0.5",
    words="noisy labels, label noise, robust",
    example="loss gce -i samples/log-softmax/logits.csv -t samples/log-softmax/labels.csv",
    formula="(1 - p_y^q) / q, p = softmax(x)",
    range="0 to 1/q",
    divides_by="the number of terms",
    equivalences="q toward 0: ce; q = 1: half of prob-mae",
    pitfalls="bounded, so the gradient almost vanishes near 1/q; Keras expects probabilities",
)
def gce(
    input: Logits,
    target: ClassIndex,
    *,
    q: Annotated[
        float,
        Bounds(
            "0 is cross entropy, 1 the mean absolute error",
            0,
            1,
            open_low=True,
            usual=(0.7, 0.5, 1.0),
        ),
    ] = 0.7,
    from_: From = "logits",
    grad: bool = False,
) -> Terms:
    """Generalized cross entropy of logits and class indices: bounded by 1/q.

    input (n, c, d...), target (n, d...) class indices; each term is the loss of one position. As it
    never exceeds 1/q, one wrong label cannot outweigh many correct ones.

    Source: Zhang and Sabuncu 2018, arXiv:1805.07836.
    """
    at = AtTarget(input, target, from_, grad=grad)
    # expm1: 1 - p^q would cancel for p near 1 or small q. Where p^q is 1 + q log p to the last bit,
    # -log p itself, as the product q log p may underflow.
    exponent = q * at.log_p
    terms = np.where(np.abs(exponent) < SMALL, -at.log_p, -np.expm1(exponent) / q) + 0.0
    if not grad:
        return terms, {}
    power = at.p ** (q - 1 if from_ == "probs" else q)
    if from_ != "probs":
        # p underflows or overflows long before its power does.
        power = np.where((at.p > 1e-300) & (at.p < np.inf), power, np.exp(q * at.log_p))
    return terms, {"input": at.gradient(-power)}


@loss(
    family="classification",
    words="noisy labels, label noise, robust",
    example="loss sce -i samples/log-softmax/logits.csv -t samples/log-softmax/labels.csv",
    formula="-alpha log p_y - beta sum_j p_j log onehot_j, log 0 = log_zero, p = softmax(x)",
    range="0 and above; 0 only when p(target) = 1 (or both factors are 0)",
    divides_by="the number of terms",
    equivalences="beta 0 and alpha 1: ce; alpha 0: -log_zero beta / 2 times prob-mae",
    pitfalls="alpha and beta are tuned per data set and are not comparable between papers",
)
def sce(
    input: Logits,
    target: ClassIndex,
    *,
    alpha: Annotated[
        float, at_least(0, "factor of the cross entropy", usual=(0.25, 0.5, 0.75))
    ] = 0.1,
    beta: Annotated[
        float, at_least(0, "factor of the reverse cross entropy", usual=(1.0, 0.5, 0.1))
    ] = 1.0,
    log_zero: Annotated[float, Bounds("the value used for log 0", high=0)] = -4.0,
    from_: From = "logits",
    grad: bool = False,
) -> Terms:
    """Symmetric cross entropy of logits and class indices: cross entropy plus its reverse.

    input (n, c, d...), target (n, d...) class indices; each term is the loss of one position. The
    reverse, of p relative to y, is -log_zero times the probability of the other classes.

    Source: Wang et al. 2019, arXiv:1908.06112.
    """
    at = AtTarget(input, target, from_, grad=grad)
    terms = at.surprise(alpha) + beta * (-log_zero * at.rest()) + 0.0
    if not grad:
        return terms, {}
    return terms, {"input": at.gradient(times(-alpha, at.d_log), -beta * log_zero)}


@loss(
    family="classification",
    words="noisy labels, label noise, robust",
    example="loss prob-mae -i samples/log-softmax/logits.csv -t samples/log-softmax/labels.csv",
    formula="sum_j abs(p_j - onehot_j), p = softmax(x)",
    range="0 to 2",
    divides_by="the number of terms",
    equivalences="2 (1 - p_y), twice gce with q = 1; the sum over classes of l1 of p and one-hot",
    pitfalls="a sum over the classes, not a mean; trains slowly where p(target) is near 0",
)
def prob_mae(
    input: Logits, target: ClassIndex, *, from_: From = "logits", grad: bool = False
) -> Terms:
    """Absolute error of softmax probabilities, summed over the classes.

    input (n, c, d...), target (n, d...) class indices; each term is the loss of one position. Where
    a probability equals its target of 0 or 1, the slope of its part is 0.

    Source: Ghosh, Kumar and Sastry 2017, arXiv:1712.09482.
    """
    at = AtTarget(input, target, from_, grad=grad)
    terms = at.rest() + np.abs(at.missing)
    if not grad:
        return terms, {}
    gradient = at.gradient(-np.sign(at.missing) * at.d_p, 1.0)
    if from_ == "probs":
        gradient[(input == 0) & (gradient > 0)] = 0
    return terms, {"input": gradient}
