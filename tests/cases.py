"""What the contract is tested on: every declared loss, its kinds and options, with drawn data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli import Result, compute
from losscli.kinds import Kind, Layout
from losscli.losses import declaration, names
from losscli.options import ArrayOption, Bounds, Extent, Option
from losscli.registry import Loss

Array = NDArray[Any]
Rng = np.random.Generator
CLASSES = 4
IGNORED = 1
"""The class that a drawn ignore_index leaves out."""


@dataclass(frozen=True)
class Case:
    """Arrays and options of one call."""

    variant: Variant
    roles: dict[str, Array]
    options: dict[str, Any]

    def compute(self, **changes: Any) -> Result:
        """Call the loss, with other roles or settings where they are given."""
        return compute(self.variant.loss.name, **{**self.roles, **self.options, **changes})

    def sample(self, i: int) -> Case:
        """Return the case of sample i alone."""
        roles = {name: values[i : i + 1] for name, values in self.roles.items()}
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
        """Return what a role holds here."""
        roles = [known.name for known in self.variant.loss.roles]
        return self.variant.kinds[roles.index(role)]

    @property
    def real_roles(self) -> list[str]:
        """The roles that hold numbers of a range, not indices or one of two labels."""
        kinds = {name: self.kind(name) for name in self.roles}
        return [name for name, kind in kinds.items() if not kind.index and not kind.only]


@dataclass(frozen=True)
class Variant:
    """A loss with one kind for each role, one value for each choice, and the options to draw."""

    loss: Loss
    kinds: tuple[Kind, ...]
    choices: dict[str, str] = field(default_factory=dict)
    drawn: tuple[Option, ...] = ()

    def __str__(self) -> str:
        kinds = (self.kinds[-1].name,) if len(self.loss.roles[-1].kinds) > 1 else ()
        words = (*kinds, *self.choices.values(), *(option.flag for option in self.drawn))
        return " ".join((self.loss.name, *words)).replace(" ", "-")

    @property
    def indexed(self) -> bool:
        """Whether the target holds class indices."""
        return any(kind.index for kind in self.kinds)

    def draw(self, rng: Rng, axes: tuple[int, ...] = (5,), classes: int = CLASSES) -> Case:
        """Draw the data of terms of shape `axes`."""
        by_class = (*axes[:1], classes, *axes[1:])
        roles = {}
        for role, kind in zip(self.loss.roles, self.kinds, strict=True):
            shape = by_class if kind.layout is Layout.CLASSES else axes
            roles[role.name] = kind.draw(rng, shape, classes)
        if self.indexed:
            # Some targets are ignored wherever ignore_index is drawn, and never all of them.
            flat = roles["target"].reshape(-1)
            flat[:2] = (0, IGNORED)[: flat.size]
        options: dict[str, Any] = dict(self.choices)
        for option in self.drawn:
            options[option.name] = _option(option, rng, axes, classes)
        return Case(self, roles, options)


def extent_of(option: Option) -> Extent | None:
    """Return how far an array option reaches, None for others."""
    return option.spec.extent if isinstance(option.spec, ArrayOption) else None


def _option(option: Option, rng: Rng, axes: tuple[int, ...], classes: int) -> Any:
    if isinstance(option.spec, ArrayOption):
        shape = (classes,) if option.spec.extent is Extent.CLASS else axes
        return rng.uniform(0.2, 3, shape)
    if not isinstance(option.spec, Bounds):
        return not option.default
    if option.name == "ignore_index":
        return IGNORED
    low = max(option.spec.low, -2.0)
    number = rng.uniform(low + 0.1, min(option.spec.high, low + 2) - 0.1)
    return round(number) if option.type is int else float(number)


def variants_of(loss: Loss) -> Iterator[Variant]:
    """Yield every kind and choice with no option and with all; with the defaults, each alone."""
    chosen = [option for option in loss.options if option.choices]
    for kinds in product(*(role.kinds for role in loss.roles)):
        indexed = any(kind.index for kind in kinds)
        for values in product(*(option.choices for option in chosen)):
            choices = {option.name: value for option, value in zip(chosen, values, strict=True)}
            usual = all(option.default == choices[option.name] for option in chosen)
            options = tuple(
                option
                for option in loss.options
                if not option.choices
                and (indexed or option.name != "ignore_index")
                # What PyTorch lacks is defined beside the default choices only (z_loss).
                and (usual or not getattr(option.spec, "beyond_torch", False))
            )
            read = tuple(
                loss.kinds(role, choices)[0] if loss.kinds(role, choices) != role.kinds else kind
                for role, kind in zip(loss.roles, kinds, strict=True)
            )
            alone = [(option,) for option in options] if usual and len(options) > 1 else []
            sets = dict.fromkeys([(), *alone, options])
            yield from (Variant(loss, read, choices, drawn) for drawn in sets)


LOSSES = [declaration(name) for name in names()]
VARIANTS = [variant for loss in LOSSES for variant in variants_of(loss)]
BY_CLASS = [variant for variant in VARIANTS if variant.loss.by_class]


def same(left: Result, right: Result) -> bool:
    """Return whether two results hold the same bits."""
    return (
        np.asarray(left.value).tobytes() == np.asarray(right.value).tobytes()
        and left.per_sample.tobytes() == right.per_sample.tobytes()
        and left.grad.keys() == right.grad.keys()
        and all(left.grad[role].tobytes() == right.grad[role].tobytes() for role in left.grad)
    )
