"""Every deviation there is: importing this fills the registry, in the order of the search."""

from __future__ import annotations

from losscli.commands.reconcile import (  # noqa: F401
    clipping,
    elements,
    folds,
    forms,
    labels,
    precision,
    weighting,
)
from losscli.commands.reconcile.deviation import REGISTRY

__all__ = ["REGISTRY"]
