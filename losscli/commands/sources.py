"""What a command line says about its sources: how they are read, and the files behind them."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import fields
from typing import Any

from losscli.commands.signatures import SHORT, flag
from losscli.engine.problem.settings import Settings
from losscli.errors import DataError, UsageError
from losscli.output.streams import Streams
from losscli.readers.class_names import parse_classes
from losscli.readers.document import ReadOptions
from losscli.readers.shard_paths import shard_paths, stands_for_several
from losscli.readers.spec import parse_spec
from losscli.readers.urls import scheme_of, split_selector, without_secrets

STDIN = "/dev/stdin"


def settings_of(options: Any) -> Settings:
    """Return the settings among a command's options."""
    named = [field.name for field in fields(Settings) if hasattr(options, field.name)]
    return Settings(**{name: getattr(options, name) for name in named})


def read_options(options: Any) -> ReadOptions:
    """Return those of a command's options that say how files are read."""
    named = [name for name in ReadOptions._fields if hasattr(options, name)]
    found = {name: getattr(options, name) for name in named}
    return ReadOptions(**found | {"classes": parse_classes(found.get("classes"))})


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


def exchanged(first: str, source: str, target: str) -> str:
    """Return how the first role and the target are typed when they exchange their sources."""
    if target.startswith("::"):
        target = split_selector(source)[0] + target
    words = [SHORT.get(first, flag(first)), target, SHORT["target"], source]
    return shlex.join(map(without_secrets, words))


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
