"""Deviations that a declaration names: other definitions of the loss, other kinds of its roles."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.deviation import (
    EVERY_DAY,
    NOW_AND_THEN,
    Deviation,
    deviation,
    is_weighted,
    usual_values,
)
from losscli.errors import UsageError
from losscli.losses.declare.role_kind import Layout
from losscli.losses.declare.variant import Variant

OTHER_KINDS: dict[str, tuple[tuple[int, str, str], ...]] = {
    "variances": (
        (EVERY_DAY, "np.sqrt({})", "standard deviations are passed as variances: their roots"),
        (EVERY_DAY, "{} ** 2", "the file has standard deviations: they are squared"),
        (EVERY_DAY, "np.exp({})", "the file has log-variances: exp of them"),
        (NOW_AND_THEN, "np.exp(2 * {})", "the file has logarithms of standard deviations"),
        (NOW_AND_THEN, "1 / {}", "the file has precisions: one over them"),
        (NOW_AND_THEN, "np.logaddexp(0, {})", "the variances go through softplus first"),
    ),
    "distances": (
        (EVERY_DAY, "{} ** 2", "the distances are squared"),
        (NOW_AND_THEN, "np.sqrt({})", "the distances are roots of these"),
        (NOW_AND_THEN, "1 - {}", "the input is a similarity: one minus it is the distance"),
    ),
    "cosines": ((NOW_AND_THEN, "np.cos({})", "the input is angles, not cosines"),),
}
"""By the kind of a role: what it holds elsewhere, the likeliest first."""


@deviation("loss")
def other_definitions(case: Case) -> Iterator[Deviation]:
    """Another definition that goes by the name of the loss."""
    if is_weighted(case) or case.settings.shift:
        return
    for variant in case.loss.variants:
        if not variant.of(case.options):
            continue
        yield Deviation(
            variant.words,
            EVERY_DAY if variant.usual else NOW_AND_THEN,
            partial(_as_variant, variant=variant),
        )
        for option in case.loss.options:
            if f"{{{option.name}}}" not in variant.terms or not variant.usual:
                continue
            for value in usual_values(case, option):
                yield Deviation(
                    f"{variant.words}; {option.flag} is {value:g}",
                    NOW_AND_THEN,
                    partial(_as_variant, variant=variant, **{option.name: value}),
                )


def _as_variant(case: Case, variant: Variant, **options: Any) -> Case:
    text = ""
    if variant in case.loss.variants:
        text = variant.of({**case.options, **options})
    if not text:
        raise UsageError("the definition does not hold for these options")
    return case.as_terms(text)


@deviation("kind of a role")
def other_kinds_of_roles(case: Case) -> Iterator[Deviation]:
    """A role holds something near what it should: standard deviations, squared distances."""
    for role in case.loss.roles:
        for plainness, text, words in OTHER_KINDS.get(role.kinds[0].name, ()):
            yield Deviation(words, plainness, partial(Case.map, role=role.name, text=text))


@deviation("kind of a role")
def vectors_of_length_1(case: Case) -> Iterator[Deviation]:
    """Vectors are scaled to length 1 first."""
    vectors = [role.name for role in case.loss.roles if role.kinds[0].layout is Layout.VECTORS]
    if vectors:
        yield Deviation(
            "the vectors are scaled to length 1 first", NOW_AND_THEN, partial(_scaled, vectors)
        )


def _scaled(vectors: list[str], case: Case) -> Case:
    for name in vectors:
        case = case.map(name, "unit({})")
    return case
