"""The sources on a command line: the file or list of numbers for each role and weight."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from typing import Any, NamedTuple

from losscli.commands.options import DataOptions
from losscli.commands.signatures import flag
from losscli.engine.compute import array_source
from losscli.engine.problem.settings import Settings
from losscli.errors import DataError, UsageError, short_name, show
from losscli.losses.declare.options import Effect, Extent, Option, array_extent
from losscli.losses.declare.registry import Loss, Role
from losscli.output.streams import Streams
from losscli.readers import WantedRole
from losscli.readers.class_names import Words, parse_classes
from losscli.readers.document import ReadOptions
from losscli.readers.numerals import parse_number
from losscli.readers.shard_paths import shard_paths, stands_for_several
from losscli.readers.source import Source
from losscli.readers.spec import parse_spec
from losscli.readers.urls import scheme_of, without_secrets

STDIN = "/dev/stdin"


class Given(NamedTuple):
    """Sources as they were typed, before a file is opened."""

    files: dict[str, str]
    """`[FORMAT:]PATH[::SELECTOR]` of roles, weights, sample_weight and groups."""
    lists: dict[str, Source]
    """Weights that were typed as numbers."""
    words: Words
    """The words among the labels of groups, filled in as they are read."""


def gather(
    loss: Loss,
    typed: Mapping[str, Any],
    options: DataOptions,
    groups: str | None = None,
    *,
    example: bool = False,
) -> Given:
    """Sort what was typed for a loss; UsageError where its first role is missing.

    With `example` the roles come from elsewhere, and only weights are gathered.
    """
    files = {role.name: typed[role.name] for role in loss.roles}
    lists: dict[str, Source] = {}
    for option in loss.options:
        text = typed[option.name]
        if array_extent(option) and text is not None:
            numbers = _inline(option, text)
            if numbers is None:
                files[option.name] = text
            else:
                lists[option.name] = array_source(flag(option.name), numbers)
    files |= {"sample_weight": options.sample_weight, "groups": groups}
    files = {role: text for role, text in files.items() if text is not None}
    if not example:
        require_first(loss.name, loss.roles[0], files.get(loss.roles[0].name))
    return Given(files, lists, Words())


def settings_of(options: Any) -> Settings:
    """Return the settings among a command's options."""
    named = [field.name for field in fields(Settings) if hasattr(options, field.name)]
    return Settings(**{name: getattr(options, name) for name in named})


def read_options(options: Any) -> ReadOptions:
    """Return those of a command's options that say how files are read."""
    named = [name for name in ReadOptions._fields if hasattr(options, name)]
    found = {name: getattr(options, name) for name in named}
    return ReadOptions(**found | {"classes": parse_classes(found.get("classes"))})


def require_first(command: str, role: Role, text: str | None) -> str:
    """Return what was typed for a command's first role; UsageError where nothing was."""
    if text is None:
        raise UsageError(
            f"{flag(role.name)} is missing; give the file of the {role.kinds[0].name} "
            f"(loss {command} --help has an example)"
        )
    return text


def paths_of(texts: Sequence[str]) -> list[str]:
    """Return the files behind sources; for standard input what the shell may have redirected."""
    paths: list[str] = []
    for path in (parse_spec(text).path for text in texts):
        if stands_for_several(path):
            # What is wrong with shards is said when they are read.
            with suppress(DataError, OSError):
                paths += shard_paths(path)
        elif path and scheme_of(path) is None:
            paths.append(STDIN if path == "-" else path)
    return paths


def wanted_of(given: Given, loss: Loss, typed: Mapping[str, Any]) -> list[WantedRole]:
    """Return what may be read for a loss: its roles, its weights, and labels of groups."""
    ignores = loss.with_effect(Effect.IGNORES_TARGETS)
    ignored = () if ignores is None else (typed[ignores.name],)
    wanted = [
        WantedRole(
            role.name, role.keys, True, any(kind.index for kind in role.kinds), ignored=ignored
        )
        for role in (loss.roles if loss.roles[0].name in given.files else ())
    ]
    wanted += [
        WantedRole(
            option.name, (option.name,), False, by_row=array_extent(option) is not Extent.CLASS
        )
        for option in loss.options
        if array_extent(option)
    ]
    wanted.append(WantedRole("sample_weight", ("sample_weight",), False))
    return [*wanted, WantedRole("groups", ("groups", "group"), False, words=given.words)]


def refuse_redirection(streams: Streams, paths: Sequence[str]) -> None:
    """Refuse a file that is an input and, by the shell's `>`, the output as well."""
    for path in paths:
        try:
            status = os.stat(path)
        except OSError:
            continue
        if streams.stdout_file == (status.st_dev, status.st_ino):
            raise UsageError(
                f"{path}: is both an input and standard output; send the output elsewhere"
            )


def _inline(option: Option, text: str) -> list[float] | float | None:
    """Return weights that are typed as numbers; None where the text names a file."""
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
            raise UsageError(f"{flag(option.name)} {short_name(without_secrets(text))}: {what}")
    return [number for number in numbers if number is not None]
