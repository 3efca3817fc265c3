"""Losses of cosines between embeddings and class weights: a softmax with a margin on the angle.

x is (c, m): a column is one term; targets are class indices (m,). Cosines that rounding took beyond
-1 or 1 are clipped, and their gradient is that at the clipped value.
"""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np

from losscli.losses.declare.decorator import loss
from losscli.losses.declare.options import MARGINS, SCALES, above, at_least, within
from losscli.losses.declare.registry import Terms
from losscli.losses.declare.standard_kinds import ClassIndex, Cosines
from losscli.numerics.arrays import Array
from losscli.numerics.elementary import sum_columns
from losscli.numerics.entries import Entries
from losscli.numerics.strips import strips


@loss(
    family="classification",
    nats=True,
    words="face recognition, angular margin, metric learning",
    example="loss arcface -i samples/faces/cosines.csv -t samples/faces/labels.csv",
    formula="-log softmax(s)[y], s_j = scale cos_j, s_y = scale cos(theta_y + margin)",
    range="0 and above; never 0 in exact numbers",
    divides_by="the number of terms",
    equivalences="margin 0: ce of scale times the cosines",
    pitfalls="beyond theta_y = pi - margin the logit rises again and pulls the wrong way",
)
def arcface(
    input: Cosines,
    target: ClassIndex,
    *,
    scale: Annotated[
        float, above(0, "factor of the cosines, the radius of the sphere", usual=SCALES)
    ] = 64.0,
    margin: Annotated[
        float, within(0, math.pi, "added to the target's angle, in radians", usual=MARGINS)
    ] = 0.5,
    grad: bool = False,
) -> Terms:
    """ArcFace loss of cosines and class indices: the target's angle must lead by a margin.

    input (n, c, d...) cosines in [-1, 1], target (n, d...) class indices; each term is the loss of
    one position in nats. cos(theta + margin) is used beyond pi too. Where the target's cosine is
    -1 or 1, the infinite slope of sin(theta) is left out of the gradient: the logit's slope is
    scale cos(margin).

    Source: Deng et al. 2019, arXiv:1801.07698.
    """
    cosines = np.clip(input, -1, 1)
    entries = Entries(target, len(cosines))
    own = entries.of(cosines)
    sine = np.sqrt((1 - own) * (1 + own))
    entries.put(cosines, own * math.cos(margin) - sine * math.sin(margin))
    slope: Array | float = 1.0
    if grad:
        per_cosine = np.divide(own, sine, where=sine != 0, out=np.zeros_like(sine))
        slope = math.cos(margin) + per_cosine * math.sin(margin)
    return _scaled_softmax(cosines, entries, slope, scale, grad=grad)


@loss(
    family="classification",
    nats=True,
    aliases=("cosface",),
    words="face recognition, metric learning",
    example="loss am-softmax -i samples/faces/cosines.csv -t samples/faces/labels.csv",
    formula="-log softmax(s)[y], s_j = scale cos_j, s_y = scale (cos_y - margin)",
    range="0 and above; never 0 in exact numbers",
    divides_by="the number of terms",
    equivalences="margin 0: ce of scale times the cosines",
    pitfalls="with a large scale a few hard samples dominate the loss; papers use 30 and 64",
)
def am_softmax(
    input: Cosines,
    target: ClassIndex,
    *,
    scale: Annotated[
        float, above(0, "factor of the cosines, the radius of the sphere", usual=SCALES)
    ] = 30.0,
    margin: Annotated[
        float, at_least(0, "subtracted from the target's cosine", usual=MARGINS)
    ] = 0.35,
    grad: bool = False,
) -> Terms:
    """Additive-margin softmax loss of cosines and class indices: the target's cosine must lead.

    input (n, c, d...) cosines in [-1, 1], target (n, d...) class indices; each term is the loss of
    one position in nats.

    Sources: Wang F. et al. 2018, doi:10.1109/LSP.2018.2822810; Wang H. et al. 2018 (CosFace),
    arXiv:1801.09414.
    """
    cosines = np.clip(input, -1, 1)
    entries = Entries(target, len(cosines))
    entries.put(cosines, entries.of(cosines) - margin)
    return _scaled_softmax(cosines, entries, 1.0, scale, grad=grad)


def _scaled_softmax(
    cosines: Array, own: Entries, slope: Array | float, scale: float, *, grad: bool
) -> Terms:
    """Return the cross entropy of scaled cosines, which are overwritten.

    The targets' have been moved; `slope` is the derivative of that.
    """
    top, rest = cosines.max(axis=0), np.empty_like(cosines[0])
    gap = own.of(cosines) - top
    gap *= scale
    at = np.exp(gap)
    for part in strips(cosines):
        # Scaled after the subtraction: rounding a logit of 64 would cost its exponential digits.
        e = cosines[:, part]
        e -= top[part]
        e *= scale
        np.exp(e, out=e)
        own.put(cosines, 0, part)
        rest[part] = sum_columns(e)
    # The largest exponential is 1. Where that is the target's, log1p sees the others alone.
    terms = np.log1p(rest + (at - 1)) - gap
    if not grad:
        return terms, {}
    pull = scale / (rest + at)
    cosines *= pull
    own.put(cosines, -rest * pull * slope + 0.0)
    return terms, {"input": cosines}
