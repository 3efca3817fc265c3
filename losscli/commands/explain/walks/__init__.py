"""The walks of all losses, one file for each file of `losses/`; a walk has the name of its loss."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from losscli.losses.index import INDEX

WalkOf = Callable[..., None]


def walk_of(name: str) -> WalkOf:
    """Return the walk of a loss; its own module alone is imported."""
    found: WalkOf = getattr(_module(name), name.replace("-", "_"))
    return found


def example_of(name: str) -> Mapping[str, Any]:
    """Return the example that a walk states: numbers by role, or by role and kind, and `names`."""
    found: Mapping[str, Any] = getattr(_module(name), "EXAMPLES", {}).get(name, {})
    return found


def _module(name: str) -> Any:
    return import_module(f"{__name__}.{INDEX[name].module}")
