"""README's blocks, taken apart and run."""

from __future__ import annotations

import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from fcntl import ioctl
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
FENCE = re.compile(
    r"(?:<!-- (?P<mark>[^\n]+) -->\n)?```(?P<language>\w+)\n(?P<text>.*?)```\n", re.DOTALL
)
TERMINAL = re.compile(r"terminal, (\d+) columns")


class Block(NamedTuple):
    """One fenced block."""

    mark: str
    language: str
    text: str


class Session(NamedTuple):
    """One command of a console block with the output that README shows."""

    command: str
    shown: str
    columns: int | None
    """Width of the terminal that it was run in; None for a pipe."""


def blocks() -> list[Block]:
    """Return all fenced blocks."""
    found = FENCE.finditer(README.read_text("utf-8"))
    return [Block(m["mark"] or "", m["language"], m["text"]) for m in found]


def sessions() -> Iterator[Session]:
    """Yield the commands of all console blocks."""
    for block in blocks():
        if block.language == "console":
            columns = TERMINAL.search(block.mark)
            for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
                command, _, shown = part.partition("\n")
                yield Session(command, shown, int(columns[1]) if columns else None)


def environment() -> dict[str, str]:
    """Return an environment in which `loss` is this interpreter's."""
    kept = {key: value for key, value in os.environ.items() if "COLOR" not in key}
    folder = Path(sys.executable).parent
    return {**kept, "PATH": f"{folder}{os.pathsep}{kept['PATH']}", "NO_COLOR": "1"}


def output(session: Session) -> str:
    """Run a command as README does; blanks at the ends of lines do not count."""
    text = _in_terminal(session) if session.columns else _in_pipe(session.command)
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").split("\n")]
    return "\n".join(lines)


def _in_pipe(command: str) -> str:
    ran = subprocess.run(
        ["bash", "-c", command],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
        check=False,
    )
    return ran.stdout.decode()


def _in_terminal(session: Session) -> str:
    main, terminal = pty.openpty()
    size = struct.pack("HHHH", 60, session.columns, 0, 0)
    ioctl(terminal, termios.TIOCSWINSZ, size)
    variables = {**environment(), "TERM": "xterm", "COLUMNS": str(session.columns)}
    child = subprocess.Popen(
        ["bash", "-c", session.command],
        cwd=ROOT,
        env=variables,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
    )
    os.close(terminal)
    read = bytearray()
    with open(main, "rb", buffering=0) as screen:
        try:
            while part := screen.read(65536):
                read += part
        except OSError:
            # Linux ends a terminal whose last writer has gone with EIO.
            pass
    child.wait()
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", read.decode())


def rewrite() -> None:
    """Put the present outputs into README: `python -m tests.readme_blocks`."""

    def replaced(match: re.Match[str]) -> str:
        if match["language"] != "console":
            return match[0]
        columns = TERMINAL.search(match["mark"] or "")
        parts = re.split(r"^\$ ", match["text"], flags=re.MULTILINE)[1:]
        commands = [part.partition("\n")[0] for part in parts]
        width = int(columns[1]) if columns else None
        ran = (f"$ {c}\n{output(Session(c, '', width))}" for c in commands)
        mark = f"<!-- {match['mark']} -->\n" if match["mark"] else ""
        return f"{mark}```console\n{''.join(ran)}```\n"

    README.write_text(FENCE.sub(replaced, README.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    rewrite()
