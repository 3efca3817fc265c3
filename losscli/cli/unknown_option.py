"""The message about an option that a command does not take: why, or which commands take it."""

from __future__ import annotations

from typing import Any

from typer.main import get_command

from losscli.cli.app import build_app
from losscli.losses.declare.registry import Loss, find
from losscli.losses.index import INDEX
from losscli.output.streams import Streams

LISTED = 4
"""How many losses are named; the others are counted."""


def refusal(flag: str, tool: str, loss: str) -> str:
    """Return why an option is not taken that others take; nothing if none does."""
    name = flag.lstrip("-").replace("-", "_")
    meant = find(loss)
    if lacking := meant.lacks(name):
        return f"{flag}: {meant.name} has no {lacking}; remove it"
    if tool and _of_command(meant, flag):
        return f"{flag}: loss {tool} does not take it (loss {meant.name} does); remove it"
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


def _of_command(loss: Loss, flag: str) -> bool:
    """Whether the command of a loss has an option."""
    app: Any = get_command(build_app("", loss.name, Streams(), alone=True))
    options = app.commands[loss.name].params
    return any(flag in (*option.opts, *option.secondary_opts) for option in options)
