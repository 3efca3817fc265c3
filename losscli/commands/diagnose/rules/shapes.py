"""L502 to L504: shapes that fit but mean something else."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from losscli.commands.diagnose.facts.collect import collect_facts
from losscli.commands.diagnose.inspection import Inspection
from losscli.commands.diagnose.refit import BATCH_FIRST, transposed
from losscli.commands.diagnose.registry import bad, near, rule
from losscli.commands.findings import Finding
from losscli.engine.problem.settings import Settings
from losscli.errors import LossError, for_command_line
from losscli.losses.declare.registry import find
from losscli.losses.declare.role_kind import Layout
from losscli.output.words import counted, figure

BETTER = 0.8
NOTABLE = 0.05
"""The share of the mean of -log p(target) that another axis must save,"""
ERRORS = 5
"""and by how many standard errors."""
FEWEST_TERMS = 20
ROW = [[0.1, 1.5, -0.4], [2.0, 0.3, 0.2]]
TURNED = [[[3.0 * (k == (s + t) % 5) for k in range(5)] for t in range(5)] for s in range(8)]
PLACED = [[(s + t) % 5 for t in range(5)] for s in range(8)]


def fitting_axis(inspection: Inspection) -> int | None:
    """Return the class axis with which the shapes fit, if they do not fit as they are."""
    loss = inspection.loss
    if inspection.misfit is None or not loss.by_class:
        return None
    in_use = Settings(class_axis=inspection.typed.options.class_axis).axis_of(loss)
    for axis in range(len(inspection.sources[loss.roles[0].name].shape)):
        if axis == in_use:
            continue
        try:
            inspection.prepared(class_axis=axis)
        except LossError:
            continue
        return axis
    return None


@rule(
    "L502",
    "warning",
    "axes that look exchanged",
    bad("ce", input=TURNED, target=PLACED),
    near(
        "as many positions as classes, and the axis in use fits best",
        input=np.swapaxes(TURNED, 1, 2).tolist(),
    ),
    shapes=True,
)
def other_axis(inspection: Inspection) -> Iterator[Finding]:
    """Finds input that fits only with another class axis (an error), or fits better with it.

    Why it matters: PyTorch and losscli take axis 1 of (n, c, d) as the classes, Keras and Optax the
    last axis. With as many positions as classes, both compute a loss without complaint.

    Fix: Say which axis holds the classes: --class-axis.

    References: PyTorch, torch.nn.CrossEntropyLoss: the input has shape (N, C, d1, ...).

    Keras, keras.losses.CategoricalCrossentropy: axis=-1.

    Optax, optax.softmax_cross_entropy: axis=-1.
    """
    axis = fitting_axis(inspection)
    if axis is not None:
        value = inspection.value(class_axis=axis)
        shape = inspection.sources[inspection.loss.roles[0].name].shape
        misfit = for_command_line(inspection.misfit.message) if inspection.misfit else ""
        yield Finding(
            f"{misfit}. With axis {axis} as the classes it fits, and the loss is {figure(value)}",
            {"class_axis": axis, "input_shape": list(shape), "loss": value},
            next=inspection.command(class_axis=axis),
            severity="error",
        )
        return
    if not inspection.fits:
        return
    yield from _batch_first(inspection)
    if len(inspection.problem.grid.axes) < 2:
        return
    in_use, value = inspection.input.class_axis, inspection.loss_value
    if in_use is None or value is None or inspection.problem.grid.size < FEWEST_TERMS:
        return
    shape = inspection.input.source.shape
    for axis, length in enumerate(shape[1:], 1):
        if axis == in_use or length != inspection.problem.grid.classes:
            continue
        try:
            other = inspection.value(class_axis=axis)
        except LossError:
            continue
        if other is not None and _fits_better(inspection, axis, value, other):
            yield Finding(
                f"axis {axis} of {shape} is as long as the classes and fits better: the loss is "
                f"{figure(other)} with it, {figure(value)} with axis {in_use}",
                {"class_axis": axis, "loss": value, "loss_other_axis": other},
                next=inspection.command(class_axis=axis),
            )


def _fits_better(inspection: Inspection, axis: int, value: float, other: float) -> bool:
    """Return whether another class axis gives the targets higher probabilities, beyond chance.

    Without probabilities, the loss itself must be clearly lower.
    """
    scores = inspection.facts.scores
    if not scores:
        return other < BETTER * value
    there = collect_facts(inspection.prepared(class_axis=axis), inspection.passes).scores
    if not there or there.impossible.count > scores.impossible.count:
        return False
    if there.impossible.count < scores.impossible.count:
        return True
    gain, error = scores.mean - there.mean, math.hypot(scores.error, there.error)
    return gain > NOTABLE * scores.mean and gain > ERRORS * error


def _batch_first(inspection: Inspection) -> Iterator[Finding]:
    """Report sequences with as many steps as samples that fit better with both exchanged."""
    steps, samples = (*inspection.input.source.shape, 0, 0)[:2]
    if inspection.input.kind.layout is not Layout.SEQUENCES or steps != samples:
        return
    value = inspection.loss_value
    for found in transposed(inspection, [BATCH_FIRST]):
        if value is not None and found.value is not None and found.value < BETTER * value:
            yield Finding(
                f"there are as many steps as samples, and with the first two axes exchanged, as "
                f"{found.typed} has them, the loss is {figure(found.value)} instead of "
                f"{figure(value)}: the input looks batch first",
                {"loss": value, "loss_exchanged": found.value},
                next=inspection.command(),
            )


@rule(
    "L503",
    "info",
    "the target is one-hot",
    bad("ce", input=ROW, target=[[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]),
    near("one row has shares in two classes", target=[[0.0, 0.9, 0.1], [1.0, 0.0, 0.0]]),
)
def one_hot(inspection: Inspection) -> Iterator[Finding]:
    """Finds class probabilities in which every row is a 1 and zeros.

    Why it matters: Class indices give the same loss, take 1/c of the space and time, and can be
    ignored one by one. With class weights the two differ: L303.

    Fix: Write the index of the 1 instead of the row.

    References: PyTorch, torch.nn.CrossEntropyLoss: usually faster with class indices than with
    class probabilities.

    Keras, keras.losses.SparseCategoricalCrossentropy: takes class indices.
    """
    rows = inspection.facts.rows.get("target")
    if not inspection.loss.picks or rows is None or not rows.count or rows.one_hot < rows.count:
        return
    yield Finding(
        f"each of {counted(rows.count, 'row')} is a 1 and zeros: the index of the 1 gives the same "
        "loss and takes 1/c of the space",
        {"rows": rows.count, "classes": inspection.problem.grid.classes}
        | {"loss": inspection.loss_value},
        count=rows.count,
        next=inspection.command(),
    )


@rule(
    "L504",
    "error",
    "one column under a softmax: the loss is always 0",
    bad("ce", input=[[0.3], [-1.2]], target=[0, 0]),
    near("this loss takes one logit per sample", "bce-logits", target=[[0], [1]]),
)
def one_column(inspection: Inspection) -> Iterator[Finding]:
    """Finds input with a single class.

    Why it matters: The softmax of one number is 1, so the loss is 0 whatever the model's output.

    Fix: One output per sample is a logit for a binary loss (bce-logits), or a number for a
    regression loss (mse).

    References: PyTorch, torch.nn.BCEWithLogitsLoss: takes one logit per target.
    """
    loss, grid = inspection.loss, inspection.problem.grid
    if not loss.by_class or grid.classes != 1:
        return
    other = loss.other_activation
    always = ": the softmax is 1 and the loss 0" if inspection.kind == "logits" else ""
    text = f"one column is one class{always} for {counted(grid.size, 'sample')}"
    text += f"; {other} takes one logit per sample" if other else ""
    yield Finding(
        text,
        {"classes": 1, "count": grid.size, "loss": inspection.loss_value},
        count=grid.size,
        next=inspection.command(other if _takes(inspection, other) else ""),
    )


def _takes(inspection: Inspection, other: str) -> bool:
    """Whether there is this other loss, and it takes the files."""
    try:
        return bool(other) and inspection.value(find(other)) is not None
    except LossError:
        return False
