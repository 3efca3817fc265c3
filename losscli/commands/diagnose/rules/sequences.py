"""L6xx: sequences whose labels have no place, and what ctc takes for granted."""

from __future__ import annotations

import math
from collections.abc import Iterator

from losscli.commands.diagnose.finding import Finding
from losscli.commands.diagnose.inspection import Study
from losscli.commands.diagnose.registry import Example, rule
from losscli.output.words import counted, figure

THIRD = -round(math.log(3), 6)
EVEN = [[[THIRD] * 3, [THIRD] * 3]] * 4
"""Four steps of two samples, three classes alike."""
LENGTHS = {"input_lengths": [4, 4], "target_lengths": [2, 2]}


@rule(
    "L601",
    "error",
    "labels that do not fit into the steps",
    bad=Example(
        "ctc",
        {"input": EVEN, "target": [[1, 1], [1, 2]], "input_lengths": [2, 4]}
        | {"target_lengths": [2, 2]},
    ),
    near=Example(
        "ctc",
        {"input": EVEN, "target": [[1, 2], [1, 2]], "input_lengths": [2, 4]}
        | {"target_lengths": [2, 2]},
        why="two different labels fit into two steps",
    ),
)
def no_path(study: Study) -> Iterator[Finding]:
    """A sequence has fewer steps than labels and blanks between equal neighbours need.

    There is no path, its probability is 0 and the loss infinite; with --zero-infinity such a
    sequence counts 0. The usual causes: lengths after a stride that shortens the input, input and
    target lengths that changed places, lengths in samples instead of steps. Lengths that are no
    whole number, or longer than their file, are named here too.
    """
    sequences = study.survey.sequences
    if not sequences:
        return
    for role in ("input_lengths", "target_lengths"):
        found = getattr(sequences, role)
        if found.count:
            yield Finding(
                f"{counted(found.count, 'length')} of {sequences.count} in {role} beyond what "
                "there is, or no whole number",
                {"bad": found.count, "count": sequences.count},
                study.rows(found, study.problem.operand(role)),
                found.count,
                f"loss info {study.loss.name}",
            )
    found = sequences.impossible
    if found.count:
        needed = sequences.needed.first[0].value
        yield Finding(
            f"{counted(found.count, 'sequence')} of {sequences.count} with fewer steps than its "
            f"labels need: the first has {figure(found.first[0].value)} and needs {needed}. There "
            "is no path, and the loss is inf",
            {"impossible": found.count, "count": sequences.count, "first_needs": needed},
            study.rows(found, study.problem.operand("input_lengths")),
            found.count,
            study.typed.command(zero_infinity=True),
        )


@rule(
    "L602",
    "error",
    "the blank among the labels",
    bad=Example("ctc", {"input": EVEN, "target": [[1, 0], [1, 2]], **LENGTHS}),
    near=Example(
        "ctc", {"input": EVEN, "target": [[1, 1], [1, 2]], **LENGTHS}, why="0 is no label"
    ),
)
def blank_as_label(study: Study) -> Iterator[Finding]:
    """The blank means that a step has no label, so it cannot be one.

    Class 0 is the blank unless --blank says otherwise; TensorFlow takes the last class. A padding
    of 0 that the target lengths count shows here too.
    """
    labels = study.survey.label_rows
    if not labels or not labels.blanks.count:
        return
    blank, last = study.problem.options["blank"], study.problem.grid.classes - 1
    yield Finding(
        f"{counted(labels.blanks.count, 'label')} of {labels.count} is the blank, class {blank}; "
        f"another class may be it, as {last} is in TensorFlow",
        {"blanks": labels.blanks.count, "labels": labels.count, "blank": blank},
        study.rows(labels.blanks, study.target),
        labels.blanks.count,
        study.typed.command(blank=last if blank != last else 0),
    )


@rule(
    "L603",
    "error",
    "the steps are not log-normalised",
    bad=Example("ctc", {"input": [[[0.2, 1.0, -0.5]] * 2] * 4, "target": [[1, 2]] * 2, **LENGTHS}),
    near=Example("ctc", {"input": EVEN, "target": [[1, 2]] * 2, **LENGTHS}, why="log-softmax"),
)
def steps_unnormalized(study: Study) -> Iterator[Finding]:
    """The exp of a step's numbers does not sum to 1: logits, or probabilities without a log.

    PyTorch's CTCLoss takes log-softmax and does not check it; Keras and Optax take logits. The
    number is then no log-probability of anything, and the gradient, taken through the log-softmax,
    belongs to another loss.
    """
    sequences = study.survey.sequences
    if not sequences or not sequences.unnormalized.count:
        return
    found = sequences.unnormalized
    yield Finding(
        f"{counted(found.count, 'step')} of {sequences.steps} with a log-sum-exp other than 0, the "
        f"first {figure(found.first[0].value)}: the input is not log-softmax; the loss is "
        f"{figure(study.loss_value)}",
        {"steps_off": found.count, "steps": sequences.steps, "loss": study.loss_value},
        study.rows(found, study.input, "log-sum-exp"),
        found.count,
        study.typed.log_softmax(class_axis=2),
    )
