"""L107 and L110: 0 and 1 in the input, where probabilities or logits belong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from losscli.commands.diagnose.facts.numbers import Numbers
from losscli.commands.diagnose.inspection import Inspection
from losscli.commands.diagnose.registry import bad, near, rule
from losscli.commands.diagnose.rules.inputs import FEWEST_ROWS
from losscli.commands.findings import Finding
from losscli.engine.input_checks import FEWEST_ELEMENTS
from losscli.losses.declare.role_kind import Kind
from losscli.losses.declare.standard_kinds import SIGNS
from losscli.output.words import counted, figure, percent

OUTPUTS = ("probabilities", "log-probabilities", "logits", "scores")
"""The kinds of input that say more than a class."""
SURE = 1e-6
"""How far the sum of two smoothed labels may be from 1."""


@rule(
    "L107",
    "error",
    "predicted classes instead of probabilities or logits",
    bad("bce", input=[1, 0, 0, 1, 1] * 4, target=[1, 0, 1, 1, 1] * 4),
    near("these are probabilities", input=[0.9, 0.2, 0.4, 0.8, 0.6] * 4),
    unless=("L110", "L504"),
)
def predicted_classes(inspection: Inspection) -> Iterator[Finding]:
    """Finds input that is 0 and 1 throughout: the output of predict(), argmax or a threshold.

    Fewer than 20 logits may be 0 and 1 by chance: the finding is then info, unless each row has
    exactly one 1. It is info, too, where the loss is 0: a sure model has such probabilities.

    Why it matters: A predicted class does not say how sure the model is. As a probability it makes
    the loss infinite, or as large as a clamp allows, with the first wrong prediction; as a logit it
    gives nearly the same loss for every model with the same accuracy.

    Fix: Save what the model computed before it chose a class: predict_proba() in scikit-learn, the
    logits in PyTorch. The files do not hold it; the command that the finding shows lists the
    samples whose prediction is wrong.

    References: scikit-learn, sklearn.metrics.log_loss: y_pred holds probabilities, as returned by
    predict_proba.
    """
    numbers, target = inspection.input_numbers, inspection.problem.target
    if inspection.kind not in OUTPUTS or inspection.input.role.name != "input":
        return
    if not _are_labels(numbers, target.kind if target else None):
        return
    probabilities = inspection.kind == "probabilities"
    if numbers.span.low == numbers.span.high and not probabilities:
        # Logits that are all 0 belong to an output layer that is not trained yet.
        return
    rows, value = inspection.facts.rows.get(inspection.input.role.name), inspection.loss_value
    one_hot = bool(rows and rows.count and rows.one_hot == rows.count)
    evidence: dict[str, Any] = {"numbers": numbers.size, "loss": value}
    text = f"all {numbers.size} numbers are {_marks(numbers)}"
    if one_hot and rows:
        text = f"each of {counted(rows.count, 'row')} is a 1 and zeros"
    text += f": these are predicted classes, not {inspection.kind}"
    accuracy = _accuracy(inspection)
    if accuracy is not None:
        evidence["accuracy"] = accuracy
        text += f". {percent(accuracy)} of them are correct"
        text += "" if value is None else f", and the loss, {figure(value)}, says no more than that"
    many = inspection.problem.grid.size if one_hot or probabilities else numbers.size
    enough = many >= (FEWEST_ROWS if one_hot or probabilities else FEWEST_ELEMENTS)
    yield Finding(
        text,
        evidence,
        count=numbers.size,
        next=inspection.worst(5),
        # Probabilities with a loss of 0 may be those of a sure model, rounded.
        severity="error" if enough and not (probabilities and value == 0) else "info",
    )


def _are_labels(numbers: Numbers, target: Kind | None) -> bool:
    """Return whether all numbers are 0 and 1, or signs if the targets are."""
    lowest = -1 if target and target.values == SIGNS else 0
    return 0 < numbers.size == numbers.units and numbers.span.low >= lowest


def _marks(numbers: Numbers) -> str:
    return "-1 or +1" if numbers.span.low < 0 else "0 or 1"


def _accuracy(inspection: Inspection) -> float | None:
    elements, scores = inspection.facts.elements, inspection.facts.scores
    if elements and elements.count and inspection.kind != "scores":
        return elements.right / elements.count
    if scores and scores.count + scores.impossible.count:
        return scores.right / (scores.count + scores.impossible.count)
    return None


@rule(
    "L110",
    "error",
    "input and target look swapped: the labels are in the input",
    bad("bce", input=[1, 0, 1, 0], target=[0.9, 0.2, 0.7, 0.4]),
    near("the labels are in the target", input=[0.9, 0.2, 0.7, 0.4], target=[1, 0, 1, 0]),
    unless=("L106",),
)
def labels_in_input(inspection: Inspection) -> Iterator[Finding]:
    """Finds input that is 0 and 1 throughout beside a target that is not.

    Reported only if the loss is lower the other way around. Two smoothed labels in the target, such
    as 0.05 and 0.95, are not reported.

    Why it matters: The order of the arguments differs: PyTorch takes the output first, Keras and
    scikit-learn the labels. Cross entropy is not symmetric, and the logarithm of a label of 0 is
    -inf.

    Fix: Exchange -i and -t, as in the command that the finding shows.

    References: Keras, keras.losses: y_true comes first, then y_pred.

    PyTorch, torch.nn.BCELoss: the input comes first, then the target.
    """
    target, input = inspection.problem.target, inspection.input
    if target is None or input.kind.name not in OUTPUTS or input.kind.layout != target.kind.layout:
        return
    two = (target.kind.low, target.kind.high) == (0, 1) or len(target.kind.values) == 2
    numbers, targets = inspection.input_numbers, inspection.facts.numbers["target"]
    if not two or not _are_labels(numbers, target.kind) or _are_labels(targets, target.kind):
        return
    if targets.nan.count or numbers.span.low == numbers.span.high:
        return
    few = len(targets.values.counts) == 2 and not targets.values.others
    if few and abs(targets.span.low + targets.span.high - 1) < SURE:
        return
    swapped, words = inspection.swapped(), inspection.typed.words
    # Logits are not all in [0, 1]; what is not is refused as probabilities.
    forms = sorted(
        (f for f in inspection.loss.forms(input.role.name) if f.kind.name != "log-probabilities"),
        key=lambda form: form.kind.name != "probabilities",
    )
    values = [(swapped.value_of(form), form) for form in forms] if swapped else []
    possible = [(other, form) for other, form in values if other is not None]
    value = inspection.loss_value
    if not possible:
        return
    other, form = possible[0]
    if value is not None and value <= other:
        return
    low, high = figure(targets.span.low), figure(targets.span.high)
    yield Finding(
        f"all {numbers.size} numbers of the input are {_marks(numbers)}, as labels are, and those "
        f"of the target range from {low} to {high}: they look swapped. Exchanged they give "
        f"{figure(other)} instead of {figure(value)}",
        {"numbers": numbers.size, "loss": value, "loss_swapped": other},
        count=numbers.size,
        next=inspection.command_for(form, input=words.get("target"), target=words.get("input")),
    )
