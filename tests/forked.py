"""The program in processes that start at once: forks of one that has imported all of it.

A process of its own costs a quarter of a second, most of it for imports; a fork some hundredths.
What is tested of the start itself needs `conftest.process`.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import io
import json
import os
import pkgutil
import signal
import socket
import struct
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, Self

ROOT = Path(__file__).parent.parent
PATIENCE = 60
CRASHED = 70
"""The status of a call that ended in an exception."""
CLOSED = -1
"""In place of a file descriptor: the stream is closed."""


class Ended(NamedTuple):
    """How a call ended; status is minus a signal's number where one ended it."""

    status: int
    out: bytes
    err: bytes


class Forks:
    """The process that forks, and the line to it."""

    def __init__(self) -> None:
        self.line, theirs = socket.socketpair()
        self.line.settimeout(PATIENCE)
        call = [sys.executable, "-m", "tests.forked", str(theirs.fileno())]
        self.server = subprocess.Popen(call, cwd=ROOT, pass_fds=[theirs.fileno()])
        theirs.close()

    @classmethod
    @cache
    def shared(cls) -> Self:
        """Return the one of this process, which ends with it."""
        forks = cls()
        atexit.register(forks.close)
        return forks

    def close(self) -> None:
        """End the process that forks."""
        self.line.close()
        self.server.wait()

    def start(
        self,
        arguments: Sequence[str | Path],
        streams: tuple[int, int, int],
        environment: Mapping[str, str],
    ) -> None:
        """Start a call with these file descriptors for standard streams; `status` waits for it."""
        given = [stream for stream in streams if stream != CLOSED]
        request = {
            "arguments": [str(argument) for argument in arguments],
            "closed": [stream == CLOSED for stream in streams],
            "environment": dict(environment),
        }
        text = json.dumps(request).encode()
        # The size goes with the descriptors, for a stream of bytes has no messages.
        socket.send_fds(self.line, [struct.pack("q", len(text))], given)
        self.line.sendall(text)

    def status(self) -> int:
        """Return the status of the call that was started last."""
        status: int = struct.unpack("q", self.line.recv(8))[0]
        return status


def forked(
    arguments: Sequence[str | Path],
    *,
    out: int | None = None,
    err: int | None = None,
    one_line: bool = False,
    **environment: str,
) -> Ended:
    """Run the command line with nothing to read; `out` and `err` may take the streams' places.

    With `one_line` the reader of stdout goes away after a line.
    """
    reading, writing = os.pipe()
    with (
        open(reading, "rb") as pipe,
        open(os.memfd_create("err"), "w+b") as said,
        open(os.devnull, "rb") as nothing,
    ):
        streams = (
            nothing.fileno(),
            writing if out is None else out,
            said.fileno() if err is None else err,
        )
        Forks.shared().start(arguments, streams, {**os.environ, **environment})
        os.close(writing)
        written = pipe.readline() if one_line else pipe.read()
        pipe.close()
        status = Forks.shared().status()
        said.seek(0)
        return Ended(status, written, said.read())


def _serve(line: socket.socket) -> None:
    """Fork for each request, until there are no more."""
    while True:
        size, given, _, _ = socket.recv_fds(line, 8, 3)
        if not size:
            return
        (length,) = struct.unpack("q", size)
        text = b""
        while len(text) < length:
            text += line.recv(length - len(text))
        child = os.fork()
        if not child:
            line.close()
            _child(json.loads(text), given)
        for descriptor in given:
            os.close(descriptor)
        _, ended = os.waitpid(child, 0)
        line.sendall(struct.pack("q", os.waitstatus_to_exitcode(ended)))


def _child(request: dict[str, Any], given: list[int]) -> NoReturn:
    from losscli.__main__ import run

    left = list(given)
    for number, closed in enumerate(request["closed"]):
        if closed:
            os.close(number)
        else:
            os.dup2(left.pop(0), number)
    for descriptor in given:
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = ["loss", *request["arguments"]]
    sys.stdin, sys.stdout, sys.stderr = (
        None if closed else _stream(number) for number, closed in enumerate(request["closed"])
    )
    status: object = CRASHED
    try:
        run()
    except SystemExit as left:
        # So ends what completes words for a shell.
        status = left.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        if sys.stdout is not None:
            sys.stdout.flush()
        os._exit(int(str(status)))


def _stream(number: int) -> io.TextIOWrapper:
    """Return a standard stream as the interpreter's start makes it."""
    return io.TextIOWrapper(
        open(number, "wb" if number else "rb", closefd=False),
        encoding=os.environ.get("PYTHONIOENCODING", "utf-8"),
        errors="backslashreplace" if number == 2 else "strict",
        line_buffering=number == 2 or os.isatty(number),
        write_through=bool(os.environ.get("PYTHONUNBUFFERED")),
    )


def _prepare() -> None:
    """Import all modules, and run some calls for what they import and remember."""
    import losscli
    from losscli.cli.main import main

    for module in pkgutil.walk_packages(losscli.__path__, "losscli."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    streams = sys.stdin, sys.stdout, sys.stderr
    with open(os.devnull, "w+", encoding="utf-8") as nothing:
        sys.stdin = sys.stdout = sys.stderr = nothing
        for command in ("--help", "ce --help", "ce -q -i samples/ctc/all.yaml", "list"):
            main(command.split())
    sys.stdin, sys.stdout, sys.stderr = streams
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    _prepare()
    _serve(socket.socket(fileno=int(sys.argv[1])))
