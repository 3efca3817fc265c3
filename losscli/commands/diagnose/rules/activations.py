"""L108: the output of a softmax where a sigmoid belongs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from losscli.commands.diagnose.inspection import Inspection, form_key
from losscli.commands.diagnose.registry import bad, near, rule
from losscli.commands.diagnose.rules import PROBABILITIES
from losscli.commands.diagnose.rules.inputs import FEWEST_ROWS
from losscli.commands.findings import Finding
from losscli.output.words import counted, figure


@rule(
    "L108",
    "error",
    "softmax output under a loss of separate probabilities",
    bad("bce", input=PROBABILITIES, target=[[1, 0, 0], [0, 1, 0], [0, 0, 1]]),
    near("each column has a probability of its own", input=[[0.9, 0.3, 0.6]] * 3),
    unless=("L106", "L107", "L110"),
)
def softmax_rows(inspection: Inspection) -> Iterator[Finding]:
    """Finds rows of probabilities that sum to 1, for a loss that takes each of them separately.

    Targets whose rows sum to 1 too are the classes of a softmax. Targets with several 1s in a row,
    or none, ask for a sigmoid. With two columns and such classes both losses are the same number:
    the finding is then info.

    Why it matters: Binary cross entropy also counts the probabilities of the other classes and
    divides by c times as many terms. The loss is another number, mostly a lower one.

    Fix: Run the command that the finding shows, which takes each row as the probabilities of one
    sample. If a sample may have several labels, replace the softmax of the model with a sigmoid.

    References: Keras, keras.losses.CategoricalCrossentropy: for two or more classes and one-hot
    labels; keras.losses.BinaryCrossentropy is for labels 0 and 1.
    """
    rows, targets = (
        inspection.facts.rows.get(o.role.name) for o in inspection.problem.operands[:2]
    )
    if not inspection.facts.elements or rows is None or targets is None:
        return
    if not rows.are_probabilities or rows.count < FEWEST_ROWS:
        return
    name, classes = inspection.loss.name, inspection.columns
    value = inspection.loss_value
    evidence: dict[str, Any] = {"rows": rows.count, "classes": classes, "loss": value}
    text = f"each of {counted(rows.count, 'row')} sums to 1, as softmax output does, and {name} "
    text += f"takes its {classes} numbers as separate probabilities"
    if not targets.are_probabilities:
        yield Finding(
            f"{text}. The targets have several classes per row, or none: these need a sigmoid for "
            "each class",
            evidence,
            count=rows.count,
            next=inspection.worst(5),
        )
        return
    form = inspection.softmax_form("probabilities")
    if form:
        evidence[form_key(form)] = other = inspection.value_of(form)
        text += f". The loss is {figure(value)}; {inspection.typed_form(form)} gives "
        text += figure(other)
    else:
        text += ". They belong to a loss with a softmax over the classes"
    same = classes == 2 and inspection.kind == "probabilities"
    yield Finding(
        text,
        evidence,
        count=rows.count,
        next=inspection.command_for(form),
        severity="info" if same else "error",
    )
