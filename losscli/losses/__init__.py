"""The losses, one file per family of formulas; a kernel reads like its formula.

`losscli.losses.names()` lists them, `losscli.losses.declaration("ce")` describes one.
"""

from __future__ import annotations

# Every use of `losscli.losses.declare` runs this file: it imports nothing.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from losscli.losses.declare.registry import Loss


def names() -> list[str]:
    """Return the names of all losses, family by family, then those of other packages.

    Warns with `losscli.LossWarning` about installed losses that are not available.
    """
    from losscli.errors import warn
    from losscli.losses.declare import plugins
    from losscli.losses.index import INDEX

    own = [loss.name for loss in plugins.losses()]
    warn(plugins.problems())
    return [*INDEX, *own]


def declaration(name: str) -> Loss:
    """Return the declaration of a loss: roles, options, reductions, names in other libraries."""
    from losscli.losses.declare.registry import find

    return find(name)
