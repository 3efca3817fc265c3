"""Cases of a loss: each of its kinds and choices, with and without its options, with drawn data."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import numpy as np

from losscli.engine.compute import compute
from losscli.engine.result.result import Result
from losscli.losses.declare.options import ArrayOption, Bounds, Effect, Extent, Help, Option
from losscli.losses.declare.registry import Loss
from losscli.losses.declare.role_kind import Kind, Layout
from losscli.numerics.arrays import Array

Rng = np.random.Generator
CLASSES = 4
STEPS, LABELS = 7, 2
"""Steps of a drawn sequence, and the most labels in it: every sequence has a path."""
IGNORED = 1
"""The class that is ignored where targets may be."""


@dataclass(frozen=True)
class Case:
    """Arrays and options of one call."""

    variant: Variant
    roles: dict[str, Array]
    options: dict[str, Any]

    def compute(self, **changes: Any) -> Result:
        """Call the loss, with other roles or settings where they are given."""
        return compute(self.variant.loss.name, **{**self.roles, **self.options, **changes})

    @property
    def axes(self) -> tuple[int, ...]:
        """The shape of the terms."""
        first, layout = next(iter(self.roles.values())), self.variant.loss.layout
        if layout is Layout.SEQUENCES:
            return first.shape[1:2]
        return first.shape if layout is Layout.TERMS else (len(first), *first.shape[2:])

    def sample_axis(self, role: str) -> int:
        """Return the axis of a role that its samples run along."""
        return 1 if self.kind(role).layout is Layout.SEQUENCES else 0

    def by_sample(self, role: str, values: Array) -> Array:
        """Return a role's numbers, or their gradient, with the samples first."""
        return np.moveaxis(values, self.sample_axis(role), 0)

    @property
    def lengths(self) -> Array:
        """What each sample's loss is divided by before the mean: 1 unless the loss has lengths."""
        name = self.variant.loss.length
        return np.maximum(self.roles[name], 1) if name else np.ones(self.axes[0], np.intp)

    def sample(self, i: int) -> Case:
        """Return the case of sample i alone."""
        roles = {
            name: values.take([i], axis=self.sample_axis(name))
            for name, values in self.roles.items()
        }
        options = dict(self.options)
        for option in self.variant.loss.options:
            if extent_of(option) is Extent.TERM and option.name in options:
                options[option.name] = options[option.name][i : i + 1]
        return replace(self, roles=roles, options=options)

    def changed(self, role: str, index: tuple[int, ...], value: float) -> Case:
        """Return the case with one number of a role replaced."""
        values = self.roles[role].copy()
        values[index] = value
        return replace(self, roles={**self.roles, role: values})

    def kind(self, role: str) -> Kind:
        """Return the kind of a role in this case."""
        roles = [known.name for known in self.variant.loss.roles]
        return self.variant.kinds[roles.index(role)]

    @property
    def ignored(self) -> Array | None:
        """Where targets are ignored; None where none can be."""
        ignores = (o for o in self.variant.drawn if o.effect is Effect.IGNORES_TARGETS)
        return self.roles["target"] == IGNORED if any(ignores) else None

    @property
    def real_roles(self) -> list[str]:
        """The roles that hold numbers of a range, not indices or one of two labels."""
        kinds = {name: self.kind(name) for name in self.roles}
        return [name for name, kind in kinds.items() if not kind.is_integer and not kind.values]


@dataclass(frozen=True)
class Variant:
    """A loss with one kind for each role, one value for each choice, and the options to draw."""

    loss: Loss
    kinds: tuple[Kind, ...]
    choices: dict[str, Any] = field(default_factory=dict)
    drawn: tuple[Option, ...] = ()

    def __str__(self) -> str:
        kinds = (self.kinds[-1].name,) if len(self.loss.roles[-1].kinds) > 1 else ()
        choices = [
            name if value is True else f"no {name}" if value is False else str(value)
            for name, value in self.choices.items()
        ]
        words = (*kinds, *choices, *(option.flag for option in self.drawn))
        return " ".join((self.loss.name, *words)).replace(" ", "-")

    @property
    def indexed(self) -> bool:
        """Whether the target holds a class index for each term."""
        return any(kind.index and kind.layout is Layout.TERMS for kind in self.kinds)

    def draw(self, rng: Rng, axes: tuple[int, ...] = (5,), classes: int = CLASSES) -> Case:
        """Draw the data of terms of shape `axes`."""
        roles = {}
        for role, kind in zip(self.loss.roles, self.kinds, strict=True):
            roles[role.name] = kind.draw(rng, self._shape(kind, axes, classes), classes)
            if kind.length_of:
                longest = STEPS if kind.length_of == "input" else LABELS
                roles[role.name] = rng.integers(longest - 1, longest + 1, axes[:1])
        if self.indexed:
            # Some targets are ignored wherever an ignored value is drawn, and never all of them.
            flat = roles["target"].reshape(-1)
            flat[:2] = (0, IGNORED)[: flat.size]
        options: dict[str, Any] = dict(self.choices)
        for option in self.drawn:
            options[option.name] = _option(option, rng, axes, classes)
        for role, kind in zip(self.loss.roles, self.kinds, strict=True):
            if kind.excluded_option in options:
                options[kind.excluded_option] = min(options[kind.excluded_option], classes - 1)
                labels = roles[role.name]
                labels[labels == options[kind.excluded_option]] = 0
        return Case(self, roles, options)

    def _shape(self, kind: Kind, axes: tuple[int, ...], classes: int) -> tuple[int, ...]:
        """Return the shape of a role; vectors and sequences have samples for their only axis."""
        if self.loss.layout is Layout.VECTORS:
            return axes[:1] if kind.layout is Layout.TERMS else (axes[0], classes)
        if self.loss.layout is Layout.SEQUENCES:
            several = {
                Layout.SEQUENCES: (STEPS, axes[0], classes),
                Layout.LABELS: (axes[0], LABELS),
            }
            return several.get(kind.layout, axes[:1])
        return axes if kind.layout is Layout.TERMS else (*axes[:1], classes, *axes[1:])


def extent_of(option: Option) -> Extent | None:
    """Return how far an array option reaches, None for others."""
    return option.spec.extent if isinstance(option.spec, ArrayOption) else None


def _option(option: Option, rng: Rng, axes: tuple[int, ...], classes: int) -> Any:
    if isinstance(option.spec, ArrayOption):
        shape = (classes,) if option.spec.extent is Extent.CLASS else axes
        return rng.uniform(0.2, 3, shape)
    if not isinstance(option.spec, Bounds):
        return not option.default
    if option.effect is Effect.IGNORES_TARGETS:
        return IGNORED
    if option.name == "eps" and 0.05 in option.spec:
        return 0.05  # below every drawn variance and rate: no clamp is at work
    low = max(option.spec.low, min(-2.0, option.spec.high - 2))
    span = min(option.spec.high - low, 2.0)
    edge = min(0.1, span / 4)
    number = float(rng.uniform(low + edge, low + span - edge))
    if option.type is float:
        return number
    return round(number) if round(number) in option.spec else math.ceil(number)


def values_of(option: Option) -> tuple[Any, ...]:
    """Return the values of an option that has few and says what a role is; of others none."""
    decides = isinstance(option.spec, Help) and bool(option.spec.kinds)
    return option.choices or ((True, False) if decides else ())


def variants_of(loss: Loss) -> Iterator[Variant]:
    """Yield every kind and choice with no option and with all; with the defaults, each alone."""
    chosen = {option.name: values for option in loss.options if (values := values_of(option))}
    for kinds in product(*(role.kinds for role in loss.roles)):
        indexed = any(kind.index for kind in kinds)
        for values in product(*chosen.values()):
            choices = dict(zip(chosen, values, strict=True))
            defaults = {option.name: option.default for option in loss.options}
            usual = all(defaults[name] == value for name, value in choices.items())
            options = tuple(
                option
                for option in loss.options
                if option.name not in chosen
                and (indexed or option.effect is not Effect.IGNORES_TARGETS)
                # What PyTorch lacks is defined beside the default choices only (z_loss).
                and (usual or option.effect is not Effect.ADDS_TO_TERMS)
            )
            read = tuple(
                loss.kinds(role, choices)[0] if loss.kinds(role, choices) != role.kinds else kind
                for role, kind in zip(loss.roles, kinds, strict=True)
            )
            alone = [(option,) for option in options] if usual and len(options) > 1 else []
            sets = dict.fromkeys([(), *alone, options])
            yield from (Variant(loss, read, choices, drawn) for drawn in sets)
