"""Deviations of the loss: another one of its family, with its usual options and definitions."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.deviation import (
    EVERY_DAY,
    NOW_AND_THEN,
    RARELY,
    Deviation,
    deviation,
    is_weighted,
)
from losscli.commands.reconcile.forms import LOGITS, PROBS, through
from losscli.errors import UsageError
from losscli.losses.declare.options import Bounds, Effect, Extent, Option, array_extent
from losscli.losses.declare.registry import Loss, find
from losscli.losses.declare.variant import Variant
from losscli.losses.index import INDEX

EVERYWHERE = ("torch", "keras", "sklearn")
"""A loss that all of these libraries have is a likely one."""
LOGIT = "np.log({0}) - np.log1p(-{0})"


@deviation("loss")
def another_loss(case: Case) -> Iterator[Deviation]:
    """Another loss of the same numbers."""
    kinds = _kinds(case.loss)
    for name in INDEX:
        if INDEX[name].family != case.loss.family or name == case.loss.name or len(kinds) != 2:
            continue
        other = find(name)
        its = _kinds(other)
        if its == kinds or (kinds[0], its[0]) == (LOGITS, LOGITS):
            yield from _another(case, other, ())
        elif len(its) == 2 and (case.form, its[0]) == (PROBS, LOGITS):
            yield from _another(case, other, () if case.loss.by_class else (LOGIT,))


def _kinds(loss: Loss) -> tuple[str, ...]:
    return tuple(role.kinds[0].name for role in loss.roles)


def _another(case: Case, other: Loss, steps: tuple[str, ...]) -> Iterator[Deviation]:
    """Yield another loss as it is, with a usual factor or option, and by its other definitions."""
    numbers = _kinds(case.loss) == ("numbers", "numbers")
    plainness = NOW_AND_THEN if numbers or case.form == "scores" else RARELY
    if numbers and all(other.libraries[name] for name in EVERYWHERE):
        plainness = EVERY_DAY
    words = f"{other.name}: {other.summary[0].lower()}{other.summary[1:].rstrip('.')}"
    own, its = (loss.with_effect(Effect.ENDS_THE_SQUARE) for loss in (case.loss, other))
    same = {} if own is None or its is None else {its.name: case.options[own.name]}
    change = partial(_as_loss, name=other.name, steps=steps)
    yield Deviation(words, plainness, partial(change, options=same))
    for factor in other.factors:
        text = f"{words}, times {factor:g}"
        yield Deviation(text, RARELY, partial(change, options=same), unit=f"{factor!r} * {{}}")
    for option, value in _usual(other):
        if option.name in same and value == same[option.name]:
            continue
        text = f"{words}, {option.flag} {value:g}"
        mine = option.name in same and value == option.default
        own_option = partial(change, options={option.name: value})
        yield Deviation(text, plainness if mine else RARELY, own_option)
    if is_weighted(case) or case.settings.shift:
        return
    usual = [{option.name: value} for option, value in _usual(other)]
    for variant in filter(lambda one: one.usual, other.variants):
        for options in ({}, *usual):
            if all(f"{{{name}}}" in variant.terms for name in options):
                text = "".join(f", {name} {value:g}" for name, value in options.items())
                yield Deviation(
                    f"{other.name}{text}, {variant.words}",
                    plainness,
                    partial(_as_variant, variant, other, steps, options),
                )


def _usual(loss: Loss) -> Iterator[tuple[Option, float]]:
    """Yield the options of a loss, each with its default and other usual numbers."""
    for option in loss.options:
        if option.default is None or option.effect is Effect.SMOOTHS_TARGETS:
            continue
        if array_extent(option) is Extent.CLASS:
            yield option, 1.0
        elif isinstance(option.spec, Bounds):
            for value in option.spec.usual:
                if value != option.default or option.effect is Effect.ENDS_THE_SQUARE:
                    yield option, value


def _as_loss(case: Case, name: str, steps: tuple[str, ...], options: dict[str, Any]) -> Case:
    return through(case, *steps).as_loss(name, **options)


def _as_variant(
    variant: Variant, other: Loss, steps: tuple[str, ...], options: dict[str, float], case: Case
) -> Case:
    text = variant.of({option.name: option.default for option in other.options} | options)
    if not text or not case.hard_targets:
        raise UsageError(f"{other.name} has no such definition for these targets")
    return through(case, *steps).as_terms(text)
