"""The signature that Typer reads a command from: roles, a loss's options, a command's options."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from typing import Annotated, Any, get_type_hints

from losscli.commands.completion import columns, files, sources
from losscli.commands.options import data, either, loss_option
from losscli.errors import UsageError
from losscli.losses.declare.options import Effect, Option, array_extent
from losscli.losses.declare.registry import Loss, Role

SHORT = {"input": "-i", "target": "-t"}
SOURCE = "SOURCE"
METAVARS: dict[Any, str] = {
    int: "N",
    int | None: "N",
    float: "X",
    float | None: "X",
    str | None: SOURCE,
    list[str] | None: SOURCE,
}
COMPLETED: dict[str | None, Callable[..., Any]] = {
    SOURCE: sources,
    "WEIGHTS": sources,
    "FILE": files,
    "NAMES": files,
    "COLUMN": columns,
}
"""How a shell completes a value, by its metavar."""


def signature(
    options: type[Any],
    roles: Sequence[Role] = (),
    loss: Loss | None = None,
    without: Sequence[str] = (),
    *,
    several: bool = False,
    lists: bool = False,
) -> inspect.Signature:
    """Return the signature of a command with these roles and the fields of a dataclass as options.

    For a loss: its roles, its own options, and of the fields those that apply to it. `without`
    names roles and fields that are left out. With `several` the first role may be repeated. With
    `lists` there are no roles, and of the loss's options those that are single values; a number
    may be several, as text.
    """
    given = () if lists else loss.roles if loss else roles
    named = [role for role in given if role.name not in without]
    found = [_source_option(role, first=role is named[0], several=several) for role in named]
    if loss:
        own = filter(is_single, loss.options) if lists else loss.options
        found += [_loss_option(option, several=lists) for option in own]
    shared = [*_fields(options, loss, without)]
    if loss:
        _refuse_shared(loss, {one.name for one in found}.intersection(one.name for one in shared))
    return inspect.Signature([*found, *shared])


def _refuse_shared(loss: Loss, names: set[str]) -> None:
    """Refuse a loss of another package with an option that this command has for every loss."""
    for name in sorted(names):
        raise UsageError(
            f"{loss.name} of {loss.package}: {flag(name)} is an option of this command for every "
            "loss; rename it there"
        )


def _fields(
    options: type[Any], loss: Loss | None, without: Sequence[str]
) -> Iterator[inspect.Parameter]:
    hints = get_type_hints(options, include_extras=True)
    for field in fields(options):
        if field.name in without or (loss and loss.lacks(field.name)):
            continue
        hint = hints[field.name]
        kind, how = hint.__origin__, hint.__metadata__[0]
        # An option that depends on the loss is a function of it.
        own = how(loss) if callable(how) else how
        own.metavar = own.metavar or METAVARS.get(kind)
        # Typer takes the first name of an annotation for a default, and moves it later.
        if kind is bool and not (own.param_decls or isinstance(own.default, str)):
            own.param_decls = (flag(field.name),)
        yield _keyword(field.name, field.default, kind, own)


def _keyword(name: str, default: Any, kind: Any, option: Any) -> inspect.Parameter:
    option.autocompletion = option.autocompletion or COMPLETED.get(option.metavar)
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=default,
        annotation=Annotated[kind, option],
    )


def flag(name: str) -> str:
    """Return how a role or an option is typed: `--target`."""
    return f"--{name.rstrip('_').replace('_', '-')}"


def _source_option(role: Role, *, first: bool, several: bool) -> inspect.Parameter:
    """Return the option that names the source of a role, or several of them for the first."""
    short = [SHORT[role.name]] if role.name in SHORT else []
    several = several and first
    text = _sentence(f"{role.what}: a file, or numbers such as 0.7,0.2,0.1" if first else role.what)
    text += " Repeat it to rank several models." if several else ""
    option = data(text, flag(role.name), *short, metavar=SOURCE)
    return _keyword(role.name, None, list[str] | None if several else str | None, option)


def is_single(option: Option) -> bool:
    """Whether an option is a number, a choice or a switch that says something without targets."""
    return array_extent(option) is None and option.effect is not Effect.IGNORES_TARGETS


def _loss_option(option: Option, *, several: bool) -> inspect.Parameter:
    """Return an option of one loss; with `several` a number may be a list of them."""
    name, kind, text, default = flag(option.name), option.type, option.spec.help, option.default
    if option.choices:
        text = f"{text}: {either(option.choices)}"
        shown = loss_option(_sentence(text), name, metavar="NAME", autocompletion=_names(option))
    elif array_extent(option):
        shown = loss_option(_sentence(text), name, metavar="WEIGHTS")
        default = None if default is None else str(default)
        return _keyword(option.name, default, str | None, shown)
    elif kind is bool:
        text = f"{text} (default: {'on' if default else 'off'})"
        shown = loss_option(_sentence(text), f"{name}/--no-{option.flag}", show_default=False)
    else:
        text = f"{text}; {option.domain}"
        if several:
            text += "; several like 1,2"
            shown = loss_option(_sentence(text), name, metavar=f"{METAVARS[kind]},...")
            return _keyword(option.name, f"{default:g}", str, shown)
        shown = loss_option(_sentence(text), name, metavar=METAVARS[kind])
    return _keyword(option.name, default, kind, shown)


def _names(option: Option) -> Callable[[], list[str]]:
    return lambda: [str(choice) for choice in option.choices]


def _sentence(text: str) -> str:
    """Return a help text as a sentence that rich does not take for markup."""
    return (text[:1].upper() + text[1:] + ".").replace("[", "\\[")
