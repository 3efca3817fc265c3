"""L401 and L403 to L405: numbers that are not finite, and what they do in a softmax."""

from __future__ import annotations

import math
from collections.abc import Iterator

from losscli.commands.diagnose.facts.collect import smoothing_of
from losscli.commands.diagnose.inspection import Inspection
from losscli.commands.diagnose.registry import bad, near, rule
from losscli.commands.findings import Finding
from losscli.engine.result.culprit import culprit
from losscli.losses.declare.options import Effect
from losscli.losses.declare.role_kind import Layout
from losscli.output.words import are, counted, some

NAN, INF = math.nan, math.inf
MASKED = [[2.0, -INF, 0.5], [-0.3, 1.7, 0.1]]


@rule(
    "L401",
    "error",
    "NaN or infinity",
    bad("ce", input=[[2.0, NAN, 0.5], [-0.3, 1.7, 0.1]], target=[0, 1]),
    near("-inf masks a class that is not the target", input=MASKED),
)
def not_finite(inspection: Inspection) -> Iterator[Finding]:
    """Finds a NaN in a file, an infinity that makes the loss infinite, or a step that overflows.

    -inf as the logit of a class that is not the target is allowed: it is a mask. Other infinities
    among logits are L403 to L405.

    Why it matters: One NaN makes the mean NaN, and every gradient after it.

    Fix: Trace the number to its origin: a division by 0, the log of 0, an overflow in float16. If
    all files are finite and the loss is not, the finding names the first step that overflows.

    References: PyTorch, torch.autograd.detect_anomaly: names the operation whose gradient is NaN.

    Micikevicius et al. 2018, Mixed Precision Training, arXiv:1710.03740.
    """
    outcome = inspection.outcome
    finite = outcome is None or math.isfinite(outcome.value)
    named = False
    for operand in inspection.problem.operands:
        numbers = inspection.facts.numbers.get(operand.role.name)
        if numbers is None:
            continue
        found, what = numbers.nan, "NaN"
        if not found.count and operand.kind.layout is Layout.TERMS and not finite:
            found, what = numbers.plus + numbers.minus, "infinite"
        if not found.count:
            continue
        named = True
        text = f"{some(found.count, numbers.size, 'number')} in the {operand.role.name} "
        text += f"{are(found.count)} {what}"
        if operand is inspection.input:
            softmax = inspection.has_softmax and inspection.kind == "logits"
            first = "max(x) of such a row" if softmax else "the loss of such a term"
            text += f": {first} is {what}, and so is the mean"
        yield Finding(
            text,
            {"count": found.count, "numbers": numbers.size},
            *inspection.at(found, operand),
            inspection.worst(5),
        )
    if named or finite or outcome is None or not outcome.partial.counted:
        return
    term = outcome.partial.first_not_finite
    scores, sequences = inspection.facts.scores, inspection.facts.sequences
    if term is None and outcome.denominator == 0:
        return
    if scores and (scores.impossible.count or inspection.input_rows.dead.count):
        return
    if sequences and sequences.impossible.count:
        # Too few steps, which L601 explains.
        return
    if inspection.has_softmax and inspection.input_numbers.minus.count:
        # A mask, which L403 to L405 explain.
        return
    yield Finding(
        culprit(outcome, term), {"value": outcome.value}, count=1, next=inspection.worst(5)
    )


@rule(
    "L403",
    "error",
    "-inf as the logit of a target",
    bad("ce", input=MASKED, target=[1, 1]),
    near("the masked class is not the target", target=[0, 1]),
    unless=("L107", "L405"),
)
def masked_target(inspection: Inspection) -> Iterator[Finding]:
    """Finds targets whose class is masked with -inf, or has probability 0.

    Why it matters: The loss of such a target is infinite, and so is the mean. L402 shows what
    clamps make of it.

    Fix: The mask and the label disagree. Look for a mask that is shifted or inverted, or for labels
    of a class that the sample cannot have.

    References: Vaswani et al. 2017, Attention Is All You Need, arXiv:1706.03762: masks set inputs
    of the softmax to -inf.
    """
    scores = inspection.facts.scores
    if not scores or not scores.impossible.count:
        return
    found = scores.impossible
    total = scores.count + found.count
    what = "probability" if inspection.kind == "probabilities" else "logit"
    yield Finding(
        f"the {what} of {some(found.count, total, 'target')} is "
        f"{'0' if what == 'probability' else '-inf, the probability 0'}: the loss is inf",
        {"count": found.count, "counted": total},
        *inspection.at(found, inspection.input),
        inspection.worst(5),
    )


@rule(
    "L404",
    "error",
    "-inf among the logits with label smoothing",
    bad("ce", input=MASKED, target=[0, 1], label_smoothing=0.1),
    near("without smoothing the masked class has no share in the loss", label_smoothing=None),
    unless=("L405",),
)
def smoothed_mask(inspection: Inspection) -> Iterator[Finding]:
    """Finds logits of -inf for a loss that smooths its targets.

    Why it matters: Label smoothing gives every class a share of the target, masked classes too.
    Their probability is 0, so the loss is infinite.

    Fix: Switch label smoothing off, or remove the masked classes from the files.

    References: Szegedy et al. 2016, Rethinking the Inception Architecture for Computer Vision,
    arXiv:1512.00567.
    """
    option = inspection.loss.with_effect(Effect.SMOOTHS_TARGETS)
    found, smoothing = inspection.input_numbers.minus, smoothing_of(inspection.problem)
    if not option or not smoothing or not found.count:
        return
    yield Finding(
        f"{counted(found.count, 'logit')} {are(found.count)} -inf, and label smoothing gives each "
        "of these classes a share of the target: the loss is inf",
        {"count": found.count, option.name: smoothing},
        *inspection.at(found, inspection.input),
        inspection.command(**{option.name: 0.0}),
    )


@rule(
    "L405",
    "error",
    "a row of logits without a softmax: all -inf, or +inf",
    bad("ce", input=[[-INF, -INF, -INF], [-0.3, 1.7, 0.1]], target=[0, 1]),
    near("one class is left, with probability 1", input=[[2.0, -INF, -INF], [-0.3, 1.7, 0.1]]),
)
def dead_rows(inspection: Inspection) -> Iterator[Finding]:
    """Finds samples whose classes are all masked, or whose logits hold +inf.

    Why it matters: The softmax computes inf - inf, which is NaN, and so is the mean.

    Fix: Ignore the padding that the mask covers. If a logit overflowed to +inf, compute it in
    float32 or bfloat16 instead of float16.

    References: IEEE 754-2019, 7.2: inf - inf is an invalid operation; its result is NaN.
    """
    if not inspection.has_softmax or inspection.kind == "probabilities":
        return
    rows = inspection.input_rows
    if not rows.dead.count:
        return
    plus = inspection.input_numbers.plus.count
    why = f"+inf in {counted(plus, 'number')}" if plus else "all classes -inf"
    yield Finding(
        f"the softmax of {some(rows.dead.count, rows.count, 'row')} is undefined ({why}): inf - "
        "inf is the first step that is NaN",
        {"count": rows.dead.count, "rows": rows.count, "plus_inf": plus},
        *inspection.at(rows.dead, inspection.input),
        inspection.worst(5),
    )
