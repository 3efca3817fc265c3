"""Losses between distributions, element by element: x and y are (m,)."""

from __future__ import annotations

import numpy as np

from losscli.losses.declare.decorator import loss
from losscli.losses.declare.options import LogTarget
from losscli.losses.declare.registry import Terms
from losscli.losses.declare.standard_kinds import TargetProbs, TermLogProbs
from losscli.losses.declare.variant import Variant
from losscli.numerics.elementary import times

CROSS_ENTROPY = "cross entropy: the entropy of the target is left out"
BOTH_WAYS = "both directions are added up, as in Jeffreys' divergence"


@loss(
    family="distribution",
    sample_mean="batchmean",
    nats=True,
    torch="KLDivLoss, F.kl_div",
    keras="KLDivergence, kld --reduction batchmean (of probabilities, clipped to [1e-7, 1])",
    optax="kl_divergence --reduction batchmean (not yet averaged); "
    "kl_divergence_with_log_targets --log-target --reduction batchmean (not yet averaged); "
    "convex_kl_divergence --reduction batchmean (plus sum(exp(x) - y), not yet averaged)",
    words="KL, Kullback-Leibler, relative entropy, information gain",
    example="loss kl-div -i samples/distributions/log_q.csv -t samples/distributions/p.csv "
    "-r batchmean",
    formula="y (log y - x), 0 where y = 0; with --log-target exp(y) (y - x)",
    range="an element may be negative; the sum over a distribution is 0 or more",
    divides_by="the number of elements; batchmean divides by the number of samples",
    equivalences="cross entropy of the target and the input minus the entropy of the target",
    pitfalls="the input is log-probabilities, the target probabilities: KL(target || input); the "
    "mean over elements is not a divergence, batchmean is",
    variants=(
        Variant(CROSS_ENTROPY, "-y * x", where={"log_target": False}),
        Variant(CROSS_ENTROPY, "-np.exp(y) * x", where={"log_target": True}),
        Variant(
            BOTH_WAYS,
            "(y - np.exp(x)) * (np.log(y) - x)",
            usual=False,
            where={"log_target": False},
        ),
        Variant(
            BOTH_WAYS,
            "(np.exp(y) - np.exp(x)) * (y - x)",
            usual=False,
            where={"log_target": True},
        ),
        Variant(
            f"{BOTH_WAYS}, and halved",
            "(y - np.exp(x)) * (np.log(y) - x) / 2",
            usual=False,
            where={"log_target": False},
        ),
        Variant(
            "the Jensen-Shannon divergence: both against their mean",
            "(y * np.log(2 * y / (y + np.exp(x))) + np.exp(x) * (x - np.log((y + np.exp(x)) / 2)))"
            " / 2",
            usual=False,
            where={"log_target": False},
        ),
    ),
)
def kl_div(
    input: TermLogProbs,
    target: TargetProbs,
    *,
    log_target: LogTarget = False,
    grad: bool = False,
) -> Terms:
    """Kullback-Leibler divergence of targets from log-probabilities.

    input (log-probabilities) and target (probabilities in [0, 1], or their logarithms) of the same
    shape, samples first; each term is the part of one element in nats.

    Source: Kullback and Leibler 1951, doi:10.1214/aoms/1177729694.
    """
    p = np.exp(target) if log_target else target
    # 0 log 0 is 0, whatever the input says about an outcome that never occurs.
    least = np.finfo(input.dtype).smallest_subnormal
    log_p = target if log_target else np.log(np.maximum(target, least))
    terms = times(p, log_p - input) + 0.0
    if not grad:
        return terms, {}
    slope = 0.0 - p
    if np.isnan(input).any():
        slope = np.where(np.isnan(input), input, slope)
    return terms, {"input": slope}
