"""Losses of sequences: x is a list of steps, each a list over the classes."""

from __future__ import annotations

import math
from typing import Any

from mpmath import mp, mpf  # type: ignore[import-untyped]

from tests.losses.references import Term
from tests.losses.references.exponential import exp


def ctc(
    x: list[list[Any]],
    y: list[int],
    input_length: int,
    target_length: int,
    *,
    blank: int,
    zero_infinity: bool,
) -> Term:
    states = [blank]
    for label in y[:target_length]:
        states += [label, blank]
    if not input_length:
        probability = mpf(not target_length)
    else:
        first = [exp(x[0][state]) for state in states]
        reached = [*first[:2], *[mpf(0)] * (len(states) - 2)]
        for step in x[1:input_length]:
            reached = [
                exp(step[state])
                * (
                    reached[k]
                    + (reached[k - 1] if k > 0 else 0)
                    + (reached[k - 2] if k > 1 and state not in (blank, states[k - 2]) else 0)
                )
                for k, state in enumerate(states)
            ]
        probability = mp.fsum(reached[-2:])
    # Each step rounds a logarithm of the size of those that it adds.
    largest = max(abs(value) for step in x for value in step)
    scale, ulps = max(largest * max(input_length, 1), 1), 4 + input_length
    if not probability:
        return Term(mpf(0) if zero_infinity else mpf("inf"))
    loss = -mp.log(probability)
    if zero_infinity and math.isinf(float(loss)):
        return Term(mpf(0))  # beyond every double is infinite
    return Term(loss, ulps=ulps, scale=scale, length=max(target_length, 1))
