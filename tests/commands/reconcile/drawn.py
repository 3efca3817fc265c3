"""Drawn calls of `loss reconcile`: every loss, many options, and files of many kinds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.command import Reconcile
from losscli.commands.reconcile.options import ReconcileOptions
from losscli.commands.sources import settings_of
from losscli.commands.typed import Typed
from losscli.contract.cases import variants_of
from losscli.engine.arrays import array_source
from losscli.engine.compute import checked_options
from losscli.engine.problem.settings import Settings
from losscli.losses.declare.options import Effect, array_extent
from losscli.losses.declare.registry import Loss
from losscli.losses.declare.role_kind import Layout
from losscli.numerics.arrays import Array
from losscli.output.streams import Streams
from tests.losses.cases import LOSSES

NAMES = ("{}", "the {}", "{}'s", 'a "{}"', "{}-é", "$x {}")
"""Names of files, some of which a shell would take for something else."""


@dataclass(frozen=True)
class Drawn:
    """One call: arrays of a loss, its options, and the settings of the command."""

    loss: Loss
    roles: dict[str, Array]
    options: dict[str, Any]
    settings: dict[str, Any]
    sample_weight: Array | None = None

    def words(self, rng: np.random.Generator, folder: Path) -> Typed:
        """Write the arrays to files and return the command as it is typed."""
        typed: dict[str, Any] = {role.name: None for role in self.loss.roles}
        for option in self.loss.options:
            default = option.default
            inline = array_extent(option) and default is not None
            typed[option.name] = str(default) if inline else default
        options = dict(self.settings)
        together = rng.random() < 0.15
        if together:
            name = str(folder / _named(rng, "all", ".npz"))
            np.savez(name, **self.roles)  # type: ignore[arg-type]
            first, *others = self.roles
            typed |= {role: name if role == first else f"::{role}" for role in self.roles}
            if rng.random() < 0.5:
                typed |= dict.fromkeys(others)
        else:
            typed |= {role: _saved(rng, folder, role, a) for role, a in self.roles.items()}
        for key, value in self.options.items():
            typed[key] = value
            if isinstance(value, np.ndarray):
                is_short = value.ndim == 1 and value.size <= 30
                typed[key] = (
                    ",".join(map(repr, value.tolist()))
                    if is_short and rng.random() < 0.5
                    else _saved(rng, folder, key, value)
                )
        if self.sample_weight is not None:
            options["sample_weight"] = _saved(rng, folder, "w", self.sample_weight)
        return Typed(self.loss, typed, ReconcileOptions(**options))

    def case(self) -> Case:
        """Return the case of the arrays."""
        weight = self.sample_weight
        return Case(
            self.loss,
            {role: array_source(role, values) for role, values in self.roles.items()},
            checked_options(self.loss, self.options),
            Settings(**self.settings),
            None if weight is None else array_source("sample_weight", weight),
        )


def case_of(typed: Typed) -> Case:
    """Return the case of a command, as the command makes it."""
    call = Reconcile(typed.loss, typed.words, typed.options, Streams())
    sources = call.open()
    return Case(
        typed.loss,
        {role.name: sources[role.name] for role in typed.loss.roles},
        checked_options(typed.loss, {**typed.words, **sources}),
        settings_of(typed.options),
        sources.get("sample_weight"),
    )


def draw(
    rng: np.random.Generator, loss: Loss | None = None, samples: int = 0, *, usual: bool = False
) -> Drawn:
    """Draw a call; `usual` leaves out what few people do."""
    loss = loss or LOSSES[rng.integers(len(LOSSES))]
    variants = list(variants_of(loss))
    variant = variants[rng.integers(len(variants))]
    n, c = samples or int(rng.integers(3, 40)), int(rng.integers(2, 13))
    axes: tuple[int, ...] = (n,)
    if loss.layout in (Layout.CLASSES, Layout.TERMS) and rng.random() < 0.4:
        axes = (n, int(rng.integers(1, 7)))
    case = variant.draw(rng, axes, c)
    roles, options = dict(case.roles), dict(case.options)
    settings: dict[str, Any] = {}
    settings["reduction"] = str(rng.choice([r for r in loss.reductions if r != "none"]))
    if usual and rng.random() < 0.8:
        settings["reduction"] = "mean"
    indexed = any(kind.index for kind in variant.kinds)
    picks = variant.indexed and loss.picks
    ignores = loss.with_effect(Effect.IGNORES_TARGETS)
    if loss.layout is Layout.CLASSES and indexed:
        roles["input"] = _fitted(rng, roles["input"], roles["target"], case.kind("input").name)
    if picks and loss.layout is Layout.CLASSES:
        if ignores and rng.random() < 0.3:
            ignored = int(rng.choice([-100, -1, 255]))
            roles["target"] = roles["target"].copy()
            mask = rng.random(roles["target"].shape) < 0.3
            mask.flat[0] = False
            roles["target"][mask] = ignored
            options[ignores.name] = ignored
        if rng.random() < 0.15:
            settings["label_base"] = 1
            own = roles["target"]
            keep = options.get(ignores.name) if ignores else None
            roles["target"] = own + 1
            if ignores and keep is not None and 0 <= keep < c:
                options[ignores.name] = keep + 1
            elif keep is not None:
                roles["target"] = np.where(own == keep, own, own + 1)
    if loss.layout is Layout.CLASSES and rng.random() < 0.15:
        own = roles["input"]
        settings["class_axis"] = own.ndim - 1
        for name, kind in zip(roles, variant.kinds, strict=True):
            if kind.layout is Layout.CLASSES:
                roles[name] = np.moveaxis(roles[name], 1, -1).copy()
        if picks and len(axes) == 2 and axes[1] > 2 and rng.random() < 0.5:
            settings["shift"] = True
    if not loss.lacks("map_binary") and rng.random() < 0.3:
        settings["map_binary"] = True
        roles["target"] = (roles["target"] > 0) * 1
    weight = None
    if rng.random() < 0.2:
        weight = rng.uniform(0.1, 3, n).round(int(rng.integers(1, 6)))
    types = rng.random()
    if types < 0.25:
        roles = {name: _as_single(a) for name, a in roles.items()}
    elif types < 0.4:
        roles = {name: _as_whole(a) for name, a in roles.items()}
    return Drawn(loss, roles, options, settings, weight)


def _fitted(rng: np.random.Generator, x: Array, y: Array, form: str) -> Array:
    """Return scores of which the target's is often the largest."""
    if form != "logits" or rng.random() < 0.5 or y.shape != (x.shape[0], *x.shape[2:]):
        return x
    hot = np.moveaxis(np.eye(x.shape[1])[y], -1, 1)
    fitted: Array = (x + 3 * hot) * rng.choice([0.5, 1, 3, 8])
    return fitted


def _as_single(values: Array) -> Array:
    return values.astype(np.float32) if values.dtype.kind == "f" else values.astype(np.int32)


def _as_whole(values: Array) -> Array:
    """Return numbers as whole ones, where that keeps them in their domain."""
    if values.dtype.kind == "f" and np.abs(values).max(initial=0) > 1 and (values != 0).all():
        rounded = np.rint(values)
        if (rounded != 0).all():
            return rounded.astype(np.int64)
    return values


def _named(rng: np.random.Generator, stem: str, extension: str) -> str:
    name = NAMES[rng.integers(len(NAMES))] if rng.random() < 0.3 else "{}"
    return name.format(stem) + extension


def _saved(rng: np.random.Generator, folder: Path, stem: str, values: Array) -> str:
    """Write an array to a file of some kind and return its source."""
    kind = rng.random()
    if kind < 0.3 and values.ndim in (1, 2) and 0 not in values.shape:
        path = folder / _named(rng, stem, ".csv")
        columns = [f"{stem}{k}" for k in range(values.reshape(len(values), -1).shape[1])]
        header = ",".join(columns) if rng.random() < 0.5 else ""
        one = "%d" if values.dtype.kind in "iub" else "%.17g"
        np.savetxt(path, values, fmt=one, delimiter=",", header=header, comments="")
        return str(path)
    if kind < 0.45:
        path = folder / _named(rng, stem, ".npz")
        np.savez(path, **{"other": np.zeros(3), stem: values})  # type: ignore[arg-type]
        return f"{path}::{stem}"
    path = folder / _named(rng, stem, ".npy")
    np.save(path, values)
    return str(path)
