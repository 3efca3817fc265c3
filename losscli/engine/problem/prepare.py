"""From sources and options to a problem: shapes settled, weights read, no role broadcast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from losscli.engine.problem.grid import Grid, grid_of
from losscli.engine.problem.labels import lengths, padded
from losscli.engine.problem.operands import (
    Operand,
    axes_of,
    first_operand,
    matched,
    refuse_names_in_another_order,
)
from losscli.engine.problem.problem import Problem
from losscli.engine.problem.settings import Settings
from losscli.engine.problem.weights import array_options, check_sample_weight
from losscli.errors import MisfitError, UsageError, option
from losscli.losses.declare.options import Effect, Extent, array_extent
from losscli.losses.declare.registry import Loss
from losscli.losses.declare.role_kind import Layout
from losscli.readers.source import Source


def prepare(
    loss: Loss,
    sources: Mapping[str, Source],
    options: Mapping[str, Any],
    settings: Settings,
    sample_weight: Source | None = None,
) -> Problem:
    """Check shapes and options and return the problem.

    `options` holds checked values, array options as sources. Raises UsageError for options that do
    not fit together, MisfitError for shapes that do not, DataError for weights that are not.
    """
    settings.check(loss)
    if settings.shift:
        from losscli.engine.problem.shift import shifted

        sources = shifted(loss, sources, settings)
    dtype = np.dtype(settings.dtype)
    try:
        first, *others = _operands(loss, sources, options, settings)
    except MisfitError:
        from losscli.engine.problem.swapped import refuse_swapped

        refuse_swapped(loss, sources, options, settings)
        raise
    operands = tuple(_in_rows(operand, others) for operand in (first, *others))
    grid = _grid(operands, dtype)
    by_index = any(operand.kind.index for operand in operands)
    if not by_index:
        _refuse_label_options(loss, options, settings)
    _refuse_for_kind(loss, options, first)
    _refuse_excluded(operands, options, grid)
    weight_sources = {
        declared.name: options[declared.name]
        for declared in loss.options
        if array_extent(declared) and options[declared.name] is not None
    }
    for declared in loss.options:
        if array_extent(declared) is Extent.CLASS and declared.name in weight_sources:
            weights = weight_sources[declared.name]
            refuse_names_in_another_order(declared.flag, weights, first.source)
    weighs_the_mean = loss.normalizer is not None and by_index
    values, exponent = array_options(
        loss, options, grid, first.shape, dtype, weighs_the_mean=weighs_the_mean
    )
    # If the classes are in rows, the header names samples.
    names = first.source.names if loss.by_class and first.in_rows else ()
    return Problem(
        loss=loss,
        settings=settings,
        operands=operands,
        options=values,
        grid=grid,
        sample_weight=sample_weight,
        class_exponent=exponent,
        sample_exponent=0 if sample_weight is None else check_sample_weight(sample_weight, grid),
        weight_sources=weight_sources,
        names=names if len(names) == grid.classes else (),
        dtype=dtype,
    )


def _operands(
    loss: Loss, sources: Mapping[str, Source], options: Mapping[str, Any], settings: Settings
) -> list[Operand]:
    """Return the operands in the order of the loss's roles."""
    first = first_operand(loss, sources, options, settings)
    others = [matched(loss, role, sources[role.name], first, options) for role in loss.roles[1:]]
    return [first, *others]


def _grid(operands: Sequence[Operand], dtype: np.dtype[Any]) -> Grid:
    first = operands[0]
    axes = axes_of(first)
    return grid_of(
        axes,
        1 if first.order is None else first.shape[1],
        dtype.itemsize,
        row=max(operand.repeat for operand in operands),
        steps=first.shape[2] if first.kind.layout is Layout.SEQUENCES else 1,
    )


def _in_rows(operand: Operand, others: Sequence[Operand]) -> Operand:
    """Return concatenated labels as rows of one length, any other operand as it is."""
    shape = operand.source.shape
    if operand.kind.layout is not Layout.LABELS or (len(shape) > 1 and shape[1]):
        return operand
    if len(shape) > 1:
        return operand._replace(turned=np.full((shape[0], 1), -1))
    counts = next(other for other in others if other.kind.length_of == operand.role.name)
    given = lengths(
        counts.block(0, counts.shape[0]),
        shape[0],
        operand.role.name,
        lambda at: counts.place((at,)),
    )
    if given.sum() != shape[0]:
        raise MisfitError(
            f"{counts.source.label}: the {counts.role.name} sum to {given.sum()}, but "
            f"{operand.source.label} holds {shape[0]} labels; correct one of them"
        )
    rows, starts = padded(operand.source.read(0, shape[0]), given)
    return operand._replace(turned=rows, starts=starts)


def _refuse_for_kind(loss: Loss, options: Mapping[str, Any], first: Operand) -> None:
    """Refuse options that are for another kind of input."""
    for declared in loss.options:
        needs = getattr(declared.spec, "needs", "")
        if needs and options[declared.name] and first.kind.name != needs:
            raise UsageError(
                f"{option(declared.name)} is for {needs}, but the input is {first.kind.name}; "
                "remove it"
            )


def _refuse_excluded(operands: Sequence[Operand], options: Mapping[str, Any], grid: Grid) -> None:
    """Refuse options that name a class that does not exist."""
    for name in filter(None, (operand.kind.excluded_option for operand in operands)):
        if not 0 <= options[name] < grid.classes:
            raise UsageError(
                f"{option(name)}: {options[name]} is not a class; give one of 0..{grid.classes - 1}"
            )


def _refuse_label_options(loss: Loss, options: Mapping[str, Any], settings: Settings) -> None:
    ignore = loss.with_effect(Effect.IGNORES_TARGETS)
    given = {"label_base": bool(settings.label_base)}
    if ignore is not None:
        given[ignore.name] = options[ignore.name] != ignore.default
    for name, is_given in given.items():
        if is_given:
            raise UsageError(
                f"{option(name)} is for class indices, but the target is class probabilities; "
                "remove it"
            )
