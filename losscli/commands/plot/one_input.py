"""A loss as a function of one number: what is varied, over which range, for which targets.

Everything follows from the declaration: the kinds of the roles say what their numbers are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from losscli.engine.compute import compute
from losscli.errors import LossError, UsageError
from losscli.losses.declare.registry import Loss, Role
from losscli.losses.declare.role_kind import Kind, Layout
from losscli.numerics.arrays import Array

FAR = 4.0
"""How far from 0 an axis without bounds goes."""
DRAWS = 256
"""Numbers that are drawn to see which signs a kind has."""
Roles = Callable[[Array], dict[str, Array]]


class Case(NamedTuple):
    """One curve: what it is called, and the arrays for some values of the number."""

    name: str
    roles: Roles


class Sweep(NamedTuple):
    """What is varied."""

    title: str
    low: float
    high: float
    """The range that is shown unless another is asked for."""
    least: float
    most: float
    """The bounds of the number."""
    cases: Sequence[Case]
    note: str = ""
    """What is held fixed."""


def values(loss: Loss, case: Case, x: Array, options: Mapping[str, Any]) -> Array:
    """Return the loss for some values of the number."""
    given: dict[str, Any] = {**case.roles(x), **options}
    found = compute(loss.name, reduction="none", **given)
    return np.asarray(found.value, np.float64)


def sweep_of(loss: Loss, options: Mapping[str, Any]) -> Sweep:
    """Return what is varied under some options; UsageError where no single number makes sense."""
    kinds = {role.name: loss.kinds(role, options)[0] for role in loss.roles}
    first = loss.roles[0]
    layouts = {kind.layout for kind in kinds.values()}
    if layouts & {Layout.VECTORS, Layout.SEQUENCES}:
        what = "vectors" if Layout.VECTORS in layouts else "sequences"
        raise UsageError(
            f"{loss.name} takes {what}, and no single number of them determines it; "
            f"loss explain {loss.name} shows one sample"
        )
    if kinds[first.name].layout is Layout.TERMS:
        return _of_terms(loss, kinds, options)
    return _of_classes(first, kinds)


def _of_terms(loss: Loss, kinds: Mapping[str, Kind], options: Mapping[str, Any]) -> Sweep:
    name, *others = kinds
    kind = kinds[name]
    low, high, least, most = _range(kind)
    few = next((other for other in others if _few(kinds[other])), "")
    like = next((x for x in others if kinds[x].name == kind.name and not kinds[x].bounded), "")
    fixed = {other: _neutral(kinds[other]) for other in others if other != few}
    title, case = _axis(name, kind), _terms_case(name, fixed)
    if few:
        cases = [
            Case(f"{few} {value:g}", _terms_case(name, fixed | {few: value}))
            for value in _few(kinds[few])
        ]
    else:
        cases = [Case("", case)]
    if like and _is_of_difference(loss, cases[0], name, like, options):
        title = f"{name} - {like}"
        fixed = {other: value for other, value in fixed.items() if other != like}
    note = ", ".join(f"{other} {value:g}" for other, value in fixed.items())
    return Sweep(title, low, high, least, most, cases, f"Fixed: {note}." if note else "")


def _terms_case(name: str, fixed: Mapping[str, float]) -> Roles:
    def roles(x: Array) -> dict[str, Array]:
        return {name: x, **{other: np.full(len(x), value) for other, value in fixed.items()}}

    return roles


def _is_of_difference(
    loss: Loss, case: Case, name: str, like: str, options: Mapping[str, Any]
) -> bool:
    """Whether the loss is the same when both numbers move by as much."""
    x = np.linspace(-2.0, 2.0, 9)
    given = case.roles(x)
    moved = {**given, name: x + 1, like: given[like] + 1}
    try:
        other = Case("", lambda _: moved)
        return np.allclose(values(loss, case, x, options), values(loss, other, x, options))
    except LossError:
        return False


def _of_classes(first: Role, kinds: Mapping[str, Kind]) -> Sweep:
    """Return the sweep of the target's number among two classes; the other class has 0."""
    kind, target = kinds[first.name], next(k for name, k in kinds.items() if name == "target")
    low, high, least, most = _range(kind)
    if target.layout is Layout.CLASSES and target.values:
        cases = [
            Case(f"target {value:g}", partial(_column, first, value)) for value in target.values
        ]
        return Sweep(_axis(first.name, kind), low, high, least, most, cases)
    own = {Layout.LABELS: [0, -1], Layout.CLASSES: [1.0, 0.0]}.get(target.layout, 0)
    if kind.name in ("probabilities", "log-probabilities"):
        log = kind.name != "probabilities"

        def shares(x: Array) -> Array:
            p = np.stack([x, 1 - x], axis=1)
            with np.errstate(divide="ignore"):
                return np.log(p) if log else p

        title = "probability of the target"
        return Sweep(title, 0, 1, 0, 1, [Case("", lambda x: _rows(first, shares(x), own))])
    one = kind.name.removesuffix("s")
    title = f"{one} of the target"
    if not kind.bounded:
        title += " minus that of the other class"
    case = Case("", lambda x: _rows(first, np.stack([x, np.zeros(len(x))], axis=1), own))
    note = f"Two classes; the {one} of the other is 0." if kind.bounded else "Two classes."
    return Sweep(title, low, high, least, most, [case], note)


def _rows(first: Role, x: Array, target: Any) -> dict[str, Array]:
    """Return rows of classes with the same target each."""
    return {first.name: x, "target": np.array([target] * len(x))}


def _column(first: Role, target: float, x: Array) -> dict[str, Array]:
    """Return rows of one class with the same target each."""
    return _rows(first, x[:, None], [target])


def _few(kind: Kind) -> tuple[float, ...]:
    """Return the values of a kind that has two, or the ends of its interval."""
    return kind.values or ((0.0, 1.0) if (kind.low, kind.high) == (0, 1) else ())


def _neutral(kind: Kind) -> float:
    """Return a number to hold fixed: 0 among all numbers, else 1."""
    return 0.0 if not kind.bounded else 1.0


def _range(kind: Kind) -> tuple[float, float, float, float]:
    """Return the range to show, and the bounds; kinds without bounds may have one sign alone."""
    drawn = kind.draw(np.random.default_rng(0), (DRAWS, 2), 2)
    low = max(kind.low, 0.0 if drawn.min() >= 0 else -FAR)
    high = min(kind.high, 0.0 if drawn.max() <= 0 else FAR)
    return low, high, kind.low, kind.high


def _axis(name: str, kind: Kind) -> str:
    return name if kind.name == "numbers" else f"{name} ({kind.name})"
