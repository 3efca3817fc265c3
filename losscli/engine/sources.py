"""The sources of a loss: a file, or a list of numbers, for each role and weight."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from losscli.engine.compute import array_source
from losscli.errors import UsageError, option, short_name, show, spelled
from losscli.losses.declare.options import Effect, Extent, Option, array_extent
from losscli.losses.declare.registry import Loss, Role
from losscli.readers import ReadOptions, WantedRole, open_sources
from losscli.readers.class_names import Words
from losscli.readers.numerals import parse_number
from losscli.readers.source import Source
from losscli.readers.spec import parse_spec
from losscli.readers.urls import without_secrets


class Given(NamedTuple):
    """Sources as they were given, before a file is opened."""

    files: dict[str, str]
    """`[FORMAT:]PATH[::SELECTOR]` of roles, weights, sample_weight and groups."""
    lists: dict[str, Source]
    """Weights that were given as numbers."""
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
    lists: dict[str, Source] = {}
    for declared in loss.options:
        text = given[declared.name]
        if array_extent(declared) and text is not None:
            numbers = _inline(declared, text)
            if numbers is None:
                files[declared.name] = text
            else:
                lists[declared.name] = array_source(option(declared.name), numbers)
    files |= {"sample_weight": sample_weight, "groups": groups}
    files = {role: text for role, text in files.items() if text is not None}
    if not example:
        require_first(loss.name, loss.roles[0], files.get(loss.roles[0].name))
    return Given(files, lists, Words())


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
        return dict(given.lists), []
    sources, notes = open_sources(given.files, wanted_of(given, loss, options), read_options)
    return {**sources, **given.lists}, notes


def wanted_of(given: Given, loss: Loss, options: Mapping[str, Any]) -> list[WantedRole]:
    """Return what may be read for a loss: its roles, its weights, and labels of groups."""
    ignores = loss.with_effect(Effect.IGNORES_TARGETS)
    ignored = () if ignores is None else (options[ignores.name],)
    wanted = [
        WantedRole(
            role.name, role.keys, True, any(kind.index for kind in role.kinds), ignored=ignored
        )
        for role in (loss.roles if loss.roles[0].name in given.files else ())
    ]
    wanted += [
        WantedRole(
            declared.name,
            (declared.name,),
            False,
            by_row=array_extent(declared) is not Extent.CLASS,
        )
        for declared in loss.options
        if array_extent(declared)
    ]
    wanted.append(WantedRole("sample_weight", ("sample_weight",), False))
    return [*wanted, WantedRole("groups", ("groups", "group"), False, words=given.words)]


def _inline(declared: Option, text: str) -> list[float] | float | None:
    """Return weights that are written as numbers; None where the text names a file."""
    cells = text.split(",")
    numbers = [parse_number(cell.strip()) for cell in cells]
    if len(cells) == 1:
        return numbers[0]
    names_file = "::" in text or os.path.exists(text) or parse_spec(text).is_url
    if names_file or all(number is None for number in numbers):
        return None
    for cell, number in zip(cells, numbers, strict=True):
        if number is None:
            what = f"{show(without_secrets(cell))} is not a number; write 0.2,1,3 or a file's name"
            if not cell.strip():
                what = "an empty item in the list; remove the comma"
            raise UsageError(f"{option(declared.name)} {short_name(without_secrets(text))}: {what}")
    return [number for number in numbers if number is not None]
