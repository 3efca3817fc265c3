"""Loss values, per-sample losses and gradients, exact and explained.

Every loss is a function: `losscli.ce(logits, labels)` returns a `Result`, and so does
`compute("ce", input=..., target=...)`; `losses.names()` lists what there is.
`read("ce", input="logits.csv", target="labels.csv")` returns the arrays for it, read as the command
line reads them; `transform("softmax", x)` returns probabilities.
NumPy is imported when one of them is first used, not with the package.
"""

from __future__ import annotations

# Nothing is imported here, not even typing: until the program runs, an interrupt is Python's own.
# `__init__.pyi` beside this file has the types; `python -m tests.stub` writes it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from losscli.losses.index import Entry

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
    "notebook_view": "losscli.output.notebook",
}
"""The modules of the names; those that are not in `__all__` are hooks of the package's own."""


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name == "losses":
        return import_module("losscli.losses")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    lacking = f"module {__name__!r} has no attribute {name!r}"
    if not name.startswith("_"):
        from losscli.engine.functions import function_named, likely

        if function := function_named(name):
            return function
        if hint := likely(name):
            raise AttributeError(f"{lacking}; {hint}")
    import sys

    # Python adds the nearest name of the module.
    raise AttributeError(lacking, name=name, obj=sys.modules[__name__])


def __dir__() -> list[str]:
    from losscli.losses.declare.installed import entries

    return [*__all__, *_functions(entries())]


def _functions(index: Mapping[str, Entry] | None = None) -> dict[str, str]:
    """Return the names of the functions, also those of aliases, with the loss of each.

    Without an index, those of losscli's own losses.
    """
    from losscli.losses.index import INDEX

    return {
        label.replace("-", "_"): name
        for name, entry in (index or INDEX).items()
        for label in (name, *entry.aliases)
    }
