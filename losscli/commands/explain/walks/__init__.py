"""The walks of all losses, one file for each file of `losses/`; a walk has the name of its loss."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from losscli.losses.index import INDEX

WalkOf = Callable[..., None]


def walk_of(name: str) -> WalkOf | None:
    """Return the walk of a loss, if it has one; its own module alone is imported."""
    return getattr(_module(name), name.replace("-", "_")) if name in INDEX else None


def example_of(name: str) -> Mapping[str, Any]:
    """Return the example that a walk states: numbers by role, or by role and kind, and `names`."""
    examples = getattr(_module(name), "EXAMPLES", {}) if name in INDEX else {}
    found: Mapping[str, Any] = examples.get(name, {})
    return found


def _module(name: str) -> Any:
    return import_module(f"{__name__}.{INDEX[name].module}")
