"""A problem: a loss with its operands and options; it reads and checks tiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, NamedTuple

import numpy as np

from losscli.engine.problem.grid import Grid, Tile, broadcast_tile
from losscli.engine.problem.labels import Numbering, first_place, lengths
from losscli.engine.problem.operands import Operand
from losscli.engine.problem.settings import Settings
from losscli.errors import DataError, option
from losscli.losses.declare.options import Effect, Extent, array_extent
from losscli.losses.declare.registry import Loss
from losscli.losses.declare.standard_kinds import SIGNS
from losscli.numerics.arrays import Array
from losscli.readers.source import Source


class Cuts(dict[str, Any]):
    """The roles of a tile, of which some are cut each time they are asked for."""

    def __getitem__(self, role: str) -> Array:
        """Return the numbers of a role."""
        found = super().__getitem__(role)
        numbers: Array = found() if callable(found) else found
        return numbers


class TileData(NamedTuple):
    """One tile as the kernel gets it."""

    values: dict[str, Array]
    """The roles by name, in the order of the kernel's parameters."""
    options: dict[str, Any]
    ignored: Array | None
    """Mask (m,) of the terms that do not count, or None if all do."""
    sample_weight: Array | None
    length: Array | None
    """What each term is divided by before the mean is taken, (m,)."""
    aside: dict[str, Any]
    """What the kernel returned in addition to the terms, kept for observers."""

    @property
    def input(self) -> Array:
        """The first role."""
        return next(iter(self.values.values()))

    @property
    def target(self) -> Array:
        """The role of that name."""
        return self.values["target"]


@dataclass(frozen=True)
class Problem:
    """A loss with its data: all that is known before the first tile is computed."""

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
    """The sources of the array options: their values before any arithmetic."""
    names: tuple[str, ...]
    """Class names, if the input's file has a header."""
    dtype: np.dtype[Any] = field(default_factory=lambda: np.dtype(np.float64))
    deferred: frozenset[str] = frozenset()
    """The roles whose tiles are cut each time they are asked for: many at once need much memory."""

    @property
    def weight_exponent(self) -> int:
        """Sums and their multiples come out multiplied by 2 to this power."""
        return self.class_exponent + self.sample_exponent

    @property
    def input(self) -> Operand:
        """The loss's first role."""
        return self.operands[0]

    @property
    def target(self) -> Operand | None:
        """The target, if the loss has one."""
        return next((operand for operand in self.operands if operand.role.name == "target"), None)

    def operand(self, role: str) -> Operand:
        """Return the operand of a role."""
        return next(operand for operand in self.operands if operand.role.name == role)

    def class_label(self, index: int) -> str | int:
        """Return a class's name, or its number as the file counts classes."""
        return self.names[index] if self.names else index + self.settings.label_base

    @property
    def ignore_index(self) -> int | None:
        """The ignored class index, if the loss and the target have one."""
        return self.value_of(Effect.IGNORES_TARGETS) if self.has_labels else None

    @property
    def has_labels(self) -> bool:
        """Whether the targets are class indices."""
        return self.target is not None and self.target.kind.index

    def value_of(self, effect: Effect) -> Any:
        """Return the value of the option with an effect; None if the loss has no such option."""
        declared = self.loss.with_effect(effect)
        return None if declared is None else self.options[declared.name]

    @property
    def positions(self) -> int:
        """How many terms together add 1 to the normalizer: a mean over samples counts samples."""
        over_samples = self.settings.reduction == self.loss.sample_mean
        return self.grid.positions if over_samples else 1

    @cached_property
    def plain_nll(self) -> bool:
        """Whether each term is exactly minus the log of its target's softmax."""
        if not self.loss.likelihood or self.input.kind.name != "logits":
            return False
        changed = (
            declared.effect
            for declared in self.loss.options
            if isinstance(value := self.options[declared.name], np.ndarray)
            or value != declared.default
        )
        plain = all(effect is Effect.IGNORES_TARGETS for effect in changed)
        return plain and self.has_labels and self.sample_weight is None

    def read(self, start: int, stop: int, *, targets_only: bool = False) -> dict[str, Array]:
        """Read rows start to stop of every role, or only of the roles without a gradient."""
        wanted = [o for o in self.operands if not (targets_only and o.role.differentiable)]
        blocks = {operand.role.name: operand.block(start, stop) for operand in wanted}
        if self.sample_weight is not None:
            blocks["sample_weight"] = self.sample_weight.read(start, stop)
        return blocks

    def tile(self, blocks: Mapping[str, Array], tile: Tile, offset: int) -> TileData:
        """Cut a tile from blocks whose first row is `offset`; refuse numbers outside their domain.

        A number that overflows float32 becomes infinite, without a NumPy warning.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            try:
                return self._cut_tile(blocks, tile, offset)
            except DataError as error:
                from losscli.engine.problem.swapped import swapped_or

                raise swapped_or(error, self, blocks, tile, offset) from None

    def term(self, term: int) -> tuple[TileData, int]:
        """Return the tile of a term, by its flat index, and the term's column, read again."""
        tile = self.grid.tile_of(term)
        data = self.tile(self.read(tile.start, tile.stop), tile, tile.start)
        return data, int((self.grid.terms_of(tile) == term).argmax())

    def _cut_tile(self, blocks: Mapping[str, Array], tile: Tile, offset: int) -> TileData:
        cuts: dict[str, Any] = {}
        ignored = None
        for operand in self._lengths_and_labels_first:
            kind, name = operand.kind, operand.role.name
            if name not in blocks:
                continue
            if not (kind.is_integer or self._have_ends):
                cut = partial(self._numbers, operand, blocks[name], tile, offset)
                cuts[name] = cut if name in self.deferred else cut(ignored)
                continue
            values = operand.cut(blocks[name], tile, offset, self.dtype)
            where = partial(self._where, operand, tile)
            past_end = self.past_end(operand, values, cuts)
            if kind.length_of:
                values = lengths(values, self._longest(kind.length_of), kind.length_of, where)
            elif kind.index and values.ndim == 1:
                values, ignored = self._numbering[operand.role.name].indices(values, where)
            elif kind.index:
                none = np.zeros(values.shape, bool)
                past = none if past_end is None else past_end
                values = self._numbering[operand.role.name].rows(values, past, where)
            else:
                values = self._mapped(operand, values, tile)
                if past_end is not None:
                    values[:, past_end] = 0
                self._check_domain(operand, values, tile, ignored)
            cuts[name] = values
        for name in self.deferred:
            if callable(cuts.get(name)):
                cuts[name] = partial(cuts[name], ignored)
        if len(cuts) > 1:
            cuts = {o.role.name: cuts[o.role.name] for o in self.operands if o.role.name in cuts}
        return TileData(
            Cuts(cuts) if self.deferred else cuts,
            self._tile_options(tile),
            ignored,
            self._tile_weights(blocks, tile, offset),
            np.maximum(cuts[self.loss.length], 1) if self.loss.length else None,
            {},
        )

    def _numbers(
        self, operand: Operand, block: Array, tile: Tile, offset: int, ignored: Array | None
    ) -> Array:
        """Cut a tile of plain numbers from a block."""
        values = self._mapped(operand, operand.cut(block, tile, offset, self.dtype), tile)
        self._check_domain(operand, values, tile, ignored)
        return values

    @cached_property
    def _lengths_and_labels_first(self) -> list[Operand]:
        """The operands in the order of cutting: those that say which numbers are ignored first."""
        return sorted(self.operands, key=lambda o: (not o.kind.length_of, not o.kind.index))

    @cached_property
    def _have_ends(self) -> bool:
        """Whether the numbers of a term may end early."""
        return any(o.kind.terminated or o.kind.length_of for o in self.operands)

    def _mapped(self, operand: Operand, values: Array, tile: Tile) -> Array:
        if self.settings.map_binary and operand.kind.values == SIGNS:
            return _map_binary(values, partial(self._where, operand, tile))
        return values

    def past_end(self, operand: Operand, values: Array, cuts: Mapping[str, Array]) -> Array | None:
        """Return the mask of the steps past the end of each term, (steps, m), if any."""
        if operand.kind.terminated:
            past: Array = np.logical_or.accumulate(values == -1, axis=0)
            return past
        for other in self.operands:
            if other.kind.length_of == operand.role.name and other.role.name in cuts:
                return np.arange(values.shape[-2])[:, None] >= cuts[other.role.name]
        return None

    def _longest(self, role: str) -> int:
        return self.operand(role).shape[-1]

    @cached_property
    def _numbering(self) -> dict[str, Numbering]:
        """How each role with labels numbers them."""
        ignoring = self.loss.with_effect(Effect.IGNORES_TARGETS)
        return {
            operand.role.name: Numbering(
                self.grid.classes,
                self.settings.label_base,
                self.ignore_index,
                ignoring.name if ignoring else "",
                self.options.get(operand.kind.excluded_option),
                operand.kind.excluded_option,
            )
            for operand in self.operands
            if operand.kind.index
        }

    def _where(self, operand: Operand, tile: Tile, at: int, *inner: int) -> str:
        return operand.place(self.grid.index(self.grid.term(tile, at)), inner)

    @cached_property
    def _scaled_options(self) -> dict[str, Any]:
        """The options as kernels get them, except those that are cut into tiles."""
        options = dict(self.options)
        if added := self.loss.with_effect(Effect.ADDS_TO_TERMS):
            options[added.name] = float(np.ldexp(options[added.name], self.class_exponent))
        return options

    @cached_property
    def by_term(self) -> list[str]:
        """The options with one number per term."""
        arrays = [o.name for o in self.loss.options if array_extent(o) is Extent.TERM]
        return [name for name in arrays if np.ndim(self.options[name])]

    def _tile_options(self, tile: Tile) -> dict[str, Any]:
        if not self.by_term:
            return self._scaled_options
        own = {name: broadcast_tile(self.options[name], tile) for name in self.by_term}
        return {**self._scaled_options, **own}

    def _tile_weights(self, blocks: Mapping[str, Array], tile: Tile, offset: int) -> Array | None:
        if self.sample_weight is None:
            return None
        weights = blocks["sample_weight"].reshape(-1)[tile.start - offset : tile.stop - offset]
        weights = weights.astype(np.float64)
        bad = ~(np.isfinite(weights) & (weights >= 0))
        if bad.any():
            row = int(bad.argmax())
            place = self.sample_weight.locate((tile.start + row,))
            raise DataError(
                f"{place}: sample weight {weights[row]:g} is "
                f"{'negative' if weights[row] < 0 else 'not finite'}; give a non-negative number"
            )
        return np.repeat(np.ldexp(weights, self.sample_exponent), tile.last - tile.first)

    def _check_domain(
        self, operand: Operand, values: Array, tile: Tile, ignored: Array | None
    ) -> None:
        bad = operand.kind.outside(values)
        if bad is None:
            return
        if ignored is not None:
            bad = bad & ~ignored
        if not bad.any():
            return
        at, *inner = first_place(bad)
        term = self.grid.index(self.grid.term(tile, at))
        value = self.as_stored(operand, term, inner)
        domain, advice = operand.kind.domain, operand.kind.advice
        if self.settings.map_binary and operand.kind.values == SIGNS:
            domain, advice = "{0, 1}", f"write 0 or 1, or remove {option('map_binary')}"
        raise DataError(
            f"{operand.place(term, inner)}: {operand.role.name} {value!r} is not in {domain}; "
            f"{advice}"
        )

    def as_stored(self, operand: Operand, term: Sequence[int], inner: Sequence[int] = ()) -> Any:
        """Return a number as it is in the file, before any rounding."""
        row = term[0] if term else 0
        block = operand.block(row, row + 1)
        index = (0, *inner, *term[1:]) if block.ndim else ()
        return block[index if operand.repeat == 1 else (*index[:-1], 0)].item()


def _map_binary(values: Array, where: Any) -> Array:
    """Map 0 to -1; refuse a target of -1, which shows that nothing needs mapping."""
    bad = values == -1
    if bad.any():
        raise DataError(
            f"{where(*first_place(bad))}: target -1 is not 0 or 1; remove {option('map_binary')}"
        )
    return np.where(values == 0, -1, values).astype(values.dtype, copy=False)
