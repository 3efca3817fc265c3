"""The sources of a loss: a file, or numbers, for each role and weight."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from losscli.errors import UsageError, option, spelled
from losscli.losses.declare.options import Effect, Extent, array_extent
from losscli.losses.declare.registry import Loss, Role
from losscli.losses.declare.role_kind import Layout
from losscli.readers import ReadOptions, WantedRole, open_sources
from losscli.readers.class_names import Words
from losscli.readers.source import Source


class Given(NamedTuple):
    """Sources as they were given, before a file is opened."""

    files: dict[str, str]
    """`[FORMAT:]PATH[::SELECTOR]` or numbers of roles, weights, sample_weight and groups."""
    words: Words
    """The words among the labels of groups, filled in as they are read."""


def gather(
    loss: Loss,
    given: Mapping[str, Any],
    sample_weight: str | None = None,
    groups: str | None = None,
    *,
    example: bool = False,
) -> Given:
    """Sort what was given for a loss; UsageError where its first role is missing.

    With `example` the roles come from elsewhere, and only weights are gathered.
    """
    files = {role.name: given[role.name] for role in loss.roles}
    files |= {own.name: given[own.name] for own in loss.options if array_extent(own)}
    files |= {"sample_weight": sample_weight, "groups": groups}
    files = {role: text for role, text in files.items() if text is not None}
    if not example:
        require_first(loss.name, loss.roles[0], files.get(loss.roles[0].name))
    return Given(files, Words())


def require_first(command: str, role: Role, text: str | None) -> str:
    """Return what was given for a command's first role; UsageError where nothing was."""
    if text is None:
        more = spelled("help(losscli.read)", f"loss {command} --help")
        raise UsageError(
            f"{option(role.name)} is missing; give the file of the {role.kinds[0].name} "
            f"({more} has an example)"
        )
    return text


def open_given(
    given: Given, loss: Loss, options: Mapping[str, Any], read_options: ReadOptions
) -> tuple[dict[str, Source], list[str]]:
    """Open what was gathered for a loss: its sources by name, and notes on where they were found.

    Of the loss's own options only the label that it ignores matters here.
    """
    if not given.files:
        return {}, []
    return open_sources(given.files, wanted_of(given, loss, options), read_options)


def wanted_role(role: Role, *, required: bool = True, ignored: tuple[int, ...] = ()) -> WantedRole:
    """Return what may be read for a role."""
    rows = all(kind.layout not in (Layout.TERMS, Layout.LABELS) for kind in role.kinds)
    return WantedRole(
        role.name,
        role.keys,
        required,
        labels=any(kind.index for kind in role.kinds),
        ignored=ignored,
        in_rows=rows or None,
    )


def wanted_of(given: Given, loss: Loss, options: Mapping[str, Any]) -> list[WantedRole]:
    """Return what may be read for a loss: its roles, its weights, and labels of groups."""
    ignores = loss.with_effect(Effect.IGNORES_TARGETS)
    ignored = () if ignores is None else (options[ignores.name],)
    wanted = [
        wanted_role(role, ignored=ignored)
        for role in (loss.roles if loss.roles[0].name in given.files else ())
    ]
    wanted += [
        WantedRole(
            declared.name,
            (declared.name,),
            False,
            by_row=array_extent(declared) is not Extent.CLASS,
            typed_as=declared.flag,
        )
        for declared in loss.options
        if array_extent(declared)
    ]
    wanted.append(WantedRole("sample_weight", ("sample_weight",), False))
    return [*wanted, WantedRole("groups", ("groups", "group"), False, words=given.words)]
