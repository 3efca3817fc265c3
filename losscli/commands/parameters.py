"""The signature of a command on a loss: its roles, its own options, and the command's flags."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import fields
from typing import Annotated, Any, get_type_hints

import typer

from losscli.commands.flags import DATA, LOSS, SOURCE, DataFlags, Flags
from losscli.losses.declare.options import Option, array_extent
from losscli.losses.declare.registry import Loss, Role

SHORT = {"input": "-i", "target": "-t"}


def choice(choices: tuple[Any, ...]) -> dict[str, Any]:
    """Return how an option shows and completes these names."""
    names = [str(choice) for choice in choices]
    return {"metavar": f"[{'|'.join(names)}]", "autocompletion": lambda: names}


def signature(loss: Loss, flags: type[DataFlags]) -> inspect.Signature:
    """Return the signature that Typer reads a command on a loss from."""
    own = (_own(option) for option in loss.options)
    names = [field.name for field in fields(flags)]
    return inspect.Signature([*map(source_option, loss.roles), *own, *flag_options(names, flags)])


def flag_options(names: Sequence[str], flags: type[DataFlags] = Flags) -> list[inspect.Parameter]:
    """Return some of a command's flags as options, in this order."""
    hints = get_type_hints(flags, include_extras=True)
    defaults = {field.name: field.default for field in fields(flags)}
    return [keyword(name, defaults[name], hints[name]) for name in names]


def keyword(name: str, default: Any, annotation: Any) -> inspect.Parameter:
    """Return one parameter of a command."""
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
    )


def source_option(role: Role) -> inspect.Parameter:
    """Return the option that names the file of a role."""
    option = typer.Option(
        f"--{role.name.replace('_', '-')}",
        *([SHORT[role.name]] if role.name in SHORT else []),
        help=_sentence(role.what),
        metavar=SOURCE,
        rich_help_panel=DATA,
    )
    return keyword(role.name, None, Annotated[str | None, option])


def _own(option: Option) -> inspect.Parameter:
    flag = f"--{option.flag}"
    details: dict[str, Any] = {"rich_help_panel": LOSS}
    text = option.spec.help
    default = option.default
    if option.choices:
        kind: Any = option.type
        details |= choice(option.choices)
    elif array_extent(option):
        kind = str | None
        details["metavar"] = "WEIGHTS"
        default = None if default is None else str(default)
    elif option.type is bool:
        kind = bool
        flag = f"{flag}/--no-{option.flag}"
    else:
        kind = option.type
        details["metavar"] = "N" if option.type is int else "X"
        text = f"{text}; {option.domain}"
    annotation = Annotated[kind, typer.Option(flag, help=_sentence(text), **details)]
    return keyword(option.name, default, annotation)


def _sentence(text: str) -> str:
    """Return a help text as a sentence that rich does not take for markup."""
    return (text[:1].upper() + text[1:] + ".").replace("[", "\\[")
