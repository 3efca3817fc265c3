"""What a shell may offer for the value of an option: files, selectors, columns, losses.

Each function is the `autocompletion` of an option, and returns texts that begin as what is typed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import typer

from losscli.losses.declare.installed import entries


class FileName(str):
    """A path, with a slash at the end if it is a folder: shells show its last part."""

    __slots__ = ()


def losses(incomplete: str) -> list[str]:
    """Return the losses that begin so, by aliases those alone whose names do not.

    Where there are none, the names in libraries that begin so.
    """
    found = [
        name
        for loss, entry in entries().items()
        for name in ([loss] if loss.startswith(incomplete) else entry.aliases)
        if name.startswith(incomplete)
    ]
    if found:
        return found
    from losscli.losses.declare.equivalent import NAMES_OF_LIBRARIES, equivalents

    return [
        name
        for entry in entries().values()
        for library in NAMES_OF_LIBRARIES
        for known in equivalents(getattr(entry, library), library)
        for name in known.names
        if name.startswith(incomplete) and name.isidentifier()
    ]


def files(incomplete: str) -> list[FileName]:
    """Return the files and folders that begin so; hidden ones if the name begins with a dot."""
    folder, slash, start = incomplete.rpartition("/")
    try:
        entries = list(os.scandir(os.path.expanduser(folder + slash) or "."))
    except (OSError, ValueError):
        return []
    found = [
        FileName(folder + slash + entry.name + "/" * _is_folder(entry))
        for entry in entries
        if entry.name.startswith(start)
        and (start.startswith(".") or not entry.name.startswith("."))
    ]
    return sorted(found)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def sources(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the files that begin so, after `FORMAT:` too; after `::` the selectors of the file."""
    from losscli.readers.formats import BY_NAME
    from losscli.readers.urls import scheme_of, split_selector

    if split_selector(incomplete)[1]:
        return list(_selectors(ctx, incomplete))
    prefix, colon, path = incomplete.partition(":")
    if colon and prefix in BY_NAME:
        return [FileName(f"{prefix}:{name}") for name in files(path)]
    found: list[str] = [*files(incomplete)] if scheme_of(incomplete) is None else []
    if found or not incomplete:
        return found
    return [f"{name}:" for name in BY_NAME if name.startswith(incomplete)]


def columns(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the columns of the first source that begin so."""
    return [text.removeprefix("::") for text in _selectors(ctx, f"::{incomplete}")]


def _selectors(ctx: typer.Context, incomplete: str) -> Iterator[str]:
    from losscli.commands.sources import read_options
    from losscli.readers.selectors import selectors
    from losscli.readers.urls import split_selector

    options = read_options(SimpleNamespace(**{**ctx.params, "classes": None}))
    path, colons, typed = split_selector(incomplete)
    file = _expanded(path) + colons + typed
    for selector in selectors(file, _expanded(_first_source(ctx)), options):
        yield path + colons + selector


def _expanded(path: str) -> str:
    """Return a path as the shell will pass it."""
    return os.path.expanduser(os.path.expandvars(path))


def _first_source(ctx: typer.Context) -> str:
    """Return the source of the first role as it was typed; empty if it was not."""
    params: list[Any] = ctx.command.params
    first = next((param for param in params if "-i" in param.opts), params[0])
    given: Any = ctx.params.get(first.name)
    several: list[Any] = [given] if isinstance(given, str) else [*(given or ())]
    return several[0] if several else ""
