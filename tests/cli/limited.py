"""Calls under a limit of memory and time: `python -m tests.cli.limited < CALLS` (JSON Lines).

All run in one process, which imports the program before the limits hold; one that takes too long
or too much ends it, and no line comes for that call.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import resource
import signal
import sys
import traceback

import losscli
from losscli.cli.main import main
from tests.conftest import standard_streams

SPACE = 1 << 30
"""Bytes of address space for the whole process, the interpreter's own included."""
SECONDS = 5
CRASHED = 70
"""The status of a call that ended in an exception."""


def answer(arguments: list[str]) -> tuple[int, str, str]:
    """Run a command line; returns status, stdout and stderr."""
    signal.alarm(SECONDS)
    with standard_streams(b"") as (out, err):
        try:
            status = int(main(arguments))
        except BaseException:
            status = CRASHED
            err.write(traceback.format_exc().encode())
        said = out.getvalue().decode(), err.getvalue().decode()
    signal.alarm(0)
    return status, *said


if __name__ == "__main__":
    for module in pkgutil.walk_packages(losscli.__path__, "losscli."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_AS, (SPACE, SPACE))
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)
