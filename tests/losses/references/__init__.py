"""Slow formulas of every loss, one term at a time, in as many digits as it takes.

A reference is a function with the loss's name in a file of this folder. It gets the numbers of one
term (a list over the classes where a role has them), every option by keyword, and returns a `Term`.
It follows the textbook, with none of the kernel's tricks: the digits keep it exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, NamedTuple

import numpy as np
from mpmath import mp, mpf  # type: ignore[import-untyped]

from losscli.contract.cases import Case, extent_of
from losscli.losses.declare.options import Extent
from losscli.losses.declare.role_kind import Layout


class Term(NamedTuple):
    """One term's loss and what it adds to the normalizer of the mean."""

    loss: Any
    mass: Any = 1
    ulps: int = 4
    """Units in the last place that the kernel may be off; powers multiply what they are given."""
    scale: Any = 0
    """If the loss is a difference, its largest part, whose last place is what counts."""
    grain: Any = 0
    """The largest factor of a part: the part itself is rounded to a multiple of 5e-324 first."""
    length: int = 1
    """What the loss is divided by before the mean is taken."""


def reference(name: str) -> Callable[..., Term]:
    """Return the reference function of a loss."""
    for module in iter_modules(__path__):
        functions = vars(import_module(f"{__name__}.{module.name}"))
        if found := functions.get(name.replace("-", "_")):
            return found  # type: ignore[no-any-return]
    raise LookupError(f"no reference formula for {name}")


def terms(case: Case) -> Iterator[Term]:
    """Yield the reference terms of a case in the order of the flattened terms."""
    loss = case.variant.loss
    function = reference(loss.name)
    ignored = case.options.get("ignore_index", -100)
    for index in np.ndindex(*case.axes):
        roles, options = arguments(case, index)
        if case.variant.indexed and roles[-1] == ignored:
            yield Term(mpf(0), mpf(0))
        else:
            yield function(*roles, **options)


def arguments(case: Case, index: tuple[int, ...]) -> tuple[list[Any], dict[str, Any]]:
    """Return what a reference gets for one term: its numbers role by role, and the options."""
    roles = [_role(case, role.name, index) for role in case.variant.loss.roles]
    return roles, _options(case, index)


def _role(case: Case, name: str, index: tuple[int, ...]) -> Any:
    values, kind = case.roles[name], case.kind(name)
    if kind.layout is Layout.SEQUENCES:
        return [[mpf(float(x)) for x in step] for step in values[:, index[0]]]
    if kind.layout is not Layout.TERMS:
        row = np.moveaxis(values, 1, -1)[index]
        return [int(x) if kind.is_integer else mpf(float(x)) for x in row]
    if kind.broadcasts and values.shape[-1] == 1:
        index = (*index[:-1], 0)
    return int(values[index]) if kind.is_integer else mpf(float(values[index]))


def _options(case: Case, index: tuple[int, ...]) -> dict[str, Any]:
    options = {}
    for option in case.variant.loss.options:
        value = case.options.get(option.name, option.default)
        if value is not None and extent_of(option) is Extent.CLASS:
            classes = case.roles[case.variant.loss.roles[0].name].shape[1]
            value = [mpf(float(w)) for w in np.broadcast_to(value, classes)]
        elif value is not None and extent_of(option) is Extent.TERM:
            value = mpf(float(value[index]))
        elif isinstance(value, float):
            value = mpf(value)
        options[option.name] = value
    return options


def reduced(found: list[Term], reduction: str) -> Any:
    """Return the sum of the terms, or over the sum of their masses."""
    if reduction == "sum":
        return mp.fsum(term.loss for term in found)
    return mp.fsum(term.loss / term.length for term in found) / mp.fsum(term.mass for term in found)
