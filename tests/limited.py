"""Calls under a limit of memory and time: `python -m tests.limited < CALLS`, a JSON list a line.

One process imports the program and forks for every call, so that each starts from the same state
and none pays for a start of its own.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import resource
import signal
import sys
import traceback
from typing import NoReturn

import losscli
from losscli.cli.main import main
from losscli.errors import ExitStatus
from tests.conftest import standard_streams

SPACE = 1 << 30
"""Bytes of address space that a call may have, the interpreter's own included."""
SECONDS = 5


def call(arguments: list[str]) -> tuple[int, str, str]:
    """Run a command line in a process of its own; returns status, stdout and stderr.

    A process that a signal ends, the alarm included, has minus the signal's number for status.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        _child(arguments, writing)
    os.close(writing)
    with open(reading, encoding="utf-8") as pipe:
        answer = pipe.read()
    _, ended = os.waitpid(child, 0)
    if not answer:
        return -os.WTERMSIG(ended), "", ""
    status, out, err = json.loads(answer)
    return status, out, err


def _child(arguments: list[str], writing: int) -> NoReturn:
    resource.setrlimit(resource.RLIMIT_AS, (SPACE, SPACE))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(SECONDS)
    status: int
    with standard_streams(b"") as (out, err):
        try:
            status = main(arguments)
        except BaseException:
            status = ExitStatus.CHECK_FAILED
            err.write(traceback.format_exc().encode())
        said = out.getvalue().decode(), err.getvalue().decode()
    with open(writing, "w", encoding="utf-8") as pipe:
        json.dump((int(status), *said), pipe)
    os._exit(0)


if __name__ == "__main__":
    # What the calls import is imported once, before any fork.
    for module in pkgutil.walk_packages(losscli.__path__, "losscli."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for line in sys.stdin:
        print(json.dumps(call(json.loads(line))))
