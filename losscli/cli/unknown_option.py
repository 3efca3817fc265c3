"""The message about an option that a loss does not take: why, or which losses take it."""

from __future__ import annotations

from losscli.losses.declare.registry import Loss, find
from losscli.losses.index import INDEX

LISTED = 4
"""How many losses are named; the others are counted."""


def refusal(flag: str, loss: str) -> str:
    """Return why a loss does not take an option that others take; nothing if none does."""
    name = flag.lstrip("-").replace("-", "_")
    meant = find(loss)
    if lacking := meant.lacks(name):
        return f"{flag}: {meant.name} has no {lacking}; remove it"
    takers = [other for other in INDEX if _takes(find(other), name.removeprefix("no_"))]
    if not takers:
        return ""
    named = ", ".join(takers[:LISTED])
    more = f" and {len(takers) - LISTED} more" if len(takers) > LISTED else ""
    do = "do" if len(takers) > 1 else "does"
    return f"{flag}: {meant.name} does not take it ({named}{more} {do}); remove it"


def _takes(loss: Loss, name: str) -> bool:
    """Whether a role or an option of a loss has this name."""
    names = [role.name for role in loss.roles] + [option.name for option in loss.options]
    return name in (known.rstrip("_") for known in names)
