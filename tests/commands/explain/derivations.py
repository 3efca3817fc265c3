"""Derivations of a walk, compared with its formulas: each derivative is measured."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from losscli.commands.explain.formula import Formula
from losscli.commands.explain.number import Number
from losscli.commands.explain.scope import Scope
from losscli.commands.explain.walk import Walk

STEP = 1e-5
ROOM = 2e-4
Place = Mapping[str, int]


def wrong_reasons(walk: Walk) -> Iterator[Formula]:
    """Yield the lines of derivations that the walk's own formulas do not confirm."""
    definitions = [
        formula for step in walk.steps if not step.role for formula in step.formulas
        if formula.op == "="
    ]  # fmt: skip
    for step in walk.steps:
        for reason in step.derivation:
            name = reason.formula.args[0].text
            if name in walk.scope.values:
                # A line about a name is the basis of the lines that follow it.
                definitions = [reason.formula if d.args[0].text == name else d for d in definitions]
            if not _holds(walk.scope, definitions, reason.formula):
                yield reason.formula


def _holds(scope: Scope, definitions: list[Formula], line: Formula) -> bool:
    left, right = line.args
    is_derivative = left.op == "/" and left.args[0].text.startswith("d")
    names = left.args if is_derivative else (left,)
    if not is_derivative and left.text not in scope.values and len(scope.running(left)) != 1:
        # A recurrence of the lattice: the gradient is computed by it.
        return True
    if is_derivative:
        names = tuple(Formula("name", (), name.text[1:]) for name in names)
    for at in _places(scope, [name.text for name in names]):
        try:
            stated = float(scope.value(right, at))
            if is_derivative:
                found = _measured(scope, definitions, names[0], names[1], at)
            else:
                found = float(scope.value(left, at))
        except _NotMeasuredError:
            continue
        if not math.isfinite(found):
            continue
        if not math.isfinite(stated) or abs(found - stated) > ROOM * max(
            1, abs(found), abs(stated)
        ):
            return False
    return True


class _NotMeasuredError(Exception):
    """There is a kink here, or nothing that depends on the number."""


def _places(scope: Scope, names: list[str]) -> Iterator[Place]:
    """Yield where a line is looked at: everywhere that its indices run."""
    indices = [name.partition("_")[2] for name in names if name not in scope.values]
    running = list(dict.fromkeys(index for index in indices if index in scope.ranges))
    if any(len(index) > 1 for index in running):
        (pairs,) = [index for index in running if len(index) > 1]
        for place in scope.ranges[pairs].places:
            yield dict(zip(pairs, place, strict=True))
        return
    places: list[Place] = [{}]
    for index in running:
        places = [{**p, index: q} for p in places for (q,) in scope.ranges[index].places]
    yield from places


def _measured(
    scope: Scope, definitions: list[Formula], above: Formula, below: Formula, at: Place
) -> float:
    """Return the derivative of what `above` names by what `below` names."""
    here = float(scope.value(below, at))
    step = STEP * max(1.0, abs(here))
    low, middle, high = (
        _replayed(scope, definitions, above, below, at, here + move) for move in (-step, 0, step)
    )
    left, right = (middle - low) / step, (high - middle) / step
    if abs(left - right) > 1e-2 * max(1, abs(left), abs(right)):
        raise _NotMeasuredError
    return (left + right) / 2


def _replayed(
    scope: Scope,
    definitions: list[Formula],
    above: Formula,
    below: Formula,
    at: Place,
    value: float,
) -> float:
    """Return `above` where `below` has another value, by the formulas that come after it."""
    other = Scope(scope.arithmetic, scope.ranges["j"], None)
    other.ranges, other.values = scope.ranges, dict(scope.values)
    _assign(other, below.text, at, Number(value))
    bases = [definition.args[0].text.partition("_")[0] for definition in definitions]
    own = below.text if below.text in scope.values else below.text.partition("_")[0]
    after = 0
    for i, definition in enumerate(definitions):
        name = definition.args[0].text
        if name == own or (own != below.text and bases[i] == own):
            after = i + 1
    for definition in definitions[after:]:
        left, right = definition.args
        index = other.running(left)
        for place in other.ranges[index].places if index else [()]:
            where = dict(zip(index, place, strict=True))
            result = other.value(right, where)
            _assign(other, left.text, where, result.settled())
    return float(other.value(above, at))


def _assign(scope: Scope, name: str, at: Place, value: Number) -> None:
    """Give one number of a scope another value."""
    base, _, index = name.partition("_")
    table: Any = scope.values.get(f"{base}_")
    if name in scope.values or table is None or not index:
        scope.values[name] = value
        return
    path = [at[i] if i in at else int(scope.values.get(i, i)) for i in index]
    copied = _copied(table)
    scope.values[f"{base}_"] = copied
    for place in path[:-1]:
        copied = copied[place]
    copied[path[-1]] = value


def _copied(table: Any) -> Any:
    if isinstance(table, Mapping):
        return {key: _copied(entry) for key, entry in table.items()}
    if isinstance(table, list | tuple):
        return [_copied(entry) for entry in table]
    return table
