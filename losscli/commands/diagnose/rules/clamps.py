"""L402, L406 and L407: what is clamped, clipped, or rounds to 0."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from losscli.commands.diagnose.facts.elements import Elements
from losscli.commands.diagnose.facts.scores import KERAS_EPSILON, Scores
from losscli.commands.diagnose.facts.tallies import Places
from losscli.commands.diagnose.inspection import Inspection
from losscli.commands.diagnose.registry import bad, near, rule
from losscli.commands.findings import Finding
from losscli.numerics.chance import ODDS, log_chance
from losscli.output.words import are, counted, figure, part, some

NOTABLE = 0.01
"""The share of the mean that a clip must change to be reported."""
SKLEARN_EPSILON = float(np.finfo(np.float64).eps)


@rule(
    "L402",
    "warning",
    "a clamp hides the true loss",
    bad("bce", input=[0.0, 0.9, 0.2], target=[1.0, 1.0, 0.0]),
    near("a probability of 0 is correct for a target of 0", target=[0.0, 1.0, 0.0]),
    unless=("L104", "L107", "L110", "L202", "L401"),
)
def clamped(inspection: Inspection) -> Iterator[Finding]:
    """Finds targets whose probability is 0 or almost 0, for a loss that takes probabilities.

    Why it matters: The true loss is infinite or very large, and each library hides it behind
    another number. PyTorch's bce does not let a logarithm fall below -100, Keras clips
    probabilities to [1e-7, 1 - 1e-7], and scikit-learn clips them at the machine epsilon of their
    dtype (2e-16).

    Fix: Give the logits instead, for which the loss is exact; or look at these samples.

    References: PyTorch, torch.nn.BCELoss: clamps its logarithms to at least -100.

    Keras, keras.config.epsilon: 1e-7.

    scikit-learn, sklearn.metrics.log_loss: clips at the machine epsilon of the dtype.
    """
    if inspection.kind != "probabilities":
        return
    if inspection.facts.elements:
        yield from _clamped_elements(inspection, inspection.facts.elements)
    elif inspection.facts.scores:
        yield from _clipped_targets(inspection, inspection.facts.scores)


def _clamped_elements(inspection: Inspection, elements: Elements) -> Iterator[Finding]:
    found, size = elements.clamped, elements.count
    if not found.count:
        return
    true, clamped = elements.true_loss / size, elements.clamped_loss / size
    keras = elements.clipped_loss / size
    yield Finding(
        f"{counted(found.count, 'logarithm')} {are(found.count)} below "
        f"{inspection.loss.log_floor} and clamped to it. The mean is {figure(clamped)}; without "
        f"the clamp {figure(true)}, with Keras's clip at {KERAS_EPSILON:g} {figure(keras)}",
        {"clamped": found.count, "loss": clamped, "true_loss": true, "keras": keras},
        *inspection.at(found, inspection.input),
        inspection.worst(5),
    )


def _clipped_targets(inspection: Inspection, scores: Scores) -> Iterator[Finding]:
    impossible = scores.impossible
    total = scores.count + impossible.count
    if not total:
        return
    true = math.inf if impossible.count else scores.mean
    keras = (scores.clipped - impossible.count * math.log(KERAS_EPSILON)) / total
    sklearn = (scores.loss - impossible.count * math.log(SKLEARN_EPSILON)) / total
    # The clip at 1 - 1e-7 changes a loss by at most 1e-7, which does not show.
    if not impossible.count and true - keras <= NOTABLE * true:
        return
    count = impossible.count or scores.clipped_count
    small = "0" if impossible.count else f"below {KERAS_EPSILON:g}"
    yield Finding(
        f"the probability of {some(count, total, 'target')} is {small}: the true loss is "
        f"{figure(true)}; Keras clips at {KERAS_EPSILON:g} and gives {figure(keras)}, "
        f"scikit-learn at {SKLEARN_EPSILON:.2g} and gives {figure(sklearn)}",
        {"clipped": count, "true_loss": true, "keras": keras, "sklearn": sklearn},
        inspection.at(impossible, inspection.input)[0],
        count,
        inspection.worst(5),
    )


@rule(
    "L406",
    "warning",
    "saturated: the target's probability rounds to 0",
    bad("ce", input=[[200.0, 0.0], [0.0, 3.0]], target=[1, 1]),
    near("p(target) = 8e-40 is still a float32 number", input=[[90.0, 0.0], [0.0, 3.0]]),
    unless=("L101", "L104", "L107", "L201", "L202"),
)
def saturated(inspection: Inspection) -> Iterator[Finding]:
    """Finds targets whose probability rounds to 0 in float32.

    Also in float16, if the file is float16 and the probabilities themselves do not explain as many.

    Why it matters: A model that computes the softmax first and the logarithm later gets -inf for
    these targets, and NaN as their gradient. losscli computes the loss from the logits, exactly.

    Fix: Use log-softmax, or a loss that takes logits, in the model; look at these samples.

    References: PyTorch, torch.nn.functional.log_softmax: softmax and log one after the other are
    numerically unstable.

    Blanchard, Higham and Higham 2021, Accurately computing the log-sum-exp and softmax functions,
    doi:10.1093/imanum/draa038.
    """
    scores, elements = inspection.facts.scores, inspection.facts.elements
    found, faint16, dtype = Places(), 0, "float32"
    if scores:
        found, faint16 = scores.faint32, scores.faint16.count
        half = inspection.input.source.dtype.itemsize == 2
        if half and not found.count and faint16 > scores.faint16_expected:
            improbable = log_chance(faint16, scores.faint16_expected) < ODDS
            found, dtype = (scores.faint16, "float16") if improbable else (found, dtype)
    elif elements and inspection.kind == "logits":
        found = elements.faint32
    if not found.count:
        return
    yield Finding(
        f"the probability of {counted(found.count, 'target')} rounds to 0 in {dtype}, where its "
        "logarithm is -inf; losscli computes the loss exactly",
        {"count": found.count, "float16": faint16, "first": found.first[0].value},
        *inspection.at(found, inspection.target, "log p(target)" if scores else "logit"),
        inspection.worst(5),
    )


@rule(
    "L407",
    "warning",
    "cosines beyond 1 are clipped",
    bad("arcface", input=[[1.0004, 0.2], [0.1, 0.9]], target=[0, 1]),
    near("1 is a cosine", input=[[1.0, 0.2], [0.1, 0.9]]),
    unless=("L104",),
)
def clipped(inspection: Inspection) -> Iterator[Finding]:
    """Finds cosines that are above 1 or below -1 because of rounding.

    Why it matters: In float16 and float32 the product of two unit vectors may exceed 1 by up to
    1e-3. The loss treats such a number as 1 or -1. It refuses larger ones: those vectors were not
    normalized.

    Fix: Normalize the vectors in float32 or float64.

    References: Deng et al. 2019, ArcFace, arXiv:1801.07698.
    """
    for operand in inspection.problem.operands:
        numbers = inspection.facts.numbers.get(operand.role.name)
        if numbers is None or not numbers.clipped.count:
            continue
        found, span = numbers.clipped, numbers.span
        yield Finding(
            f"{part(found.count, numbers.size, 'number')} outside "
            f"{operand.kind.domain} by rounding, and clipped; they range from {span.low:.7g} to "
            f"{span.high:.7g}",
            {"clipped": found.count, "low": span.low, "high": span.high},
            *inspection.at(found, operand),
            inspection.command(),
        )
