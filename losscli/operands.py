"""A problem: a loss with its operands and options, and how a tile of it is read and checked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli.errors import DataError, UsageError
from losscli.kinds import SIGNS, Kind, Layout
from losscli.layout import Grid, Tile, broadcast_tile, class_tile, term_tile
from losscli.options import Extent
from losscli.readers.source import Source
from losscli.registry import Loss, Role, array_extent

Array = NDArray[Any]
DTYPES = ("float64", "float32")


@dataclass(frozen=True)
class Settings:
    """The options that every loss has and that change its numbers."""

    reduction: str = "mean"
    dtype: str = "float64"
    label_base: int = 0
    class_axis: int = 1
    map_binary: bool = False

    def check(self, loss: Loss) -> None:
        """Refuse values that no loss, or not this one, allows."""
        for name, value, known in (
            ("reduction", self.reduction, loss.reductions),
            ("dtype", self.dtype, DTYPES),
        ):
            if not isinstance(value, str) or value not in known:
                raise UsageError(f"--{name}: {value!r} is not one of {', '.join(known)}")
        for name, number in (("label-base", self.label_base), ("class-axis", self.class_axis)):
            if isinstance(number, bool) or not isinstance(number, int | np.integer):
                raise UsageError(f"--{name}: {number!r} is not a whole number")
        if self.label_base not in (0, 1):
            raise UsageError(f"--label-base: {self.label_base!r} is not 0 or 1")
        if self.class_axis != 1 and not loss.by_class:
            raise UsageError(f"--class-axis: {loss.name} has no class axis")
        if self.label_base and not any(kind.index for role in loss.roles for kind in role.kinds):
            raise UsageError(f"--label-base: the targets of {loss.name} are not labels")
        if self.map_binary and not any(k.only == SIGNS for role in loss.roles for k in role.kinds):
            raise UsageError(f"--map-binary: the targets of {loss.name} are not -1/+1")


@dataclass(frozen=True)
class Operand:
    """A role with its source and the one kind that the source turned out to be."""

    role: Role
    kind: Kind
    source: Source
    class_axis: int | None
    """Where the class axis lies in the source; None for a role without one."""
    squeeze: bool = False
    """A last axis of 1, (n, d..., 1), that is read as (n, d...)."""
    turned: Array | None = None
    """The whole source with samples first, where the source has classes first."""

    def block(self, start: int, stop: int) -> Array:
        """Return rows start to stop, the class axis second."""
        if self.turned is not None:
            return self.turned[start:stop]
        block = self.source.read(start, stop)
        if self.squeeze:
            return block[..., 0]
        if self.class_axis is not None and self.class_axis != 1:
            return np.moveaxis(block, self.class_axis, 1)
        return block

    def place(self, term: tuple[int, ...], class_index: int | None = None) -> str:
        """Name a number of the source by its term's index and its class."""
        index = list(term)
        if self.class_axis is not None and class_index is not None:
            index.insert(self.class_axis, class_index)
        return f"{self.source.label} {self.source.place(index)}"


@dataclass(frozen=True)
class TileData:
    """One tile as the kernel takes it."""

    roles: list[Array]
    target: Array
    """The role of that name."""
    options: dict[str, Any]
    ignored: Array | None
    """Mask (m,) of the terms that do not count, or None where all do."""
    sample_weight: Array | None


@dataclass(frozen=True)
class Problem:
    """A loss with its data: everything that is settled before the first tile is computed."""

    loss: Loss
    settings: Settings
    operands: tuple[Operand, ...]
    options: dict[str, Any]
    grid: Grid
    sample_weight: Source | None
    class_exponent: int
    """Class weights were multiplied by 2 to this power, exactly; see `rescaling`."""
    sample_exponent: int
    """Sample weights likewise."""
    weight_sources: Mapping[str, Source]
    """Where the array options come from: what they were before any arithmetic."""
    names: tuple[str, ...]
    """Class names, where the input's file has a header."""
    dtype: np.dtype[Any] = field(default_factory=lambda: np.dtype(np.float64))

    @property
    def weight_exponent(self) -> int:
        """Sums, and what is made of them, hold 2 to this power too much."""
        return self.class_exponent + self.sample_exponent

    @property
    def input(self) -> Operand:
        """The loss's first role."""
        return self.operands[0]

    @property
    def target(self) -> Operand:
        """The role that holds the target."""
        return next(operand for operand in self.operands if operand.role.name == "target")

    def class_label(self, index: int) -> str | int:
        """Return a class by its name, or by its number as the file numbers classes."""
        return self.names[index] if self.names else index + self.settings.label_base

    @property
    def ignore_index(self) -> int | None:
        """The target value that does not count, where the loss has one and the target an index."""
        return self.options.get("ignore_index") if self.target.kind.index else None

    def read(self, start: int, stop: int, *, targets_only: bool = False) -> dict[str, Array]:
        """Read the rows start to stop of every role, or of the targets alone."""
        wanted = (self.target,) if targets_only else self.operands
        blocks = {operand.role.name: operand.block(start, stop) for operand in wanted}
        if self.sample_weight is not None:
            blocks["sample_weight"] = self.sample_weight.read(start, stop)
        return blocks

    def tile(self, blocks: Mapping[str, Array], tile: Tile, offset: int) -> TileData:
        """Cut a tile from blocks whose first row is `offset`; refuse what is out of its domain.

        What is beyond float32 becomes an infinity there, without NumPy's warning.
        """
        with np.errstate(over="ignore"):
            return self._cut(blocks, tile, offset)

    def _cut(self, blocks: Mapping[str, Array], tile: Tile, offset: int) -> TileData:
        cuts: dict[str, Array] = {}
        ignored = None
        # Class indices first: they say which terms may hold anything.
        for operand in sorted(self.operands, key=lambda operand: not operand.kind.index):
            block = blocks.get(operand.role.name)
            if block is None:
                continue
            if operand.kind.index:
                values, ignored = self._class_indices(operand, block, tile, offset)
            elif operand.kind.layout is Layout.CLASSES:
                values = class_tile(block, tile, offset, self.dtype)
            else:
                values = term_tile(block, tile, offset).astype(self.dtype, copy=False)
                if self.settings.map_binary and operand.kind.only == SIGNS:
                    values = self._map_binary(operand, values, tile)
            if not operand.kind.index:
                self._check_domain(operand, values, tile, ignored)
            cuts[operand.role.name] = values
        roles = [cuts[o.role.name] for o in self.operands if o.role.name in cuts]
        return TileData(
            roles,
            cuts["target"],
            self._tile_options(tile),
            ignored,
            self._tile_weights(blocks, tile, offset),
        )

    def _tile_options(self, tile: Tile) -> dict[str, Any]:
        options = dict(self.options)
        for option in self.loss.options:
            value = options[option.name]
            if array_extent(option) is Extent.TERM and value is not None and value.ndim:
                options[option.name] = broadcast_tile(value, tile)
            elif getattr(option.spec, "unweighted", False):
                options[option.name] = float(np.ldexp(value, self.class_exponent))
        return options

    def _tile_weights(self, blocks: Mapping[str, Array], tile: Tile, offset: int) -> Array | None:
        if self.sample_weight is None:
            return None
        weights = blocks["sample_weight"].reshape(-1)[tile.start - offset : tile.stop - offset]
        weights = weights.astype(np.float64)
        bad = ~(np.isfinite(weights) & (weights >= 0))
        if bad.any():
            row = int(bad.argmax())
            label, place = self.sample_weight.label, self.sample_weight.place((tile.start + row,))
            raise DataError(
                f"{label} {place}: sample weight {weights[row]:g} is "
                f"{'negative' if weights[row] < 0 else 'not finite'}; weights are numbers from 0 on"
            )
        return np.repeat(np.ldexp(weights, self.sample_exponent), tile.last - tile.first)

    def _class_indices(
        self, operand: Operand, block: Array, tile: Tile, offset: int
    ) -> tuple[Array, Array | None]:
        raw = term_tile(block, tile, offset)
        low, high = self.settings.label_base, self.grid.classes - 1 + self.settings.label_base
        ignored = None
        bad = (raw < low) | (raw > high)
        if raw.dtype.kind == "f":
            bad |= raw != np.floor(raw)
        if self.ignore_index is not None:
            mask = raw == self.ignore_index
            if mask.any():
                ignored = mask
                bad &= ~mask
        if bad.any():
            term = int(self.grid.terms_of(tile)[int(bad.argmax())])
            raise DataError(
                f"{operand.place(self.grid.index(term))}: "
                + self._bad_label(raw[int(bad.argmax())].item(), from_one=not (raw == 0).any())
            )
        if ignored is not None:
            raw = np.where(ignored, low, raw)
        indices = raw.astype(np.intp)
        return (indices - low if low else indices), ignored

    def _bad_label(self, label: float, *, from_one: bool) -> str:
        low, classes = self.settings.label_base, self.grid.classes
        high = classes - 1 + low
        if not math.isfinite(label) or label != int(label):
            return f"label {label!r} is not a whole number; labels are {low}..{high}"
        if isinstance(label, float):
            label = int(label)
        text = f"label {label} is not in {low}..{high}"
        if label == classes and low == 0 and from_one:
            return f"{text}; are the labels numbered from 1? --label-base 1"
        if low and label == 0:
            return f"{text}; are the labels numbered from 0? leave out --label-base 1"
        if self.loss.option("ignore_index"):
            return f"{text}; if it marks padding: --ignore-index {label}"
        return text

    def _map_binary(self, operand: Operand, values: Array, tile: Tile) -> Array:
        """Turn 0 into -1; a target that is -1 already was not meant to be mapped."""
        bad = values == -1
        if bad.any():
            term = self.grid.index(int(self.grid.terms_of(tile)[int(bad.argmax())]))
            raise DataError(
                f"{operand.place(term)}: target -1, but --map-binary takes 0/1; leave it out"
            )
        return np.where(values == 0, -1, values).astype(self.dtype, copy=False)

    def _check_domain(
        self, operand: Operand, values: Array, tile: Tile, ignored: Array | None
    ) -> None:
        bad = operand.kind.outside(values)
        if bad is None:
            return
        if ignored is not None:
            bad = bad & ~ignored
        place = np.argwhere(bad.T if bad.ndim == 2 else bad)
        if not len(place):
            return
        first = [int(i) for i in place[0]]
        term = self.grid.index(int(self.grid.terms_of(tile)[first[0]]))
        where = operand.place(term, first[1] if bad.ndim == 2 else None)
        value = self.as_stored(operand, term, first[1] if bad.ndim == 2 else None)
        raise DataError(
            f"{where}: {operand.role.name} {value!r} is not in {operand.kind.domain}; "
            f"{operand.kind.advice}"
        )

    def as_stored(self, operand: Operand, term: tuple[int, ...], cls: int | None) -> Any:
        """Return the number as the file has it, not as the arithmetic rounded it."""
        row = term[0] if term else 0
        block = operand.block(row, row + 1)
        index = (0, *(() if cls is None else (cls,)), *term[1:]) if block.ndim else ()
        return block[index].item()
