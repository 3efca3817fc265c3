"""Labels that mean another class, or stand at another position."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.deviation import Deviation, deviation
from losscli.commands.reconcile.mapped import Mapped
from losscli.commands.reconcile.mapped import labels as labels_through
from losscli.engine.problem.shift import Shifted
from losscli.numerics.arrays import Array

NUMBERED = 11
"""From this many numbered classes on, the order of their names as text is another one."""


def _renumbered(change: Callable[[Array, int], Array]) -> Callable[[Case], Case]:
    """Return a change of class indices; `change` sees them from 0 on, and how many there are."""

    def renumber(case: Case) -> Case:
        base, classes = case.settings.label_base, case.problem.grid.classes

        def whole(raw: Array) -> Array:
            index = raw.astype(np.int64) - base
            # What does not count may be no class; it stays as it is.
            inside = (index >= 0) & (index < classes)
            return change(np.where(inside, index, 0), classes) + base

        return case.map_target(labels_through(whole, case.ignored))

    return renumber


@deviation("target")
def labels_off_by_one(case: Case) -> Iterator[Deviation]:
    """Labels are counted from 1 in one place and from 0 in the other."""
    if not case.has_labels:
        return
    counts, base = case.class_counts, case.settings.label_base
    fits = bool(counts.size) and counts[0] == 0 and not base
    wraps = "" if fits else ", and class -1 is the last one"
    yield Deviation(
        f"labels are one too large: each counts as the class before{wraps}",
        1 if fits else 2,
        _renumbered(lambda index, classes: (index - 1) % classes),
        typed={"label_base": 1} if fits else None,
        torch={"y": "({} - 1)" if fits else "(({} - 1) % x.shape[1])"},
        on_labels=True,
    )
    fits = bool(counts.size) and counts[-1] == 0
    wraps = "" if fits else ", and the last as the first"
    yield Deviation(
        f"labels are one too small: each counts as the class behind{wraps}",
        1 if fits else 2,
        _renumbered(lambda index, classes: (index + 1) % classes),
        typed={"label_base": 0} if fits and base else None,
        torch={"y": "({} + 1)" if fits else "(({} + 1) % x.shape[1])"},
        on_labels=True,
    )


@deviation("target")
def class_order(case: Case) -> Iterator[Deviation]:
    """Classes are numbered in another order: sorted by name, or from the end."""
    if not case.has_labels:
        return
    classes = case.problem.grid.classes
    names = case.problem.names or tuple(
        str(index + case.settings.label_base) for index in range(classes)
    )
    order = np.argsort(np.array(names), kind="stable")
    if case.problem.names or classes >= NUMBERED:
        what = "by name" if case.problem.names else "as text (10 before 2)"
        rank = np.empty(classes, np.int64)
        rank[order] = np.arange(classes)
        if (order != np.arange(classes)).any():
            yield Deviation(
                f"the labels number the classes in their order {what}, the input as given",
                1,
                _renumbered(lambda index, _: rank[index]),
                torch={"y": f"{_listed(rank)}[{{}}]"},
                on_labels=True,
            )
        if (order != rank).any():
            yield Deviation(
                f"the input has the classes in their order {what}, the labels as given",
                2,
                _renumbered(lambda index, _: order[index]),
                torch={"y": f"{_listed(order)}[{{}}]"},
                on_labels=True,
            )
    yield Deviation(
        "the two classes are swapped" if classes == 2 else "the classes are counted from the end",
        2 if classes == 2 else 3,
        _renumbered(lambda index, classes: classes - 1 - index),
        torch={"y": f"({classes - 1} - {{}})"},
        on_labels=True,
    )


def _listed(numbers: Array) -> str:
    return f"torch.tensor({numbers.tolist()})"


@deviation("target")
def labels_of_another_position(case: Case) -> Iterator[Deviation]:
    """Targets stand one position, or one sample, beside the inputs they belong to."""
    if case.settings.shift:
        yield Deviation(
            "targets are not shifted: position i meets target i",
            1,
            lambda case: case.with_settings(shift=False),
            typed={"shift": False},
            torch={"call": "F.cross_entropy(x, y)"},
        )
        return
    shape = case.input.shape
    several = case.problem.grid.positions > 1
    is_sequence = len(shape) == 2 or (len(shape) == 3 and case.class_axis)
    if case.has_labels and is_sequence and case.problem.loss.layout.value == "classes":
        yield Deviation(
            "position i meets target i + 1, as for the next token",
            1 if several else 3,
            lambda case: case.with_settings(shift=True),
            typed={"shift": True},
            torch=(
                {"x": "{}[..., :-1]", "y": "{}[..., 1:]"}
                if several
                else {"x": "{}[:-1]", "y": "{}[1:]"}
            ),
        )
    flat = len(shape) in (1, 2) and shape[0] > 2
    if not several and flat and "target" in case.sources:
        if not case.has_labels:
            yield _beside(1, "sample i meets target i + 1")
        yield _beside(0, "sample i + 1 meets target i")


def _beside(by: int, words: str) -> Deviation:
    def move(case: Case) -> Case:
        sources = {
            name: Shifted(source, 0, by if name == "target" else 1 - by)
            for name, source in case.sources.items()
        }
        weight = case.sample_weight
        moved = None if weight is None else Shifted(weight, 0, 1 - by)
        return case.changed(sources=sources, sample_weight=moved)

    ahead = {"x": "{}[:-1]", "y": "{}[1:]"} if by else {"x": "{}[1:]", "y": "{}[:-1]"}
    return Deviation(words, 3, move, torch=ahead, alone=True)


@deviation("axis")
def another_class_axis(case: Case) -> Iterator[Deviation]:
    """The classes are looked for on another axis of the input."""
    if not case.has_labels or not case.loss.by_class:
        return
    shape, own = case.input.shape, case.class_axis
    for axis in range(len(shape)):
        if axis != own and shape[axis] == shape[own]:
            yield Deviation(
                f"the classes are taken from axis {axis} of the input",
                1,
                _from_axis(axis),
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


def _from_axis(axis: int) -> Callable[[Case], Case]:
    return lambda case: case.with_settings(class_axis=axis)


def _reshaped(case: Case) -> Case:
    role, source = case.loss.roles[0].name, case.input
    rows, classes, steps = source.shape

    def change(block: Array) -> Array:
        return block.reshape(len(block), steps, classes).transpose(0, 2, 1)

    return case.with_source(role, Mapped(source, change, shape=(rows, classes, steps)))
