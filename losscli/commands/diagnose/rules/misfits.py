"""L501: shapes that do not fit, and what would make them fit."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import chain
from typing import Any

import numpy as np

from losscli.commands.diagnose.inspection import Inspection, form_key
from losscli.commands.diagnose.refit import batch_first, squeezed
from losscli.commands.diagnose.registry import bad, near, rule
from losscli.commands.diagnose.rules.shapes import ROW, fitting_axis
from losscli.commands.findings import Finding
from losscli.engine.compute import compute
from losscli.errors import LossError, for_command_line
from losscli.losses.declare.role_kind import Layout
from losscli.output.words import figure
from losscli.readers.urls import split_selector

LARGEST = 2000
"""Numbers of a file that is small enough to be broadcast."""


@rule(
    "L501",
    "error",
    "shapes that do not fit",
    bad("mse", input=[[1.0], [2.0], [3.0]], target=[1.0, 2.5, 3.0]),
    near("class indices of shape (n, 1) are read as (n,)", "ce", input=ROW, target=[[1], [0]]),
    shapes=True,
)
def shapes_differ(inspection: Inspection) -> Iterator[Finding]:
    """Finds roles whose shapes do not fit the loss or each other.

    Why it matters: A framework that broadcasts makes n x n differences of shapes (n, 1) and (n,),
    and their mean looks like a loss. losscli never broadcasts one role to another.

    Fix: Give the files the shapes that `loss info NAME` lists, or run the command that the finding
    shows. Often an axis of length 1 has to be removed.

    References: NumPy, Broadcasting.

    PyTorch, torch.nn.functional.mse_loss: warns that sizes that differ are broadcast, likely with
    incorrect results.
    """
    misfit = inspection.misfit
    if misfit is None or fitting_axis(inspection) is not None:
        return
    shapes = {name: source.shape for name, source in inspection.sources.items()}
    evidence: dict[str, Any] = {f"{name}_shape": list(shape) for name, shape in shapes.items()}
    text, after = for_command_line(misfit.message), inspection.command()
    cause = _swapped(inspection) or _columns(inspection) or _classes(inspection)
    others = [] if cause else [_axes(inspection), _broadcast(inspection)]
    for found in filter(None, [cause, *others]):
        text += f". {found.message}"
        evidence |= found.evidence
        after = found.next or after
    yield Finding(text, evidence, next=after)


def _swapped(inspection: Inspection) -> Finding | None:
    """Explain an input and a target that fit if each is the other."""
    if not {"input", "target"} <= {role.name for role in inspection.loss.roles}:
        return None
    shapes = [inspection.sources[name].shape for name in ("input", "target")]
    swapped, words = (
        inspection.swapped() if shapes[0] != shapes[1] else None,
        inspection.typed.words,
    )
    if swapped is None:
        return None
    value = swapped.value()
    return Finding(
        f"Exchanged they fit, and the loss is {figure(value)}",
        {"loss_swapped": value},
        next=inspection.command(input=words.get("target"), target=words.get("input")),
    )


def _classes(inspection: Inspection) -> Finding | None:
    """Explain one number per target, where the loss takes one per class."""
    loss = inspection.loss
    if not (loss.picks and loss.layout is Layout.CLASSES):
        return None
    if inspection.sources[loss.roles[0].name].shape != inspection.sources["target"].shape:
        return None
    return Finding(
        "One number for each target is a predicted class, which does not say how sure the model is"
    )


def _columns(inspection: Inspection) -> Finding | None:
    """Explain columns for the classes, where the loss takes one number per target."""
    loss = inspection.loss
    if loss.layout is not Layout.TERMS or not loss.predicts:
        return None
    name = loss.roles[0].name
    source, target = inspection.sources[name], inspection.sources["target"].shape
    if len(source.shape) < 2 or source.shape[1] < 2:
        return None
    n, classes, *positions = source.shape
    if target not in ((n, *positions), (n, *positions, 1)):
        return None
    text, after = f"The input has {classes} columns for each target", ""
    evidence: dict[str, Any] = {}
    # Logits are not all in [0, 1]; what is not is refused as probabilities.
    for form in map(inspection.softmax_form, ("probabilities", "logits")):
        value = inspection.value_of(form)
        if form is None or value is None:
            continue
        evidence[form_key(form)] = value
        text += f": {inspection.typed_form(form)} takes one per class and gives {figure(value)}"
        after = inspection.command_for(form)
        break
    if len(source.columns) == classes == 2:
        file = split_selector(str(inspection.typed.words[name]))[0]
        second = f"{file}::{source.columns[1]}"
        text += f". The second column alone, {second}, is that of class 1"
        after = after or inspection.command(**{name: second})
    return Finding(text, evidence, next=after)


def _axes(inspection: Inspection) -> Finding | None:
    """Explain axes in a different order, or an axis of length 1 too many."""
    found = min(
        chain(batch_first(inspection), squeezed(inspection)),
        key=lambda refit: math.inf if refit.value is None else refit.value,
        default=None,
    )
    if found is None:
        return None
    text = f"{found.how} the {found.role} fits: {found.typed} has the shape {found.shape}"
    text += "" if found.value is None else f", and the loss is {figure(found.value)}"
    return Finding(text, {"fitting_shape": list(found.shape), "loss_with_it": found.value})


def _broadcast(inspection: Inspection) -> Finding | None:
    """Say what a framework makes of the shapes if it broadcasts."""
    sources = {role.name: inspection.sources[role.name] for role in inspection.loss.roles}
    shapes = [source.shape for source in sources.values()]
    try:
        shape = np.broadcast_shapes(*shapes)
    except ValueError:
        return None
    if inspection.loss.by_class or len(set(shapes)) == 1 or 0 in shape:
        return None
    text = f"A framework that broadcasts makes {shape} of them"
    evidence: dict[str, Any] = {"broadcast_shape": list(shape)}
    if all(np.prod(own) <= LARGEST for own in shapes):
        whole = (
            source.read(0, source.shape[0] if source.shape else 1) for source in sources.values()
        )
        given: dict[str, Any] = dict(zip(sources, np.broadcast_arrays(*whole), strict=True))
        try:
            value = float(compute(inspection.loss.name, **given).value)
        except LossError:
            return Finding(text, evidence)
        evidence["broadcast_loss"] = value
        text += f" and prints {figure(value)}"
    return Finding(text, evidence)
