"""A line of standard error on a terminal: its label in color, wrapped at words."""

from __future__ import annotations

import re
import sys

from rich.console import Console
from rich.text import Text

from losscli.output import colors
from losscli.output.wrapping import FLAG, wrapped

LABELS = {"loss: ": colors.BAD, "warning: ": colors.WARNING, "note: ": colors.ACCENT}


def drawn(line: str) -> str:
    """Return a message for a terminal; for a file with FORCE_COLOR, in one line.

    Rich decides about colors: by NO_COLOR, FORCE_COLOR and TERM.
    """
    console = Console(stderr=True, highlight=False)
    label = next(filter(line.startswith, LABELS), "")
    lines = [line.removeprefix(label)]
    if sys.stderr.isatty():
        lines = wrapped(lines[0], console.width - len(label))
    text = Text(label + ("\n" + " " * len(label)).join(lines))
    text.highlight_regex(re.compile(FLAG), colors.ACCENT)
    if label:
        text.stylize(f"bold {LABELS[label]}", 0, len(label) - 1)
    with console.capture() as captured:
        console.print(text, soft_wrap=True)
    return captured.get()
