"""Several models as one problem: a loss with the outputs of each, and targets that they share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from losscli.engine.formula import terms_of
from losscli.engine.problem.prepare import prepare
from losscli.engine.problem.problem import Problem, TileData
from losscli.engine.problem.settings import Settings
from losscli.engine.run import counted_terms
from losscli.losses.declare.registry import Loss, Role
from losscli.numerics.arrays import Array
from losscli.readers.source import Source

FEW = 4
"""The tiles of up to this many models may all be in memory at once."""
KEPT = "models"
"""Where the kernel of several models leaves what the kernel returned for the others."""


@dataclass(frozen=True)
class Models:
    """The problem of several models; the first one has the loss's own roles."""

    loss: Loss
    problem: Problem
    names: tuple[str, ...]
    """What each model is: input, input 2, reference."""
    keys: tuple[dict[str, str], ...]
    """For each model the operand of each of the loss's roles."""
    labels: tuple[str, ...]
    """What messages, tables and JSON call each model, such as its file; no two are the same."""

    @property
    def count(self) -> int:
        """The number of models."""
        return len(self.keys)

    def first(self, model: int) -> str:
        """Return the operand of a model's first role."""
        return self.keys[model][self.loss.roles[0].name]

    def view(self, data: TileData, model: int) -> TileData:
        """Return a tile with the outputs of one model."""
        values = {role: data.values[key] for role, key in self.keys[model].items()}
        aside = data.aside[KEPT][model - 1][1] if model else data.aside
        return data._replace(values=values, aside=aside)

    def alone(self, model: int) -> Problem:
        """Return the problem of one model."""
        operands = [
            self.problem.operand(self.keys[model][role.name])._replace(role=role)
            for role in self.loss.roles
        ]
        return replace(self.problem, loss=self.loss, operands=tuple(operands), deferred=frozenset())

    def terms_of(self, data: TileData, terms: Array) -> list[Array]:
        """Return the terms of every model on a tile; `terms` are those of the first."""
        others = data.aside.get(KEPT, ())
        return [terms, *(counted_terms(data, other) for other, _ in others)]


def several(
    loss: Loss,
    names: Sequence[str],
    outputs: Sequence[Mapping[str, Source]],
    shared: Mapping[str, Source],
    options: Mapping[str, Any],
    settings: Settings,
    sample_weight: Source | None = None,
    labels: Sequence[str] = (),
) -> Models:
    """Return the models as one problem; raises what `prepare` raises.

    Each of `outputs` holds a model's sources by role, `shared` the sources that all have. Without
    `labels` the models are called by their names.
    """
    roles = {role.name: role for role in loss.roles}
    keys = [{role: role for role in roles}]
    sources = {**shared, **outputs[0]}
    extra: list[Role] = []
    for name, own in zip(names[1:], outputs[1:], strict=True):
        called = {role: key_of(name, role, loss) for role in roles if role in own}
        for role, key in called.items():
            extra.append(Role(key, loss.kinds(roles[role], options)))
            sources[key] = own[role]
        keys.append({role: called.get(role, role) for role in roles})
    joined = replace(loss, roles=(*loss.roles, *extra), kernel=_kernel_of(loss, keys), package="")
    problem = prepare(joined if extra else loss, sources, options, settings, sample_weight)
    grid = replace(problem.grid, together=len(keys))
    later = frozenset(role.name for role in extra) if len(keys) > FEW else frozenset()
    problem = replace(problem, grid=grid, deferred=later)
    return Models(loss, problem, tuple(names), tuple(keys), tuple(labels or names))


def key_of(name: str, role: str, loss: Loss) -> str:
    """Return the operand of a model's role: the model's name, for its first role."""
    return name if role == loss.roles[0].name else f"{name} {role}"


def _kernel_of(loss: Loss, keys: Sequence[Mapping[str, str]]) -> Any:
    """Return a kernel that computes the terms of every model."""
    extra = dict.fromkeys(key for own in keys[1:] for role, key in own.items() if key != role)
    places = {key: at for at, key in enumerate([*(role.name for role in loss.roles), *extra])}

    def numbers(value: Array | Callable[[], Array]) -> Array:
        return value() if callable(value) else value

    def kernel(*values: Any, grad: bool, **options: Any) -> tuple[Array, dict[str, Any]]:
        found = []
        for own in keys:
            # Of all models but the first, a tile is cut only now, and let go of.
            roles = {name: numbers(values[places[key]]) for name, key in own.items()}
            found.append(terms_of(loss, roles, options, grad=grad))
        terms, aside = found[0]
        return terms, {**aside, KEPT: found[1:]}

    return kernel
