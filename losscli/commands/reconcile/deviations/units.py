"""Deviations of the unit: another logarithm, a perplexity, a root, a factor, a sign."""

from __future__ import annotations

from collections.abc import Iterator

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.deviation import (
    EVERY_DAY,
    NOW_AND_THEN,
    RARELY,
    Deviation,
    deviation,
)

STEPS = (2, 4, 8, 16, 32)
"""Numbers of accumulation steps."""


@deviation("unit")
def logarithms(case: Case) -> Iterator[Deviation]:
    """A perplexity, bits, another base, the opposite sign."""
    loss = case.loss
    summary = loss.likelihood and case.settings.reduction == "mean" and not case.adds_to_terms
    if loss.likelihood:
        field = "perplexity" if summary else ""
        yield _unit("perplexity: exp of the mean", EVERY_DAY, "math.exp({})", field)
    if loss.nats:
        field = "bits" if summary else ""
        yield _unit("bits: logarithms to the base 2", EVERY_DAY, "{} / math.log(2)", field)
        yield _unit("logarithms to the base 10", NOW_AND_THEN, "{} / math.log(10)")
        yield _unit("2 to the power of the mean in nats", RARELY, "2 ** {}")
        yield _unit("the opposite sign: the log-likelihood", NOW_AND_THEN, "-{}")
        yield _unit(
            "the mean probability of the target: exp of minus the mean", RARELY, "math.exp(-{})"
        )


@deviation("unit")
def roots(case: Case) -> Iterator[Deviation]:
    """The square root of the mean."""
    loss = case.loss
    if case.is_regression:
        words = f"the square root of the mean{loss.root and f': {loss.root}'}"
        yield _unit(words, EVERY_DAY if loss.root else RARELY, "math.sqrt({})")


@deviation("unit")
def factors(case: Case) -> Iterator[Deviation]:
    """A factor: half, percent, accumulation steps that were added up or divided by."""
    own = case.loss.factors
    for factor in own:
        yield _unit(_times(factor), EVERY_DAY, _text(factor))
    for steps in STEPS:
        usual = NOW_AND_THEN if steps in (2, 4, 8) else RARELY
        if float(steps) not in own:
            more = f": {steps} accumulation steps added up, not averaged"
            yield _unit(_times(steps) + more, usual, _text(steps))
        if 1 / steps not in own:
            more = f": divided by {steps} accumulation steps"
            yield _unit(_times(1 / steps) + more, usual, _text(1 / steps))
    for factor in (100.0, 0.01):
        if factor not in own:
            yield _unit(_times(factor) + ": percent, or a share", RARELY, _text(factor))


def _times(factor: float) -> str:
    named = {0.5: "half of it", 2: "twice as much"}
    if factor in named:
        return named[factor]
    return f"{factor:g} times as much" if factor > 1 else f"a share of 1/{1 / factor:g}"


def _text(factor: float) -> str:
    return f"{factor:g} * {{}}" if factor > 1 else f"{{}} / {1 / factor:g}"


def _unit(words: str, plainness: int, text: str, summary: str = "") -> Deviation:
    return Deviation(words, plainness, unit=text, summary=summary)
