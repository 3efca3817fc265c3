"""The entry points of installed packages with losses of their own.

An entry point of the group `losscli.losses` names a module; importing it declares its losses.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from losscli.losses.index import HOME, INDEX, Entry


class EntryPoint(NamedTuple):
    """Where an installed package says that it has losses."""

    package: str
    module: str
    """The module, and perhaps something in it: `loss_soft` or `loss_soft:soft`."""


def entries() -> Mapping[str, Entry]:
    """Return the index, with the losses of other packages if any are installed."""
    if next(entry_points(), None) is None:
        return INDEX
    from losscli.losses.declare import plugins

    return plugins.entries()


def problems() -> list[str]:
    """Return what is wrong with the losses of other packages, if any are installed."""
    if next(entry_points(), None) is None:
        return []
    from losscli.losses.declare import plugins

    return plugins.problems()


def entry_points() -> Iterator[EntryPoint]:
    """Yield the entry points of installed packages; the first package of a name counts.

    importlib.metadata takes ten times as long, a third of the time that NumPy takes.
    """
    seen = set()
    for folder in sys.path:
        for file in sorted(Path(folder or ".").glob("*-info/entry_points.txt")):
            package = re.split(r"-|\.(?:egg|dist)-info", file.parent.name)[0]
            if normal(package) not in seen:
                seen.add(normal(package))
                yield from _in_file(package, file)


def normal(package: str) -> str:
    """Return the name of a package as those of the same package are equal."""
    return re.sub(r"[-_.]+", "-", package).lower()


def _in_file(package: str, file: Path) -> Iterator[EntryPoint]:
    try:
        text = file.read_text("utf-8", errors="replace")
    except OSError:
        return
    inside = False
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            inside = line == f"[{HOME}]"
        elif inside and line and not line.startswith(("#", ";")):
            yield EntryPoint(package, line.partition("=")[2].strip())
