"""The losses, a file a family of formulas; a kernel reads like its formula.

`losscli.losses.names()` lists them, `losscli.losses.declaration("ce")` tells all about one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from losscli.losses.index import INDEX

if TYPE_CHECKING:
    from losscli.losses.declare.registry import Loss


def names() -> list[str]:
    """Return the names of all losses, family by family."""
    return list(INDEX)


def declaration(name: str) -> Loss:
    """Return what is declared of a loss: roles, options, reductions, names elsewhere."""
    from losscli.losses.declare.registry import find

    return find(name)
