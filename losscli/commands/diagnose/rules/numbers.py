"""L401 and L403 to L405: numbers that are not finite, and what they do in a softmax."""

from __future__ import annotations

import math
from collections.abc import Iterator

from losscli.commands.diagnose.finding import Finding
from losscli.commands.diagnose.inspection import Study
from losscli.commands.diagnose.registry import Example, rule
from losscli.engine.result.culprit import culprit
from losscli.losses.declare.role_kind import Layout
from losscli.output.words import counted

NAN, INF = math.nan, math.inf
LOGITS = [[2.0, -1.0, 0.5], [-0.3, 1.7, 0.1], [0.2, -1.2, 3.1]]


@rule(
    "L401",
    "error",
    "NaN or infinity",
    bad=Example("ce", {"input": [[2.0, NAN, 0.5], [-0.3, 1.7, 0.1]], "target": [0, 1]}),
    near=Example(
        "ce",
        {"input": [[2.0, -INF, 0.5], [-0.3, 1.7, 0.1]], "target": [0, 1]},
        why="-inf masks a class that is no target",
    ),
)
def not_finite(study: Study) -> Iterator[Finding]:
    """A NaN in a file, an infinity that makes the loss one, or a step that overflows.

    One NaN makes the mean NaN. -inf as the logit of a class that is not the target is a mask and
    legal; what else infinities do among logits is L403 to L405. Where the files are finite and the
    loss is not, the first step that leaves the numbers is named.
    """
    outcome = study.outcome
    finite = outcome is None or math.isfinite(outcome.value)
    named = False
    for operand in study.problem.operands:
        numbers = study.survey.numbers.get(operand.role.name)
        if numbers is None:
            continue
        found, what = numbers.nan, "NaN"
        if not found.count and operand.kind.layout is Layout.TERMS and not finite:
            found, what = numbers.plus + numbers.minus, "infinite"
        if not found.count:
            continue
        named = True
        step = _first_step(study, what) if operand is study.input else ""
        yield Finding(
            f"{counted(found.count, 'number')} of {numbers.size} of the {operand.role.name} "
            f"{'is' if found.count == 1 else 'are'} {what}{step}",
            {"count": found.count, "numbers": numbers.size},
            study.rows(found, operand),
            found.count,
            study.typed.command() + " --top 5",
        )
    if named or finite or outcome is None or not outcome.partial.counted:
        return
    term = outcome.partial.first_not_finite
    scores = study.survey.scores
    if term is None and outcome.denominator == 0:
        return
    if scores and (scores.impossible.count or study.input_rows.dead.count):
        return
    if study.input.kind.layout is Layout.CLASSES and study.input_numbers.minus.count:
        return
    yield Finding(
        culprit(outcome, term),
        {"value": outcome.value},
        count=1,
        next=study.typed.command() + " --top 5",
    )


def _first_step(study: Study, what: str) -> str:
    """Say in which step the number first shows."""
    if not study.has_softmax or study.form != "logits":
        return f": the loss of such a term is {what}, and with it the mean"
    return f": max(x) of such a row is {what}, then its softmax, its loss and the mean"


@rule(
    "L403",
    "error",
    "-inf as the logit of a target",
    bad=Example("ce", {"input": [[2.0, -INF, 0.5], [-0.3, 1.7, 0.1]], "target": [1, 1]}),
    near=Example(
        "ce",
        {"input": [[2.0, -INF, 0.5], [-0.3, 1.7, 0.1]], "target": [0, 1]},
        why="the masked class is no target",
    ),
    unless=("L405",),
)
def masked_target(study: Study) -> Iterator[Finding]:
    """The target's class is masked out: its probability is 0, its loss infinite, and the mean too.

    With --from probs it is a probability of exactly 0; what others make of that is L402.
    The mask and the label disagree: a mask that is shifted or inverted, or labels of a class that
    is not available to the sample.
    """
    scores = study.survey.scores
    if not scores or not scores.impossible.count:
        return
    found = scores.impossible
    has = "probability 0" if study.form == "probabilities" else "-inf: probability 0"
    yield Finding(
        f"{counted(found.count, 'target')} whose class has {has}, loss inf",
        {"count": found.count, "counted": scores.count + found.count},
        study.rows(found, study.input),
        found.count,
        study.typed.command() + " --top 5",
    )


@rule(
    "L404",
    "error",
    "-inf among the logits with label smoothing",
    bad=Example(
        "ce",
        {"input": [[2.0, -INF, 0.5], [-0.3, 1.7, 0.1]], "target": [0, 1]},
        {"label_smoothing": 0.1},
    ),
    near=Example(
        "ce",
        {"input": [[2.0, -INF, 0.5], [-0.3, 1.7, 0.1]], "target": [0, 1]},
        why="without smoothing the masked class has no part in the loss",
    ),
    unless=("L405",),
)
def smoothed_mask(study: Study) -> Iterator[Finding]:
    """Label smoothing gives every class a part of the target, a masked one too: the loss is inf."""
    numbers = study.input_numbers
    if not study.problem.options.get("label_smoothing") or not numbers.minus.count:
        return
    yield Finding(
        f"{counted(numbers.minus.count, 'logit')} of -inf, and label smoothing gives each of "
        "these classes a part of the target: the loss is inf",
        {"count": numbers.minus.count, "label_smoothing": study.problem.options["label_smoothing"]},
        study.rows(numbers.minus, study.input),
        numbers.minus.count,
        study.typed.command(label_smoothing=0.0),
    )


@rule(
    "L405",
    "error",
    "a row of logits without a softmax: -inf throughout, or +inf",
    bad=Example("ce", {"input": [[-INF, -INF, -INF], [-0.3, 1.7, 0.1]], "target": [0, 1]}),
    near=Example(
        "ce",
        {"input": [[-INF, -INF, 2.0], [-0.3, 1.7, 0.1]], "target": [2, 1]},
        why="one class is left, with probability 1",
    ),
)
def dead_rows(study: Study) -> Iterator[Finding]:
    """All classes of a sample are masked, or a logit overflowed to +inf: inf - inf is NaN.

    A mask that leaves nothing comes from padding that was not ignored; +inf from float16.
    """
    if not study.has_softmax or study.form == "probabilities":
        return
    rows = study.input_rows
    if not rows.dead.count:
        return
    plus = study.input_numbers.plus.count
    kind = f"+inf in {counted(plus, 'number')}" if plus else "all classes -inf"
    yield Finding(
        f"{counted(rows.dead.count, 'row')} of {rows.count} without a softmax ({kind}): inf - inf "
        "is the first step that is NaN",
        {"count": rows.dead.count, "rows": rows.count, "plus_inf": plus},
        study.rows(rows.dead, study.input),
        rows.dead.count,
        study.typed.command() + " --top 5",
    )
