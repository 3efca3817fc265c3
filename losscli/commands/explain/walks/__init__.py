"""The walks of all losses, a file for each file of `losses/`: a walk has its loss's name."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from losscli.losses.index import INDEX

WalkOf = Callable[..., None]


def walk_of(name: str) -> WalkOf:
    """Return the walk of a loss; its own module alone is imported."""
    module: Any = import_module(f"{__name__}.{INDEX[name].module}")
    found: WalkOf = getattr(module, name.replace("-", "_"))
    return found
