"""The cases of all losses."""

from __future__ import annotations

import numpy as np

from losscli import Result
from losscli.contract.cases import variants_of
from losscli.losses import declaration, names
from losscli.losses.declare.role_kind import Layout

LOSSES = [declaration(name) for name in names()]
VARIANTS = [variant for loss in LOSSES for variant in variants_of(loss)]
BY_CLASS = [variant for variant in VARIANTS if variant.loss.layout is Layout.CLASSES]


def same(left: Result, right: Result) -> bool:
    """Return whether two results hold the same bits."""
    return (
        np.asarray(left.value).tobytes() == np.asarray(right.value).tobytes()
        and left.per_sample.tobytes() == right.per_sample.tobytes()
        and left.grad.keys() == right.grad.keys()
        and all(left.grad[role].tobytes() == right.grad[role].tobytes() for role in left.grad)
    )
