"""Loss values, per-sample losses and gradients, exact and explained.

`compute("ce", input=..., target=...)` returns a `Result`; `losses.names()` lists what there is.
NumPy is imported with the first of them that is used, not with the package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from losscli import losses
from losscli.errors import LossError
from losscli.version import __version__

if TYPE_CHECKING:
    from losscli.api import compute
    from losscli.result import Result

__all__ = ["LossError", "Result", "__version__", "compute", "losses"]

_HOMES = {
    "compute": "losscli.api",
    "Result": "losscli.result",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
