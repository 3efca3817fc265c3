"""L2xx: the targets are numbered, marked, or placed otherwise than the loss takes them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from losscli.commands.diagnose.finding import Finding
from losscli.commands.diagnose.inspection import Study
from losscli.commands.diagnose.lenient_tile import label_bounds
from losscli.commands.diagnose.registry import Example, rule
from losscli.commands.diagnose.sequences import LabelRows
from losscli.errors import for_command_line
from losscli.losses.declare.standard_kinds import SIGNS
from losscli.output.words import counted, figure, listed

SENTINELS = (-1, -100, 255)
"""What padding and void pixels are marked with."""
SHIFT_GAIN = 0.8
REMARKABLE = 3
"""Labels of a class that the probabilities let expect, and that are not there."""
ERRORS = 5
"""Standard errors that are no chance."""
FEWEST_PAIRS = 20
LOGITS = [[2.0, -1.0, 0.5], [-0.3, 1.7, 0.1], [0.2, -1.2, 3.1]]


@rule(
    "L201",
    "error",
    "labels numbered from 1",
    bad=Example("ce", {"input": LOGITS, "target": [1, 2, 3]}),
    near=Example("ce", {"input": LOGITS, "target": [0, 1, 2]}, why="the first label is 0"),
)
def from_one(study: Study) -> Iterator[Finding]:
    """The smallest label is 1 and the largest c, or would fit better that way.

    Languages that count from 1 write labels so. Where no label happens to be c nothing fails: each
    sample is judged by the wrong class. Then it is a remark only, where the loss is lower with the
    labels one less.
    """
    labels = study.survey.labels
    if not labels or not study.by_index or study.problem.settings.label_base:
        return
    classes = study.problem.grid.classes
    if labels.span.low != 1 or classes < 2 or labels.span.high > classes:
        return
    beyond = labels.span.high == classes
    others = {value for value in labels.strange.counts if value != classes}
    if others or labels.strange.others:
        return
    mended, value = study.value(label_base=1), study.loss_value
    scores = study.survey.scores
    expected = float(scores.expected[0]) if scores else 0.0
    lower = mended is not None and value is not None and mended < value
    if not (beyond or (lower and expected >= REMARKABLE)):
        return
    evidence: dict[str, Any] = {"lowest": 1, "highest": int(labels.span.high), "classes": classes}
    evidence |= {"loss": value, "loss_label_base_1": mended}
    text = f"labels from 1 to {int(labels.span.high)} for {counted(classes, 'class', 'classes')}"
    text += ": numbered from 1" if beyond else " and none is 0: numbered from 1?"
    was = "" if value is None else f", as they are {figure(value)}"
    yield Finding(
        f"{text}. With --label-base 1 the loss is {figure(mended)}{was}",
        evidence,
        study.rows(labels.bad, study.target),
        labels.bad.count,
        study.typed.command(label_base=1),
        severity="error" if beyond else "info",
    )


@rule(
    "L202",
    "error",
    "targets out of range",
    bad=Example("ce", {"input": LOGITS, "target": [0, 7, 2]}),
    near=Example("ce", {"input": LOGITS, "target": [0, -100, 2]}, why="-100 is ignored"),
    unless=("L106", "L201", "L208"),
)
def out_of_range(study: Study) -> Iterator[Finding]:
    """A target that is no class, no whole number, or outside what the loss takes.

    On a GPU such a label is an assertion that names nothing; NumPy takes -1 for the last class.
    The loss commands refuse it.
    """
    labels = study.survey.labels
    if labels and study.by_index:
        target = study.target
        if not labels.bad.count:
            return
        low, high = label_bounds(study.problem)
        strange = sorted(labels.strange.counts)
        yield Finding(
            f"{counted(labels.bad.count, 'label')} of {labels.counted} not in {low}..{high}: "
            f"{listed(strange)}",
            {"bad": labels.bad.count, "values": _counts(labels.strange.counts), "low": low}
            | {"high": high},
            study.rows(labels.bad, target),
            labels.bad.count,
            _command_for(study, labels.strange.counts),
        )
        return
    if study.survey.label_rows:
        yield from _bad_in_rows(study, study.survey.label_rows)
    numbers = study.survey.numbers.get("target")
    if numbers and numbers.outside.count:
        target = study.target
        yield Finding(
            f"{counted(numbers.outside.count, 'target')} of {numbers.size} not in "
            f"{_domain(study)}: {for_command_line(target.kind.advice)}",
            {"bad": numbers.outside.count, "low": numbers.span.low, "high": numbers.span.high},
            study.rows(numbers.outside, target),
            numbers.outside.count,
            f"loss info {study.loss.name}",
        )


def _bad_in_rows(study: Study, labels: LabelRows) -> Iterator[Finding]:
    if not labels.bad.count:
        return
    low, high = label_bounds(study.problem)
    yield Finding(
        f"{counted(labels.bad.count, 'label')} of {labels.count} not in {low}..{high}: "
        f"{listed(sorted(labels.strange.counts))}",
        {"bad": labels.bad.count, "values": _counts(labels.strange.counts)},
        study.rows(labels.bad, study.target),
        labels.bad.count,
        f"loss info {study.loss.name}",
    )


def _domain(study: Study) -> str:
    target = study.target
    if study.problem.settings.map_binary and target.kind.values == SIGNS:
        return "{0, 1}"
    return target.kind.domain


def _command_for(study: Study, strange: dict[float, int]) -> str:
    if len(strange) == 1 and study.loss.option("ignore_index"):
        (value,) = strange
        if math.isfinite(value) and value == int(value):
            return study.typed.command(ignore_index=int(value))
    if set(strange) == {0} and study.problem.settings.label_base:
        return study.typed.command(label_base=0)
    return f"loss info {study.loss.name}"


def _counts(values: dict[float, int]) -> dict[str, int]:
    return {figure(value): count for value, count in values.items()}


@rule(
    "L203",
    "warning",
    "labels that look like marks of padding are not ignored",
    bad=Example("ce", {"input": LOGITS, "target": [0, 255, 2]}),
    near=Example(
        "ce",
        {"input": LOGITS, "target": [0, 255, 2]},
        {"ignore_index": 255},
        why="255 is ignored",
    ),
)
def sentinels(study: Study) -> Iterator[Finding]:
    """-1, -100 or 255 among the labels, no class, and not what --ignore-index says.

    These mark padding and void pixels. The default of --ignore-index is -100, as in PyTorch; other
    marks have to be named. One mark can be named in a call.
    """
    labels = study.survey.labels
    if not labels:
        return
    found = {
        mark: labels.strange.counts[mark] for mark in SENTINELS if mark in labels.strange.counts
    }
    if not found:
        return
    told = ", ".join(f"{count} times {mark}" for mark, count in found.items())
    marks = _counts({float(mark): count for mark, count in found.items()})
    places = study.rows(labels.bad, study.target)
    if not study.loss.option("ignore_index"):
        yield Finding(
            f"{told}: marks of padding, and {study.loss.name} has no --ignore-index; leave these "
            "samples out",
            {"marks": marks},
            places,
            sum(found.values()),
            f"loss info {study.loss.name}",
        )
        return
    ignored = study.problem.ignore_index
    most = max(found, key=lambda mark: found[mark])
    value = study.value(ignore_index=most)
    yield Finding(
        f"{told}: marks of padding, but --ignore-index is {ignored}; with {most} the loss is "
        f"{figure(value)}",
        {"marks": marks, "ignore_index": ignored, f"loss_ignoring_{most}": value},
        places,
        sum(found.values()),
        study.typed.command(ignore_index=most),
    )


@rule(
    "L204",
    "info",
    "some targets are ignored",
    bad=Example("ce", {"input": LOGITS, "target": [0, -100, 2]}),
    near=Example("ce", {"input": LOGITS, "target": [0, 1, 2]}, why="all count"),
)
def ignored(study: Study) -> Iterator[Finding]:
    """Targets equal to --ignore-index: their loss is 0, and the mean does not count them."""
    labels = study.survey.labels
    if not labels or not labels.ignored or not labels.counted:
        return
    total = labels.counted + labels.ignored
    yield Finding(
        f"{labels.ignored} of {total} targets are {study.problem.ignore_index} and do not count",
        {"ignored": labels.ignored, "counted": labels.counted, "share": labels.ignored / total},
        count=labels.ignored,
    )


@rule(
    "L205",
    "error",
    "all targets are ignored: the mean is 0/0",
    bad=Example("ce", {"input": LOGITS, "target": [-100, -100, -100]}),
    near=Example("ce", {"input": LOGITS, "target": [-100, 1, -100]}, why="one counts"),
)
def all_ignored(study: Study) -> Iterator[Finding]:
    """Every target is --ignore-index, so nothing counts.

    PyTorch returns nan, Keras and others 0: a batch of nothing but padding, or labels that were
    lost on the way.
    """
    labels = study.survey.labels
    if not labels or labels.counted or not labels.ignored:
        return
    yield Finding(
        f"all {labels.ignored} targets are {study.problem.ignore_index}, which is ignored: the "
        "mean is 0/0",
        {"ignored": labels.ignored, "counted": 0},
        count=labels.ignored,
    )


@rule(
    "L208",
    "error",
    "labels 0 and 1 where -1 and +1 are wanted",
    bad=Example("hinge", {"input": [1.2, -0.4, 0.3], "target": [1, 0, 1]}),
    near=Example("hinge", {"input": [1.2, -0.4, 0.3], "target": [1, -1, 1]}, why="these are signs"),
)
def no_signs(study: Study) -> Iterator[Finding]:
    """The loss multiplies by the label, and a label of 0 makes its sample count nothing.

    Hinge and its relatives take -1 and +1. --map-binary turns 0/1 into them; with it a label -1 is
    one too many.
    """
    for operand in study.problem.operands:
        if operand.kind.values != SIGNS:
            continue
        numbers = study.survey.numbers[operand.role.name]
        mapped = study.problem.settings.map_binary
        if not numbers.outside.count or not set(numbers.values.counts) <= {-1.0, 0.0, 1.0}:
            continue
        mended = study.value(map_binary=not mapped)
        values = sorted(numbers.values.counts)
        flag = "without --map-binary" if mapped else "with --map-binary"
        yield Finding(
            f"the labels are {listed(values)}; {study.loss.name} takes "
            f"{'0 and 1 under --map-binary' if mapped else '-1 and +1'}; {flag} the loss is "
            f"{figure(mended)}",
            {"values": _counts(numbers.values.counts), "loss_mapped": mended},
            study.rows(numbers.outside, operand),
            numbers.outside.count,
            study.typed.command(map_binary=not mapped),
        )
