"""Deviations of the labels: another class, another position; classes on another axis."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.deviation import Deviation, deviation
from losscli.commands.reconcile.forms import LOGITS, PROBS
from losscli.commands.reconcile.mapped import Mapped, in_doubles
from losscli.engine.problem.shift import Shifted
from losscli.losses.declare.role_kind import Layout
from losscli.numerics.arrays import Array

NUMBERED = 11
"""From this many numbered classes up, their order as text differs."""


def _renumbering(
    words: str, plainness: int, change: Callable[[Array], Array], y: str, typed: int | None = None
) -> Deviation:
    """Return the deviation that applies a function to the class indices, counted from 0."""

    def renumber(case: Case) -> Case:
        base, classes, ignored = case.settings.label_base, case.problem.grid.classes, case.ignored

        def whole(raw: Array) -> Array:
            index = raw.astype(np.int64) - base
            # The ignored label may not be a class; it stays as it is.
            inside = (index >= 0) & (index < classes)
            changed = change(np.where(inside, index, 0)) + base
            return changed if ignored is None else np.where(raw == ignored, raw, changed)

        return case.map_target(whole)

    options = None if typed is None else {"label_base": typed}
    return Deviation(words, plainness, renumber, typed=options, torch={"y": y}, on_labels=True)


@deviation("target")
def labels_off_by_one(case: Case) -> Iterator[Deviation]:
    """Labels are counted from 1 in one place and from 0 in the other."""
    if not case.has_labels:
        return
    counts, base, classes = case.class_counts, case.settings.label_base, case.problem.grid.classes
    fits = bool(counts.size) and counts[0] == 0 and not base
    yield _renumbering(
        "labels are one too large: each counts as the class before"
        + ("" if fits else ", and class -1 is the last one"),
        1 if fits else 2,
        lambda index: (index - 1) % classes,
        "({} - 1)" if fits else "(({} - 1) % x.shape[1])",
        1 if fits else None,
    )
    fits = bool(counts.size) and counts[-1] == 0
    yield _renumbering(
        "labels are one too small: each counts as the class after"
        + ("" if fits else ", and the last as the first"),
        1 if fits else 2,
        lambda index: (index + 1) % classes,
        "({} + 1)" if fits else "(({} + 1) % x.shape[1])",
        0 if fits and base else None,
    )


@deviation("target")
def class_order(case: Case) -> Iterator[Deviation]:
    """Classes are numbered in a different order: sorted by name, or from the end."""
    if not case.has_labels:
        return
    classes = case.problem.grid.classes
    numbers = np.arange(classes)
    names = case.problem.names or tuple(map(str, numbers + case.settings.label_base))
    order = np.argsort(np.array(names), kind="stable")
    rank = np.argsort(order)
    if case.problem.names or classes >= NUMBERED:
        what = "by name" if case.problem.names else "as text (10 before 2)"
        for new, plainness, words in (
            (rank, 1, f"the labels number the classes in their order {what}, the input as given"),
            (order, 2, f"the input has the classes in their order {what}, the labels as given"),
        ):
            if (order != (numbers if new is rank else rank)).any():
                y = f"torch.tensor({new.tolist()})[{{}}]"
                yield _renumbering(words, plainness, new.__getitem__, y)
    yield _renumbering(
        "the two classes are swapped" if classes == 2 else "the classes are counted from the end",
        2 if classes == 2 else 3,
        lambda index: classes - 1 - index,
        f"({classes - 1} - {{}})",
    )


@deviation("target")
def other_binary_targets(case: Case) -> Iterator[Deviation]:
    """Targets 0 and 1 are swapped, or smoothed."""
    if case.loss.layout is not Layout.TERMS or case.form not in (LOGITS, PROBS):
        return
    if any(kind.values == (-1, 1) for kind in case.loss.roles[-1].kinds):
        return
    yield Deviation(
        "the targets 0 and 1 are swapped",
        1,
        lambda case: case.map_target(in_doubles(lambda y: 1 - y)),
        torch={"y": "(1 - {})"},
    )
    for epsilon in (0.1, 0.05, 0.2, 0.01):
        yield Deviation(
            f"label smoothing {epsilon:g}, as Keras does: y (1 - e) + e / 2",
            2,
            _smoothing(epsilon),
            torch={"y": f"({{}} * {1 - epsilon:g} + {epsilon / 2:g})"},
        )


def _smoothing(epsilon: float) -> Callable[[Case], Case]:
    smooth = in_doubles(lambda y: y * (1 - epsilon) + epsilon / 2)
    return lambda case: case.map_target(smooth)


@deviation("target")
def labels_of_another_position(case: Case) -> Iterator[Deviation]:
    """Targets are one position, or one sample, away from the inputs they belong to."""
    if case.settings.shift:
        yield Deviation(
            "targets are not shifted: position i meets target i",
            1,
            lambda case: case.with_settings(shift=False),
            typed={"shift": False},
            torch={"call": "F.cross_entropy(x, y)"},
        )
        return
    shape, several = case.input.shape, case.problem.grid.positions > 1
    is_sequence = len(shape) == 2 or (len(shape) == 3 and case.class_axis)
    if case.has_labels and is_sequence and case.loss.layout is Layout.CLASSES:
        yield Deviation(
            "position i meets target i + 1, as for the next token",
            1 if several else 3,
            lambda case: case.with_settings(shift=True),
            typed={"shift": True},
            torch={axis: f"{{}}[{'..., ' if several else ''}{cut}]" for axis, cut in AHEAD.items()},
        )
    if not several and len(shape) in (1, 2) and shape[0] > 2 and "target" in case.sources:
        if not case.has_labels:
            yield _neighbor_targets(1, "sample i meets target i + 1")
        yield _neighbor_targets(0, "sample i + 1 meets target i")


AHEAD = {"x": ":-1", "y": "1:"}


def _neighbor_targets(by: int, words: str) -> Deviation:
    def move(case: Case) -> Case:
        sources = {
            name: Shifted(source, 0, by if name == "target" else 1 - by)
            for name, source in case.sources.items()
        }
        weight = case.sample_weight
        moved = None if weight is None else Shifted(weight, 0, 1 - by)
        return replace(case, sources=sources, sample_weight=moved)

    cuts = list(AHEAD.values())[:: 1 if by else -1]
    torch = {name: f"{{}}[{cut}]" for name, cut in zip(AHEAD, cuts, strict=True)}
    return Deviation(words, 3, move, torch=torch)


@deviation("axis")
def another_class_axis(case: Case) -> Iterator[Deviation]:
    """The classes are taken from another axis of the input."""
    if not case.has_labels or not case.loss.by_class:
        return
    shape, own = case.input.shape, case.class_axis
    for axis, size in enumerate(shape):
        if axis != own and size == shape[own]:
            yield Deviation(
                f"the classes are taken from axis {axis} of the input",
                1,
                partial(Case.with_settings, class_axis=axis),
                typed={"class_axis": axis},
                torch={"x": f"{{}}.movedim({axis}, 1)"},
            )
    if len(shape) == 3 and own == 1 and shape[2] > 1:
        yield Deviation(
            "the input is reshaped to (n t, c) without moving the class axis to the end",
            2,
            _reshaped,
            torch={"x": f"{{}}.reshape(-1, {shape[1]})", "y": "{}.reshape(-1)"},
        )


def _reshaped(case: Case) -> Case:
    rows, classes, steps = case.input.shape

    def change(block: Array) -> Array:
        return block.reshape(len(block), steps, classes).transpose(0, 2, 1)

    mapped = Mapped(case.input, change, shape=(rows, classes, steps))
    return case.with_source(case.loss.roles[0].name, mapped)
