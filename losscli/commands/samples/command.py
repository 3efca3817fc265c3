"""`loss samples`: the files of all examples, in a folder of the user."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer

from losscli.commands.completion import files
from losscli.commands.samples.folder import packaged, put
from losscli.errors import ExitStatus, UsageError, short_name
from losscli.output.page import Blank, Block, Column, Command, Heading, Kind, Page, Style, Table
from losscli.output.show import rendered
from losscli.output.streams import Streams
from losscli.output.words import counted

HELP = """The examples of all help pages run on these files: digits of a classifier, and small ones.

A file that is there already is kept if it is the same. If one is not, nothing is written.
"""
NEXT = (
    "ce -i {}/digits/logits.npy -t {}/digits/labels.npy --top 5",
    "explain ce -i {}/step-by-step/all.yaml",
    "diagnose ce -i {}/digits/logits.npy -t {}/digits/labels.npy",
)
"""What to try, one line each on a screen of 80 columns."""


def samples_command(streams: Streams) -> Callable[..., int]:
    """Return the function that Typer calls for `loss samples`."""

    def write_samples(
        folder: Annotated[
            str,
            typer.Argument(
                help="The folder to write them to.", metavar="[DIR]", autocompletion=files
            ),
        ] = "samples",
    ) -> int:
        if not folder:
            raise UsageError("'' is not the name of a folder; give one, or none for samples")
        streams.require_stdout()
        inside = packaged()
        written = put(inside, folder)
        streams.write(rendered(Page([*_blocks(inside, folder, written)]), streams))
        return ExitStatus.OK

    write_samples.__doc__ = HELP
    return write_samples


def _blocks(files: Mapping[str, bytes], folder: str, written: int) -> Iterator[Block]:
    """Yield what was written, and what to type next."""
    place, kept = short_name(folder), len(files) - written
    if written:
        also = f", which had the other {kept}" if kept else ""
        yield Heading(f"samples: {counted(written, 'file')} written to {place}{also}")
    else:
        yield Heading(f"samples: {place} has all {kept} files, nothing was written")
    inside: dict[str, list[str]] = {}
    for name in files:
        path = Path(name)
        inside.setdefault(str(path.parent), []).append(path.name)
    yield Table(
        [
            Column("folder", list(inside), Kind.NAME, style=Style.NAME),
            Column("files", [", ".join(names) for names in inside.values()], Kind.TEXT),
        ]
    )
    yield Blank()
    for line in NEXT:
        words = shlex.split(line)
        yield Command(shlex.join(["loss", *(word.replace("{}", folder) for word in words)]), "try")
