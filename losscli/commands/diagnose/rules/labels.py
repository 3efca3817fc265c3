"""L201 to L205 and L208: targets not numbered or marked as the loss expects."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from losscli.commands.diagnose.facts.lenient_tile import LenientTile, label_bounds
from losscli.commands.diagnose.facts.neighbors import Neighbors, compared
from losscli.commands.diagnose.inspection import Inspection
from losscli.commands.diagnose.registry import bad, near, rule
from losscli.commands.diagnose.rules import LOGITS
from losscli.commands.findings import Finding
from losscli.errors import for_command_line
from losscli.losses.declare.options import Effect
from losscli.losses.declare.standard_kinds import SIGNS
from losscli.output.words import are, counted, figure, listed, part

PADDING = (-1, -100, 255)
"""What padding and void pixels are marked with."""
CLEAR = 7.0
"""Nats: probabilities that are right prefer lower labels by as much in one file of 1,000."""
ERRORS = 3
"""By as many standard errors the loss must fall, which guards against probabilities that are not.

Both are met by chance less often than either, and only files without a label 0 are judged."""


@rule(
    "L201",
    "error",
    "labels numbered from 1",
    bad("ce", input=LOGITS, target=[1, 2, 3]),
    near("the first label is 0", target=[0, 1, 2]),
)
def from_one(inspection: Inspection) -> Iterator[Finding]:
    """Finds labels from 1 to the number of classes, c.

    If the largest label is below c, the finding is info: no label is 0, and the loss is lower with
    every label reduced by 1, by more than chance explains.

    Why it matters: Languages that count from 1, such as MATLAB, R and Julia, write labels that way.
    If no label happens to be c, nothing fails: each sample is compared with the wrong class.

    Fix: Add --label-base 1, or subtract 1 from the labels.

    References: PyTorch, torch.nn.CrossEntropyLoss: class indices are in [0, C).
    """
    labels = inspection.facts.labels
    if not labels or not inspection.by_index or inspection.problem.settings.label_base:
        return
    classes, low = inspection.problem.grid.classes, labels.span.low
    if low < 1 or classes < 2 or labels.span.high > classes:
        return
    if set(labels.bad_values.counts) - {classes} or labels.bad_values.others:
        return
    reaches_last = labels.span.high == classes
    scores = inspection.facts.scores
    lower = _one_lower(inspection) if scores else None
    if reaches_last:
        # A label of probability 0 says as much as a lower loss.
        is_likely = low == 1 or lower is None or lower.gain > 0
        is_likely |= scores is not None and scores.impossible.count > 0
    else:
        is_likely = lower is not None and lower.own - lower.other > CLEAR
        is_likely &= lower is not None and lower.gain > ERRORS * lower.error
    if not is_likely:
        return
    from_1, value = inspection.value(label_base=1), inspection.loss_value
    high = int(labels.span.high)
    text = f"labels from {int(low)} to {high} for {counted(classes, 'class', 'classes')}"
    text += ": numbered from 1" if reaches_last else ", none is 0: numbered from 1?"
    text += f". With --label-base 1 the loss is {figure(from_1)}"
    text += "" if value is None else f", without it {figure(value)}"
    yield Finding(
        text,
        {"lowest": int(low), "highest": high, "classes": classes}
        | {"loss": value, "loss_label_base_1": from_1},
        *inspection.at(labels.bad, inspection.target),
        inspection.command(label_base=1),
        severity="error" if reaches_last else "info",
    )


def _one_lower(inspection: Inspection) -> Neighbors:
    """Compare each label with the one below it, where both are classes."""

    def look(tile: LenientTile) -> Neighbors:
        return compared(tile, tile.labels - 1, tile.valid & (tile.labels > 0))

    return inspection.passes.total(inspection.problem, look)


@rule(
    "L202",
    "error",
    "targets out of range",
    bad("ce", input=LOGITS, target=[0, 7, 2]),
    near("-100 is ignored", target=[0, -100, 2]),
    unless=("L106", "L110", "L201", "L208"),
)
def out_of_range(inspection: Inspection) -> Iterator[Finding]:
    """Finds labels that are not among the classes, and targets outside the domain of the loss.

    Why it matters: losscli refuses such a target. Elsewhere it may go unnoticed: NumPy takes -1 as
    the last class, and a failed assertion on a GPU does not say which label it was.

    Fix: Correct the targets. If the value marks padding, add --ignore-index; if the labels are
    numbered from 1, add --label-base 1.

    References: PyTorch, torch.nn.CrossEntropyLoss: class indices are in [0, C), or ignore_index.

    NumPy, Indexing on ndarrays: negative indices count from the end.
    """
    labels, target = inspection.facts.labels, inspection.problem.target
    if labels and labels.bad.count:
        low, high = label_bounds(inspection.problem)
        values = labels.bad_values.counts
        yield Finding(
            f"{part(labels.bad.count, labels.counted, 'label')} not in "
            f"{low}..{high}: {listed(values)}",
            {"bad": labels.bad.count, "values": _by_value(values), "low": low, "high": high},
            *inspection.at(labels.bad, inspection.target),
            _command_for(inspection, values),
        )
    numbers = inspection.facts.numbers.get("target")
    if target and numbers and numbers.outside.count:
        found, size, span = numbers.outside, numbers.size, numbers.span
        mapped = inspection.problem.settings.map_binary and target.kind.values == SIGNS
        domain = "{0, 1}" if mapped else target.kind.domain
        yield Finding(
            f"{part(found.count, size, 'target')} not in {domain}: "
            f"{for_command_line(target.kind.advice)}",
            {"bad": found.count, "low": span.low, "high": span.high},
            *inspection.at(found, target),
            inspection.command(),
        )


def _command_for(inspection: Inspection, values: dict[float, int]) -> str:
    """Return the command that accepts labels of these values, if one option is enough."""
    ignore = inspection.loss.with_effect(Effect.IGNORES_TARGETS)
    only = next(iter(values)) if len(values) == 1 else math.nan
    if ignore and only == only // 1:
        return inspection.command(**{ignore.name: int(only)})
    if only == 0 and inspection.problem.settings.label_base:
        return inspection.command(label_base=0)
    return inspection.command()


def _by_value(values: dict[float, int]) -> dict[str, int]:
    return {figure(value): count for value, count in values.items()}


@rule(
    "L203",
    "warning",
    "labels that look like padding are not ignored",
    bad("ce", input=LOGITS, target=[0, 255, 2]),
    near("255 is ignored", ignore_index=255),
)
def padding(inspection: Inspection) -> Iterator[Finding]:
    """Finds -1, -100 or 255 among the labels, where they are neither a class nor ignored.

    Why it matters: These values mark padding and void pixels. The ignored value is -100 unless
    --ignore-index says otherwise, as in PyTorch; any other mark is an error or counts as a wrong
    class.

    Fix: Name the mark with --ignore-index. A call takes one mark: if there are several, replace
    them with one, or remove the samples.

    References: PyTorch, torch.nn.CrossEntropyLoss: ignore_index is -100 unless it is set.

    Hugging Face Transformers, DataCollatorForTokenClassification: label_pad_token_id is -100.

    Everingham et al. 2010, The Pascal Visual Object Classes (VOC) Challenge,
    doi:10.1007/s11263-009-0275-4.
    """
    labels = inspection.facts.labels
    found = {
        mark: labels.bad_values.counts[mark]
        for mark in PADDING
        if labels and inspection.by_index and mark in labels.bad_values.counts
    }
    if not labels or not found:
        return
    marks = (f"{counted(n, 'label')} {are(n)} {mark}" for mark, n in found.items())
    text = f"{', '.join(marks)}: this looks like padding"
    evidence: dict[str, Any] = {"marks": {str(mark): count for mark, count in found.items()}}
    option, after = inspection.loss.with_effect(Effect.IGNORES_TARGETS), inspection.command()
    if option:
        most = max(found, key=lambda mark: found[mark])
        value = inspection.value(**{option.name: most})
        ignored = inspection.problem.ignore_index
        text += f", but --{option.flag} is {ignored}; with {most} the loss is {figure(value)}"
        evidence |= {option.name: ignored, f"loss_ignoring_{most}": value}
        after = inspection.command(**{option.name: most})
    else:
        text += f", and {inspection.loss.name} cannot ignore labels; remove these samples"
    rows, _ = inspection.at(labels.bad, inspection.target)
    yield Finding(text, evidence, rows, sum(found.values()), after)


@rule(
    "L204",
    "info",
    "some targets are ignored",
    bad("ce", input=LOGITS, target=[0, -100, 2]),
    near("all targets count", target=[0, 1, 2]),
)
def some_ignored(inspection: Inspection) -> Iterator[Finding]:
    """Counts the targets that are ignored because they equal --ignore-index.

    Why it matters: Their loss is 0 and the mean does not count them, so the normalizer is smaller
    than the number of targets.

    Fix: None is needed if that many targets should be ignored.

    References: PyTorch, torch.nn.CrossEntropyLoss: the mean is over the targets that are not
    ignored.
    """
    labels = inspection.facts.labels
    if not labels or not labels.ignored or not labels.counted:
        return
    total = labels.counted + labels.ignored
    yield Finding(
        f"{part(labels.ignored, total, 'target')} {inspection.problem.ignore_index} and ignored",
        {"ignored": labels.ignored, "counted": labels.counted, "share": labels.ignored / total},
        count=labels.ignored,
        next=inspection.command(),
    )


@rule(
    "L205",
    "error",
    "all targets are ignored: the mean is 0/0",
    bad("ce", input=LOGITS, target=[-100, -100, -100]),
    near("one target counts", target=[-100, 1, -100]),
)
def all_ignored(inspection: Inspection) -> Iterator[Finding]:
    """Finds files in which every target equals --ignore-index.

    Why it matters: The mean is 0/0. PyTorch returns nan, Keras and others return 0.

    Fix: Look for a batch of nothing but padding, or for lost labels; or change --ignore-index.

    References: PyTorch, torch.nn.CrossEntropyLoss: the mean divides by the weights of the targets
    that are not ignored.
    """
    labels = inspection.facts.labels
    if not labels or labels.counted or not labels.ignored:
        return
    yield Finding(
        f"all {labels.ignored} targets are {inspection.problem.ignore_index}, which is ignored: "
        "the mean is 0/0",
        {"ignored": labels.ignored, "counted": 0},
        count=labels.ignored,
        next=inspection.command(reduction="sum"),
    )


@rule(
    "L208",
    "error",
    "labels 0 and 1 where -1 and +1 are expected",
    bad("hinge", input=[1.2, -0.4, 0.3], target=[1, 0, 1]),
    near("the labels are -1 and +1", target=[1, -1, 1]),
)
def not_signs(inspection: Inspection) -> Iterator[Finding]:
    """Finds labels 0 and 1 for a loss that takes -1 and +1, or the reverse with --map-binary.

    Why it matters: The hinge loss and its relatives multiply by the label, so a label of 0 makes
    its sample count for nothing.

    Fix: Add --map-binary, which turns 0 and 1 into -1 and +1; remove it if the labels are signs
    already.

    References: PyTorch, torch.nn.SoftMarginLoss: the targets are 1 or -1.

    Keras, keras.losses.Hinge: labels 0 and 1 are converted to -1 and 1.
    """
    mapped = inspection.problem.settings.map_binary
    for operand in inspection.problem.operands:
        if operand.kind.values != SIGNS:
            continue
        numbers = inspection.facts.numbers[operand.role.name]
        values = numbers.values.counts
        if not numbers.outside.count or not set(values) <= {-1.0, 0.0, 1.0}:
            continue
        other = inspection.value(map_binary=not mapped)
        expected = "0 and 1 with --map-binary" if mapped else "-1 and +1"
        yield Finding(
            f"the labels are {listed(values)}; {inspection.loss.name} takes {expected}. "
            f"{'Without' if mapped else 'With'} --map-binary the loss is {figure(other)}",
            {"values": _by_value(values), "loss_mapped": other},
            *inspection.at(numbers.outside, operand),
            inspection.command(map_binary=not mapped),
        )
