"""L101 to L103: softmax or sigmoid applied twice."""

from __future__ import annotations

import math
from collections.abc import Iterator

from losscli.commands.diagnose.inspection import Inspection, form_key
from losscli.commands.diagnose.registry import bad, near, rule
from losscli.commands.diagnose.rules import LOG_PROBABILITIES, LOGITS, PROBABILITIES
from losscli.commands.findings import Finding
from losscli.engine.input_checks import FEWEST_ELEMENTS
from losscli.output.words import counted, figure, percent

FEWEST_ROWS = 3
"""Fewer rows may sum to 1 by chance."""


@rule(
    "L101",
    "error",
    "softmax applied twice: the logits are probabilities",
    bad("ce", input=PROBABILITIES, target=[0, 1, 2]),
    near("these are logits", input=LOGITS),
    unless=("L107", "L110"),
)
def softmax_twice(inspection: Inspection) -> Iterator[Finding]:
    """Finds softmax output in the input of a loss that applies softmax itself.

    Every number is in [0, 1], and every row sums to 1 as exactly as the digits of the file allow.
    One or two rows may do so by chance: the finding is then info.

    Why it matters: The softmax of probabilities is almost flat. The loss cannot fall below log(e +
    c - 1) - 1 however good the model is, and its gradients fade. The predictions stay correct, so
    the accuracy hides the mistake.

    Fix: Remove the softmax layer from the model, or tell the loss that its input is probabilities:
    from_logits=False in Keras, --from probs here.

    References: PyTorch, torch.nn.CrossEntropyLoss: the input holds unnormalized logits.

    TensorFlow, tf.nn.softmax_cross_entropy_with_logits: warns against passing it the output of
    softmax.

    Keras, keras.losses.SparseCategoricalCrossentropy: from_logits is False unless it is set.
    """
    if not inspection.has_softmax or inspection.kind != "logits":
        return
    rows = inspection.input_rows
    if not rows.are_probabilities:
        return
    loss, value = inspection.loss, inspection.loss_value
    classes = inspection.problem.grid.classes
    least = math.log(math.e + classes - 1) - 1
    form = inspection.form("probabilities")
    once = inspection.value_of(form)
    evidence = {"rows": rows.count, "loss": value, "least_loss": least}
    message = (
        f"every row is in [0, 1] and sums to 1: these are probabilities, and {loss.name} applies "
        "softmax to them again"
    )
    scores = inspection.facts.scores
    if scores and scores.count and value is not None:
        accuracy = scores.right / scores.count
        evidence["accuracy"] = accuracy
        message += f". {percent(accuracy)} of the predictions are correct, yet the loss is"
        message += f" {figure(value)}"
        if loss.likelihood:
            message += f": it cannot fall below log(e + {classes - 1}) - 1 = {figure(least)}"
    if form:
        evidence[f"loss{form_key(form).removeprefix(loss.name)}"] = once
        message += f". As probabilities they give {figure(once)}"
    yield Finding(
        message,
        evidence,
        count=rows.count,
        next=inspection.command_for(form),
        severity="error" if rows.count >= FEWEST_ROWS else "info",
    )


@rule(
    "L102",
    "info",
    "the logits are log-probabilities already",
    bad("ce", input=LOG_PROBABILITIES, target=[0, 1]),
    near("these are logits", input=LOGITS[:2]),
    unless=("L401",),
)
def log_softmax_twice(inspection: Inspection) -> Iterator[Finding]:
    """Finds log-softmax output in the input of a loss that applies log-softmax itself.

    Every number is at most 0, and the log-sum-exp of every row is 0.

    Why it matters: This is harmless: the log-softmax of log-probabilities gives the same numbers
    again.

    Fix: None is needed. --from log-probs says what the input is and skips the second log-softmax.

    References: PyTorch, torch.nn.CrossEntropyLoss: it is log-softmax followed by torch.nn.NLLLoss.
    """
    if not inspection.has_softmax or inspection.kind != "logits":
        return
    rows = inspection.input_rows
    if not rows.are_log_probabilities:
        return
    form = inspection.form("log-probabilities")
    yield Finding(
        f"{counted(rows.count, 'row')} of log-probabilities: {inspection.loss.name} applies "
        "log-softmax again, which changes nothing",
        {"rows": rows.count, "highest": inspection.input_numbers.span.high},
        count=rows.count,
        next=inspection.command_for(form),
    )


@rule(
    "L103",
    "error",
    "sigmoid applied twice: the logits are probabilities",
    bad("bce-logits", input=[[0.9, 0.2], [0.1, 0.7]] * 6, target=[[1, 0], [0, 1]] * 6),
    near("these are logits", input=[[2.2, -1.4], [-2.2, 0.8]] * 6),
    unless=("L107", "L108", "L110"),
)
def sigmoid_twice(inspection: Inspection) -> Iterator[Finding]:
    """Finds input that lies in [0, 1] throughout, for a loss that applies the sigmoid itself.

    About half of a typical model's logits are negative, so 20 numbers do not lie in [0, 1] by
    chance. With fewer, the finding is info. If the targets fit the sigmoids of the numbers clearly
    better than the numbers themselves, these are logits, and nothing is found.

    Why it matters: The sigmoid of a probability is between 0.5 and 0.731, so the loss of a target
    of 0 cannot fall below log 2 = 0.693, nor that of a target of 1 below 0.313.

    Fix: Remove the sigmoid from the model, or use the loss that takes probabilities (bce).

    References: PyTorch, torch.nn.BCEWithLogitsLoss: it combines a sigmoid layer and
    torch.nn.BCELoss.

    Keras, keras.losses.BinaryCrossentropy: from_logits is False unless it is set.
    """
    elements = inspection.facts.elements
    if not elements or inspection.kind == "probabilities":
        return
    size = inspection.input_numbers.size
    if elements.inside < size or elements.fit.are_logits:
        return
    value = inspection.loss_value
    evidence = {"numbers": size, "loss": value}
    message = (
        f"all {size} numbers are in [0, 1]: these are probabilities, and {inspection.loss.name} "
        f"applies the sigmoid to them again. The loss is {figure(value)}"
    )
    form = inspection.form("probabilities")
    if form:
        evidence[form_key(form)] = once = inspection.value_of(form)
        message += f"; {inspection.typed_form(form)} of the same numbers is {figure(once)}"
    yield Finding(
        message,
        evidence,
        count=size,
        next=inspection.command_for(form),
        severity="error" if size >= FEWEST_ELEMENTS else "info",
    )
