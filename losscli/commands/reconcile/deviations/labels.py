"""Deviations of the labels: another class, another position; classes on another axis."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.deviation import (
    EVERY_DAY,
    NOW_AND_THEN,
    RARELY,
    Deviation,
    deviation,
    is_weighted,
    on_target,
    option_is,
)
from losscli.commands.reconcile.expression import short
from losscli.commands.reconcile.forms import LOGITS, PROBS
from losscli.engine.problem.shift import Shifted
from losscli.errors import UsageError
from losscli.losses.declare.options import Option
from losscli.losses.declare.role_kind import Layout
from losscli.losses.declare.standard_kinds import SIGNS

NUMBERED = 11
"""From this many numbered classes up, their order as text differs."""


def _renumbering(words: str, plainness: int, text: str, *, base: int | None = None) -> Deviation:
    """Return the deviation that renumbers the classes: an expression of the index `k` from 0.

    Where the labels fit another label base, that option does the same.
    """

    def renumber(case: Case) -> Case:
        if base is not None:
            return case.with_settings(label_base=base)
        own, classes, ignored = case.settings.label_base, case.problem.grid.classes, case.ignored
        index = f"({{0}} - {own})" if own else "{0}"
        changed = text.replace("k", index)
        if own:
            changed = f"{changed} + {own}"
        # The ignored label may not be a class; it stays as it is.
        if ignored is not None and not 0 <= ignored - own < classes and case.ignores:
            changed = text.replace("k", f"np.maximum({index}, 0)") + (f" + {own}" if own else "")
            changed = f"np.where({{0}} == {ignored}, {{0}}, {changed})"
        return case.map_target(changed)

    return Deviation(words, plainness, renumber, on_labels=True)


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
        EVERY_DAY if fits else NOW_AND_THEN,
        f"(k - 1) % {classes}",
        base=1 if fits else None,
    )
    fits = bool(counts.size) and counts[-1] == 0
    yield _renumbering(
        "labels are one too small: each counts as the class after"
        + ("" if fits else ", and the last as the first"),
        EVERY_DAY if fits else NOW_AND_THEN,
        f"(k + 1) % {classes}",
        base=0 if fits and base else None,
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
            (
                rank,
                EVERY_DAY,
                f"the labels number the classes in their order {what}, the input as given",
            ),
            (
                order,
                NOW_AND_THEN,
                f"the input has the classes in their order {what}, the labels as given",
            ),
        ):
            if (order != (numbers if new is rank else rank)).any():
                yield _renumbering(words, plainness, f"np.array({new.tolist()})[k]")
    yield _renumbering(
        "the two classes are swapped" if classes == 2 else "the classes are counted from the end",
        NOW_AND_THEN if classes == 2 else RARELY,
        f"{classes - 1} - k",
    )


@deviation("target")
def other_binary_targets(case: Case) -> Iterator[Deviation]:
    """Targets 0 and 1 are swapped, or smoothed."""
    if case.loss.layout is not Layout.TERMS or case.form not in (LOGITS, PROBS):
        return
    yield Deviation(
        "the targets 0 and 1 are swapped", EVERY_DAY, lambda case: case.map_target("1 - {}")
    )
    for epsilon in (0.1, 0.05, 0.2, 0.01):
        text = f"{{}} * {1 - epsilon:g} + {epsilon / 2:g}"
        yield Deviation(
            f"label smoothing {epsilon:g}, as Keras does: y (1 - e) + e / 2",
            NOW_AND_THEN,
            on_target(text),
        )
        yield Deviation(
            f"one-sided label smoothing: {1 - epsilon:g} in place of 1, 0 as it is",
            NOW_AND_THEN,
            on_target(f"{{}} * {1 - epsilon:g}"),
        )


@deviation("target")
def other_signs(case: Case) -> Iterator[Deviation]:
    """The targets -1 and +1 are swapped: 1 is the other class, or means apart."""
    if any(kind.values == SIGNS for kind in case.loss.target_kinds):
        text = "1 - {}" if case.settings.map_binary else "-{}"
        yield Deviation("the targets -1 and +1 are swapped", EVERY_DAY, on_target(text))


@deviation("target")
def lengths_left_out(case: Case) -> Iterator[Deviation]:
    """Every sequence counts as long as the longest may be."""
    for role in case.loss.roles:
        of = next((kind.length_of for kind in role.kinds if kind.length_of), "")
        if not of or role.name == case.loss.length:
            continue
        longest = case.sources[of].shape[0]
        words = (
            f"the {role.name.replace('_', ' ')} are left out: every sequence has {longest} steps"
        )
        change = partial(Case.map, role=role.name, text=f"np.full_like({{}}, {longest})")
        yield Deviation(words, EVERY_DAY, change)


@deviation("option")
def another_blank(case: Case) -> Iterator[Deviation]:
    """The class for no label is the last or the first one, with or without the labels moved."""
    for kind in case.loss.target_kinds:
        option = case.loss.option(kind.excluded_option) if kind.excluded_option else None
        if option is None:
            continue
        own, last = case.options[option.name], case.input.shape[case.class_axis] - 1
        for value, where in ((last, "the last class"), (0, "the first class")):
            if value == own:
                continue
            words = f"the {option.flag} is {where}, {value}"
            yield option_is(words, EVERY_DAY, option, value)
            by, moved = (-1, "one down") if value else (1, "one up")
            yield Deviation(
                f"{words}, and the labels are moved {moved}",
                NOW_AND_THEN,
                partial(_moved, option=option, value=value, by=by),
            )


def _moved(case: Case, option: Option, value: int, by: int) -> Case:
    text = f"np.where({{0}} < 0, {{0}}, {{0}} + {by})" if by > 0 else "{} - 1"
    return case.map_target(text).with_options(**{option.name: value})


@deviation("target")
def labels_of_another_position(case: Case) -> Iterator[Deviation]:
    """Targets are one or two positions, or one sample, away from the inputs they belong to."""
    shape, several = case.input.shape, case.problem.grid.positions > 1
    if case.settings.shift:
        yield Deviation(
            "targets are not shifted: position i meets target i",
            EVERY_DAY,
            lambda case: case.with_settings(shift=False),
        )
        yield from _further(case, 2, EVERY_DAY)
        return
    is_sequence = len(shape) == 2 or (len(shape) == 3 and case.class_axis)
    if case.has_labels and is_sequence and case.loss.layout is Layout.CLASSES:
        yield Deviation(
            "position i meets target i + 1, as for the next token",
            EVERY_DAY if several else RARELY,
            lambda case: case.with_settings(shift=True),
        )
        if several:
            yield from _further(case, 2, NOW_AND_THEN)
    if not several and len(shape) in (1, 2) and shape[0] > 2 and "target" in case.sources:
        if not case.has_labels:
            yield _neighbor_targets(1, "sample i meets target i + 1")
        yield _neighbor_targets(0, "sample i + 1 meets target i")
    if case.loss.layout is Layout.TERMS and len(shape) > 1 and not is_weighted(case):
        yield from _later_steps(case)


def _later_steps(case: Case) -> Iterator[Deviation]:
    """Yield the deviations that step i of a series meets the target of a later step."""
    shape = case.input.shape
    if any(source.shape != shape for source in case.sources.values()):
        return
    for by, plainness in ((1, NOW_AND_THEN), (2, RARELY)):
        if shape[1] <= by:
            continue
        words = f"step i of axis 1 meets target i + {by}"
        yield Deviation(words, plainness, partial(_steps_later, by=by))


def _steps_later(case: Case, by: int) -> Case:
    rows, steps, *rest = case.input.shape
    for role in case.sources:
        cut = f"{by}:" if role == "target" else f":-{by}"
        case = case.map(role, f"{{}}[:, {cut}]", (rows, steps - by, *rest))
    return case


def _further(case: Case, by: int, plainness: int) -> Iterator[Deviation]:
    """Yield the deviation that position i meets the target `by` positions ahead."""
    shape = case.input.shape
    # One sequence has its positions in its rows, several have them in an axis of their own.
    axis = 0 if len(shape) == 2 else 3 - case.class_axis
    own = min(axis, 1)
    if not case.has_labels or shape[axis] <= by or len(case.sources["target"].shape) <= own:
        return

    def change(case: Case) -> Case:
        x, y = case.sources[case.first], case.sources["target"]
        for _ in range(by):
            x, y = Shifted(x, axis, 0), Shifted(y, own, 1)
        lines = [
            f"{short(role)} = {short(role)}[{':, ' * at}{cut}]"
            for role, at, cut in ((case.first, axis, f":-{by}"), ("target", own, f"{by}:"))
        ]
        moved = case.with_sources(*lines, **{case.first: x, "target": y})
        return moved.with_settings(shift=False)

    words = (
        f"position i meets target i + {by}: the targets are shifted {'twice' if by == 2 else by}"
    )
    yield Deviation(words, plainness, change)


def _neighbor_targets(by: int, words: str) -> Deviation:
    def move(case: Case) -> Case:
        cuts = {name: by if name == "target" else 1 - by for name in case.sources}
        sources = {name: Shifted(case.sources[name], 0, cut) for name, cut in cuts.items()}
        lines = [
            f"{short(name)} = {short(name)}[{'1:' if cut else ':-1'}]" for name, cut in cuts.items()
        ]
        if case.sample_weight is not None:
            raise UsageError("the sample weights would have to move too")
        return case.with_sources(*lines, **sources)

    return Deviation(words, RARELY, move)


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
                EVERY_DAY,
                partial(Case.with_settings, class_axis=axis),
            )
    if len(shape) == 3 and own == 1 and shape[2] > 1:
        yield Deviation(
            "the input is reshaped to (n t, c) without moving the class axis to the end",
            NOW_AND_THEN,
            _reshaped,
        )


def _reshaped(case: Case) -> Case:
    rows, classes, steps = case.input.shape
    text = f"{{}}.reshape(-1, {steps}, {classes}).transpose(0, 2, 1)"
    return case.map(case.first, text, (rows, classes, steps))
