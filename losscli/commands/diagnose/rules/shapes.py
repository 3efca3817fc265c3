"""L5xx: shapes that do not fit, or fit and mean something else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from losscli.commands.diagnose.finding import Finding
from losscli.commands.diagnose.inspection import Study
from losscli.commands.diagnose.registry import Example, rule
from losscli.engine.compute import compute
from losscli.engine.problem.settings import Settings
from losscli.errors import LossError, for_command_line
from losscli.output.words import counted, figure

BETTER = 0.8
FEWEST_TERMS = 20
FIVE = 5
ROW = [[0.1, 1.5, -0.4], [2.0, 0.3, 0.2]]
TURNED = [
    [[3.0 * (k == (s + t) % FIVE) for k in range(FIVE)] for t in range(FIVE)] for s in range(8)
]
PLACED = [[(s + t) % FIVE for t in range(FIVE)] for s in range(8)]


@rule(
    "L501",
    "error",
    "shapes that do not fit",
    bad=Example("mse", {"input": [[1.0], [2.0], [3.0]], "target": [1.0, 2.5, 3.0]}),
    near=Example(
        "ce",
        {"input": ROW, "target": [[1], [0]]},
        why="class indices of shape (n, 1) are read as (n,)",
    ),
    shapes=True,
)
def shapes_differ(study: Study) -> Iterator[Finding]:
    """Input and target have different shapes.

    A framework that broadcasts makes (n, 1) against (n,) a table of n x n differences, and its mean
    is a number that looks like a loss. Nothing is broadcast here.
    """
    misfit = study.misfit
    if misfit is None or _fitting_axis(study) is not None:
        return
    shapes = {name: source.shape for name, source in study.sources.items()}
    evidence: dict[str, Any] = {f"{name}_shape": list(shape) for name, shape in shapes.items()}
    text = for_command_line(misfit.message)
    roles = [role.name for role in study.loss.roles]
    broadcast = () if study.loss.by_class else _broadcast([shapes[role] for role in roles])
    if broadcast:
        evidence["broadcast_shape"] = list(broadcast)
        text += f". A framework that broadcasts makes {broadcast} of them"
        said = _broadcast_value(study, roles)
        if said is not None:
            evidence["broadcast_loss"] = said
            text += f" and prints {figure(said)}"
    yield Finding(text, evidence, next=f"loss info {study.loss.name}")


def _broadcast(shapes: list[tuple[int, ...]]) -> tuple[int, ...]:
    """Return the shape that broadcasting makes of several; () where it makes none, or one of 0."""
    try:
        shape = np.broadcast_shapes(*shapes)
    except ValueError:
        return ()
    return shape if len(set(shapes)) > 1 and 0 not in shape else ()


def _broadcast_value(study: Study, roles: list[str]) -> float | None:
    """Return the mean that broadcasting gives, of files small enough to unfold."""
    sources = [study.sources[role] for role in roles]
    if any(np.prod(source.shape) > 2000 for source in sources):
        return None
    arrays = np.broadcast_arrays(*(s.read(0, s.shape[0] if s.shape else 1) for s in sources))
    given: dict[str, Any] = dict(zip(roles, arrays, strict=True))
    try:
        return float(compute(study.loss.name, **given).value)
    except LossError:
        return None


def _fitting_axis(study: Study) -> int | None:
    """Return the class axis with which shapes fit that do not fit as they are."""
    if study.misfit is None or not study.loss.by_class:
        return None
    in_use = Settings(class_axis=study.typed.flags.class_axis).axis_of(study.loss)
    axes = len(study.sources[study.loss.roles[0].name].shape)
    for axis in (axis for axis in range(axes) if axis != in_use):
        try:
            study.prepared(class_axis=axis)
        except LossError:
            continue
        return axis
    return None


@rule(
    "L502",
    "warning",
    "the classes are probably another axis",
    bad=Example("ce", {"input": TURNED, "target": PLACED}),
    near=Example(
        "ce",
        {"input": np.swapaxes(TURNED, 1, 2).tolist(), "target": PLACED},
        why="as many positions as classes, and the axis in use fits best",
    ),
    shapes=True,
)
def other_axis(study: Study) -> Iterator[Finding]:
    """The shapes fit with another class axis only, or another of the same length fits better.

    PyTorch and losscli take axis 1 of (n, c, d) for the classes, Keras and Optax the last. Where
    there are as many positions as classes both are computed without a word.
    """
    axis = _fitting_axis(study)
    if axis is not None:
        value = study.value(class_axis=axis)
        shape = study.sources[study.loss.roles[0].name].shape
        yield Finding(
            f"{study.misfit}. With axis {axis} as the classes it fits, and the loss is "
            f"{figure(value)}",
            {"class_axis": axis, "input_shape": list(shape), "loss": value},
            next=study.typed.command(class_axis=axis),
            severity="error",
        )
        return
    if not study.fits or study.input.class_axis is None or len(study.problem.grid.axes) < 2:
        return
    value = study.loss_value
    if value is None or study.problem.grid.size < FEWEST_TERMS:
        return
    shape = study.input.source.shape
    for other, length in enumerate(shape[1:], 1):
        if other == study.input.class_axis or length != study.problem.grid.classes:
            continue
        try:
            turned = study.value(class_axis=other)
        except LossError:
            continue
        if turned is None or not turned < BETTER * value:
            continue
        yield Finding(
            f"axis {other} of {shape} is as long as the classes and fits better: the loss is "
            f"{figure(turned)} with it, {figure(value)} with axis {study.input.class_axis}",
            {"class_axis": other, "loss": value, "loss_other_axis": turned},
            next=study.typed.command(class_axis=other),
        )


@rule(
    "L503",
    "info",
    "the target is one-hot",
    bad=Example("ce", {"input": ROW, "target": [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]}),
    near=Example(
        "ce",
        {"input": ROW, "target": [[0.0, 0.9, 0.1], [1.0, 0.0, 0.0]]},
        why="one row has two parts",
    ),
)
def one_hot(study: Study) -> Iterator[Finding]:
    """Every row of the target is a 1 and zeros: class indices give the same loss.

    They take c times less space and time, and can be ignored one by one. With class weights the two
    differ: L303.
    """
    rows = study.survey.rows.get("target")
    if rows is None or not rows.count or rows.one_hot < rows.count:
        return
    yield Finding(
        f"each of {counted(rows.count, 'row')} is a 1 and zeros: the index of the 1 gives the same "
        "loss, c times smaller",
        {"rows": rows.count, "classes": study.problem.grid.classes},
        count=rows.count,
        next="",
    )


@rule(
    "L504",
    "error",
    "one column under a softmax: the loss is always 0",
    bad=Example("ce", {"input": [[0.3], [-1.2]], "target": [0, 0]}),
    near=Example(
        "bce-logits",
        {"input": [[0.3], [-1.2]], "target": [[0], [1]]},
        why="one logit a sample is what bce-logits takes",
    ),
)
def one_column(study: Study) -> Iterator[Finding]:
    """The softmax of one number is 1, so the loss is 0 whatever the model says.

    One output a sample is a logit for bce-logits, or a number for mse.
    """
    if not study.loss.by_class or study.problem.grid.classes != 1:
        return
    count = study.problem.grid.size
    always = ": the softmax is 1 and the loss 0" if study.form == "logits" else ""
    yield Finding(
        f"one column is one class{always} for all {count} samples; one logit a sample is for "
        "bce-logits, one number for mse",
        {"classes": 1, "count": count},
        count=count,
        next=study.typed.command(loss="bce-logits"),
    )
