"""The message about an option that a command does not take: why, or which commands take it."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from typer.main import get_command

from losscli.cli.app import build_app
from losscli.commands.options import FORMATS
from losscli.commands.signatures import SHORT
from losscli.losses.declare.registry import Loss, Role, find
from losscli.losses.index import INDEX
from losscli.output.streams import Streams

LISTED = 4
"""How many losses are named; the others are counted."""


def refusal(flag: str, tool: str, loss: str, offered: Container[str]) -> str:
    """Return why an option is not taken that others take; nothing if none does."""
    name = flag.lstrip("-").replace("-", "_")
    typed = find(loss)
    roles = [one for one in map(_flag, typed.roles) if one in offered]
    if roles and flag not in roles and flag in (*SHORT.values(), *map("--{}".format, SHORT)):
        return f"there is no option {flag}; {typed.name} takes {', '.join(roles)}"
    if lacking := typed.lacks(name):
        return f"{flag}: {typed.name} has no {lacking}; remove it"
    if tool and _of_command(typed, flag):
        return f"{flag}: loss {tool} does not take it (loss {typed.name} does); remove it"
    takers = [other for other in INDEX if _takes(find(other), name.removeprefix("no_"))]
    if not takers:
        return ""
    named = ", ".join(takers[:LISTED])
    more = f" and {len(takers) - LISTED} more" if len(takers) > LISTED else ""
    do = "do" if len(takers) > 1 else "does"
    return f"{flag}: {typed.name} does not take it ({named}{more} {do}); remove it"


def likely(flag: str, tool: str, loss: str, offered: Container[str]) -> str:
    """Return the option that an unknown one most likely means, if it says so itself.

    That is a short one with a dash too many, a format, or a role by another of its names.
    """
    name = flag.lstrip("-").replace("-", "_").lower()
    if not tool and name in FORMATS:
        return f"-f {name}"
    roles = [role for one in ([loss] if loss else INDEX) for role in find(one).roles]
    named = [_flag(role) for role in roles if name in role.keys]
    return next((option for option in (f"-{name}", *named) if option in offered), "")


def _flag(role: Role) -> str:
    return f"--{role.name.replace('_', '-')}"


def _takes(loss: Loss, name: str) -> bool:
    """Whether a role or an option of a loss has this name."""
    names = [role.name for role in loss.roles] + [option.name for option in loss.options]
    return name in (known.rstrip("_") for known in names)


def _of_command(loss: Loss, flag: str) -> bool:
    """Whether the command of a loss has an option."""
    app: Any = get_command(build_app("", loss.name, Streams(), alone=True))
    options = app.commands[loss.name].params
    return any(flag in (*option.opts, *option.secondary_opts) for option in options)
