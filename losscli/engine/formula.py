"""The call of a loss's formula on a tile.

The formulas of losscli are held to their contract by tests. One of another package may fail, or
return what would be wrong in silence, so that is checked here, tile by tile.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from losscli.errors import LossError
from losscli.losses.declare.registry import Loss, Terms
from losscli.numerics.arrays import Array

NUMERIC = "fiub"


def terms_of(
    loss: Loss, roles: Mapping[str, Array], options: Mapping[str, Any], *, grad: bool
) -> Terms:
    """Return the terms, (m,), and with `grad` the derivatives, shaped as the roles of the tile.

    Raises LossError if the formula of another package fails or returns anything else.
    """
    if not loss.package:
        return loss.kernel(*roles.values(), **options, grad=grad)
    try:
        terms, aside = loss.kernel(*roles.values(), **options, grad=grad)
        found = {"terms": np.asarray(terms)}
        for role in loss.differentiable if grad else ():
            if role not in aside:
                raise _refusal(loss, f"it returns no gradient of {role}")
            # The engine writes into gradients: they must not be arrays that are someone else's.
            found[role] = np.array(aside[role])
    except LossError:
        raise
    except Exception as error:
        raise _refusal(loss, f"its formula fails: {type(error).__name__}: {error}") from error
    size = next(iter(roles.values())).shape[-1:]
    for name, array in found.items():
        what = name if name == "terms" else f"gradient of {name}"
        shape = size if name == "terms" else roles[name].shape
        if array.shape != shape:
            raise _refusal(loss, f"its {what}: shape {array.shape}, expected {shape}")
        if array.dtype.kind not in NUMERIC:
            raise _refusal(loss, f"its {what}: {array.dtype}, expected floats")
    others = {name: kept for name, kept in aside.items() if name not in loss.differentiable}
    return found.pop("terms"), {**others, **found}


def _refusal(loss: Loss, what: str) -> LossError:
    advice = f"run python -m losscli.contract {loss.package}"
    if loss.package == "__main__":
        advice = "correct it"
    return LossError(f"{loss.name} of {loss.package}: {what}; {advice}")
