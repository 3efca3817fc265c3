"""L402, L406 and L407: what is clamped, clipped, or rounds to 0."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from losscli.commands.diagnose.elements import LOG_FLOOR
from losscli.commands.diagnose.finding import Finding
from losscli.commands.diagnose.inspection import Study
from losscli.commands.diagnose.registry import Example, rule
from losscli.commands.diagnose.scores import KERAS_EPSILON
from losscli.commands.diagnose.tallies import Places
from losscli.numerics.chance import ODDS, log_chance
from losscli.output.words import counted, figure

NOTABLE = 0.01
"""A change of the mean, as a share of it, that is worth a word."""


@rule(
    "L402",
    "warning",
    "a clamp hides the true loss",
    bad=Example("bce", {"input": [0.0, 0.9, 0.2], "target": [1.0, 1.0, 0.0]}),
    near=Example(
        "bce",
        {"input": [0.0, 0.9, 0.2], "target": [0.0, 1.0, 0.0]},
        why="0 is right for a target 0",
    ),
    unless=("L104", "L202", "L401"),
)
def clamped(study: Study) -> Iterator[Finding]:
    """A probability of exactly 0 for what happened: the true loss is infinite.

    PyTorch's bce holds each logarithm at -100, Keras clips probabilities to [1e-7, 1 - 1e-7],
    scikit-learn at the eps of their type (2e-16): three finite numbers for one infinite loss. From
    logits there is nothing to clamp.
    """
    elements, scores = study.survey.elements, study.survey.scores
    if elements and study.form == "probabilities" and elements.count:
        true, floored = elements.true_loss / elements.count, elements.floored / elements.count
        keras = elements.clipped / elements.count
        if not elements.clamped.count:
            return
        yield Finding(
            f"{counted(elements.clamped.count, 'logarithm')} below {LOG_FLOOR} and held there: the "
            f"mean is {figure(floored)}, without the clamp {figure(true)}, with Keras's clip at "
            f"{KERAS_EPSILON:g} {figure(keras)}",
            {"clamped": elements.clamped.count, "loss": floored, "true_loss": true, "keras": keras},
            study.rows(elements.clamped, study.input),
            elements.clamped.count,
            study.typed.command(loss="bce-logits"),
        )
    elif scores and study.form == "probabilities" and (scores.count or scores.impossible.count):
        impossible = scores.impossible
        total = scores.count + impossible.count
        keras = (scores.clipped - impossible.count * math.log(KERAS_EPSILON)) / total
        epsilon = float(np.finfo(np.float64).eps)
        sklearn = (scores.loss - impossible.count * math.log(epsilon)) / total
        true = math.inf if impossible.count else scores.mean
        # The clip at 1 - 1e-7 changes a loss by 1e-7 at most, which nobody sees.
        if not impossible.count and true - keras <= NOTABLE * true:
            return
        count = impossible.count or scores.clipped_count
        yield Finding(
            f"{counted(count, 'target')} of {total} with a probability "
            f"{'of 0' if impossible.count else f'below {KERAS_EPSILON:g}'}: the true loss is "
            f"{figure(true)}; Keras clips at {KERAS_EPSILON:g} and says {figure(keras)}, "
            f"scikit-learn at {epsilon:.2g} and says {figure(sklearn)}",
            {"clipped": count, "true_loss": true, "keras": keras, "sklearn": sklearn},
            study.rows(impossible, study.input),
            count,
            study.typed.command() + " --top 5",
        )


@rule(
    "L406",
    "warning",
    "saturated: the target's probability rounds to 0",
    bad=Example("ce", {"input": [[200.0, 0.0], [0.0, 3.0]], "target": [1, 1]}),
    near=Example(
        "ce",
        {"input": [[90.0, 0.0], [0.0, 3.0]], "target": [1, 1]},
        why="p(target) = 8e-40 is a float32 number still",
    ),
    unless=("L101", "L104", "L201", "L202"),
)
def saturated(study: Study) -> Iterator[Finding]:
    """A softmax in float32 (float16) gives the target exactly 0: its log is -inf, its gradient NaN.

    log-softmax, and everything here, stays exact: the loss of such a target is its distance in
    logits. Where a model takes the softmax first and the logarithm later, these samples are lost.
    float16 is judged where the file is float16 and the probabilities themselves make so many
    improbable.
    """
    scores, elements = study.survey.scores, study.survey.elements
    found, faint16, half = Places(), 0, False
    if scores and scores.count:
        found, faint16 = scores.faint32, scores.faint16.count
        half = study.input.source.dtype.itemsize == 2
        more = faint16 > scores.faint16_expected
        improbable = more and log_chance(faint16, scores.faint16_expected) < ODDS
        if not found.count and half and improbable:
            found = scores.faint16
    elif elements and study.form == "logits":
        found = elements.faint32
    if not found.count:
        return
    least = found.first[0].value
    kind = "float16" if half and scores and not scores.faint32.count else "float32"
    yield Finding(
        f"{counted(found.count, 'target')} whose probability rounds to 0 in {kind}: its logarithm "
        f"is -inf there; losscli computes it exactly",
        {"count": found.count, "float16": faint16, "first": least},
        study.rows(found, study.target, "log p(target)" if scores else "logit"),
        found.count,
        study.typed.command() + " --top 5",
    )


@rule(
    "L407",
    "warning",
    "cosines beyond 1 are clipped",
    bad=Example("arcface", {"input": [[1.0004, 0.2], [0.1, 0.9]], "target": [0, 1]}),
    near=Example("arcface", {"input": [[1.0, 0.2], [0.1, 0.9]], "target": [0, 1]}, why="1 is one"),
    unless=("L104",),
)
def clipped(study: Study) -> Iterator[Finding]:
    """A cosine above 1 or below -1 by a rounding: the loss takes it for 1 or -1.

    float16 and float32 leave products of unit vectors beyond 1 by up to 1e-3. More is refused:
    these are no cosines, the vectors were not normalised.
    """
    for operand in study.problem.operands:
        numbers = study.survey.numbers.get(operand.role.name)
        if numbers is None or not numbers.clipped.count:
            continue
        found, span = numbers.clipped, numbers.span
        yield Finding(
            f"{counted(found.count, 'number')} of {numbers.size} beyond {operand.kind.domain} by a "
            f"rounding, from {span.low:.7g} to {span.high:.7g}: clipped to it",
            {"clipped": found.count, "low": span.low, "high": span.high},
            study.rows(found, operand),
            found.count,
            f"loss info {study.loss.name}",
        )
