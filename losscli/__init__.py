"""Loss values, per-sample losses and gradients, exact and explained.

`compute("ce", input=..., target=...)` returns a `Result`; `losses.names()` lists what there is.
`read("ce", input="logits.csv", target="labels.csv")` returns the arrays for it, read as the command
line reads them; `transform("softmax", x)` returns probabilities.
NumPy is imported when one of them is first used, not with the package.
"""

from __future__ import annotations

# Nothing is imported here, not even typing: until the program runs, an interrupt is Python's own.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from losscli import losses
    from losscli.engine.compute import compute
    from losscli.engine.read import read
    from losscli.engine.result.result import Result
    from losscli.engine.transform import transform
    from losscli.errors import LossError, LossWarning
    from losscli.losses.declare.decorator import loss
    from losscli.version import __version__

__all__ = [
    "LossError",
    "LossWarning",
    "Result",
    "__version__",
    "compute",
    "loss",
    "losses",
    "read",
    "transform",
]

_HOMES = {
    "compute": "losscli.engine.compute",
    "read": "losscli.engine.read",
    "transform": "losscli.engine.transform",
    "LossError": "losscli.errors",
    "LossWarning": "losscli.errors",
    "loss": "losscli.losses.declare.decorator",
    "Result": "losscli.engine.result.result",
    "__version__": "losscli.version",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name == "losses":
        return import_module("losscli.losses")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
