"""The examples of README and of the help pages: found, run, and written again.

`python -m tests.examples --write` puts the present outputs into the files; review the difference.
"""

from __future__ import annotations

import io
import os
import pty
import re
import shlex
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from fcntl import ioctl
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from losscli.cli.main import main
from losscli.output import progress

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "losscli/commands/help/topics").glob("*.md"))]
FENCE = re.compile(
    r"(?:<!-- (?P<mark>[^\n]+) -->\n)?```(?P<language>\w+)\n(?P<text>.*?)```\n", re.DOTALL
)
TERMINAL = re.compile(r"terminal, (\d+) columns")
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
SHELL = re.compile(r"[;&<>$`()]")
"""What only a shell understands."""


class Block(NamedTuple):
    """One fenced block."""

    mark: str
    language: str
    text: str


class Session(NamedTuple):
    """One command of a console block with the output that is shown."""

    command: str
    shown: str
    columns: int | None
    """Width of the terminal that it runs in; None for a pipe."""


def blocks(page: Path) -> list[Block]:
    """Return the fenced blocks of a page."""
    found = FENCE.finditer(page.read_text("utf-8"))
    return [Block(m["mark"] or "", m["language"], m["text"]) for m in found]


def sessions(block: Block) -> Iterator[Session]:
    """Yield the commands of a console block."""
    if block.language == "console":
        columns = TERMINAL.search(block.mark)
        for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            yield Session(command, shown, int(columns[1]) if columns else None)


def output(session: Session) -> str:
    """Return what a command prints, stdout and stderr together, without trailing blanks.

    Pipelines of `loss`, `cat` and `echo` run in this process, the rest in a shell.
    """
    programs = _programs(session.command)
    if programs:
        text = _in_process(programs, session.columns)
    elif session.columns:
        text = in_a_terminal(session.command, session.columns)
    else:
        text = _in_a_pipe(session.command)
    lines = [line.rstrip() for line in CONTROL.sub("", text).replace("\r\n", "\n").split("\n")]
    return "\n".join(lines)


def _programs(command: str) -> list[list[str]]:
    """Return the programs of a pipeline that runs in this process; none if it needs a shell."""
    if SHELL.search(command):
        return []
    words = groupby(shlex.split(command), lambda word: word == "|")
    programs = [list(part) for is_bar, part in words if not is_bar]
    return programs if all(words[0] in PROGRAMS for words in programs) else []


class _Screen(io.TextIOWrapper):
    """Text that takes itself for a terminal."""

    def isatty(self) -> bool:
        return True


def _loss(words: list[str], stdin: bytes, columns: int | None) -> tuple[bytes, bytes]:
    """Run the command line; return what the next program reads, and what the reader sees."""
    piped, seen = io.BytesIO(), io.BytesIO()
    with _surroundings(columns, stdin, seen, piped if columns == 0 else seen):
        main(words)
    return piped.getvalue(), seen.getvalue()


def _cat(words: list[str], stdin: bytes, columns: int | None) -> tuple[bytes, bytes]:
    text = b"".join((ROOT / word).read_bytes() for word in words) if words else stdin
    return (text, b"") if columns == 0 else (b"", text)


def _echo(words: list[str], _: bytes, columns: int | None) -> tuple[bytes, bytes]:
    text = f"{' '.join(words)}\n".encode()
    return (text, b"") if columns == 0 else (b"", text)


PROGRAMS: dict[str, Callable[[list[str], bytes, int | None], tuple[bytes, bytes]]]
PROGRAMS = {"loss": _loss, "cat": _cat, "echo": _echo}
"""By name: from words, standard input and width (0: into another program) to both texts."""


def _in_process(programs: list[list[str]], columns: int | None) -> str:
    piped, shown = b"", b""
    for program in programs:
        width = columns if program is programs[-1] else 0
        piped, seen = PROGRAMS[program[0]](program[1:], piped, width)
        shown += seen
    return shown.decode()


@contextmanager
def _surroundings(
    columns: int | None, stdin: bytes, seen: io.BytesIO, out: io.BytesIO
) -> Iterator[None]:
    """Set folder, environment and standard streams for a command in this process."""
    before = sys.stdin, sys.stdout, sys.stderr, Path.cwd(), dict(os.environ)
    screen = _Screen if columns else io.TextIOWrapper
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin), "utf-8")
    sys.stdout = screen(out, "utf-8", write_through=True)
    sys.stderr = screen(seen, "utf-8", write_through=True)
    os.chdir(ROOT)
    _set_environment(_environment(columns))
    patience, progress.PATIENCE = progress.PATIENCE, float("inf")  # No bar on a slow machine.
    try:
        yield
    finally:
        progress.PATIENCE = patience
        for wrapper in (sys.stdout, sys.stderr):
            wrapper.detach()
        sys.stdin, sys.stdout, sys.stderr = before[:3]
        os.chdir(before[3])
        _set_environment(before[4])


def _set_environment(variables: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(variables)


def _environment(columns: int | None) -> dict[str, str]:
    """Return an environment without colors, in which `loss` is this tree's."""
    kept = {key: value for key, value in os.environ.items() if "COLOR" not in key}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
    width = {"TERM": "xterm", "COLUMNS": str(columns)} if columns else {}
    return {**kept, "PATH": path, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", **width}


def _in_a_pipe(command: str) -> str:
    ran = subprocess.run(
        ["bash", "-c", command],
        cwd=ROOT,
        env=_environment(None),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
        check=False,
    )
    return ran.stdout.decode()


def in_a_terminal(command: str, columns: int) -> str:
    """Return what a shell's command prints on a terminal."""
    outer, terminal = pty.openpty()
    ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 60, columns, 0, 0))
    child = subprocess.Popen(
        ["bash", "-c", command],
        cwd=ROOT,
        env=_environment(columns),
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
    )
    os.close(terminal)
    read = bytearray()
    with open(outer, "rb", buffering=0) as screen:
        try:
            while part := screen.read(65536):
                read += part
        except OSError:
            # Linux ends a terminal whose last writer has gone with EIO.
            pass
    child.wait()
    return read.decode()


def printed(program: str) -> str:
    """Return what a Python program prints."""
    out = io.StringIO()
    with redirect_stdout(out):
        exec(program, {})
    return out.getvalue()


def rewrite(page: Path) -> None:
    """Put the present outputs into a page."""
    program = ""

    def replaced(match: re.Match[str]) -> str:
        nonlocal program
        block = Block(match["mark"] or "", match["language"], match["text"])
        ran = "".join(f"$ {one.command}\n{output(one)}" for one in sessions(block))
        if block.language == "python":
            program = block.text
        elif block.mark == "printed":
            ran = printed(program)
        opening = match[0].removesuffix(f"{block.text}```\n")
        return f"{opening}{ran}```\n" if ran else match[0]

    page.write_text(FENCE.sub(replaced, page.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit("usage: python -m tests.examples --write")
    for page in PAGES:
        rewrite(page)
