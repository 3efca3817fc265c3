"""Running the program: in this process for speed, as a process of its own where that matters."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import pytest
from hypothesis import settings

from losscli.cli.main import main
from losscli.errors import ExitStatus
from tests.advice import unfit

ROOT = Path(__file__).parent.parent

# The same examples every time: failures are searched for by hand, not met by chance in CI.
settings.register_profile("fixed", derandomize=True)
settings.load_profile("fixed")


class Ran(NamedTuple):
    """What a run of `loss` left behind."""

    status: int
    out: str
    err: str


Loss = Callable[..., Ran]


def is_silent_or_an_error(ran: Ran) -> bool:
    """Whether a run that failed printed nothing, or for JSON the error that stderr says too."""
    if not ran.out:
        return True
    error = json.loads(ran.out)["error"]
    return bool(error["status"] == ran.status and f"loss: {error['message']}\n" in ran.err)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave tests/slow out unless it is asked for."""
    slow = collection_path == ROOT / "tests" / "slow"
    return True if slow and not any("slow" in str(arg) for arg in config.args) else None


# Imperatives of the messages; a new one is added here with the message that needs it.
VERBS = (
    "cast check choose close compress copy correct cut decompress download drop extract fill give "
    "indent leave lower name normalize remove rename rescale run save say send set swap "
    "transpose type use write"
)
FIX = re.compile(
    rf"[;:?,] (?:if [^,:;]+[,:] )?(?:(?:{VERBS.replace(' ', '|')})\b|--?[a-z])"
    r"|[;:?] [^;]*(?:--[a-z]|loss [a-z]|[a-z_]+=|compute\(|losses\.names)"
    r"|is not one of "
    r"|; it takes |\(loss .*--help"
)


def says_what_to_do(message: str) -> bool:
    """Return whether a refusal ends with something to do, to type or to choose from.

    The place at its start, which may be an option, does not count.
    """
    text = re.sub(r"^(?:loss: )?(?:--[\w-]+[^:]*: )?", "", message.strip())
    return FIX.search(text) is not None


@contextmanager
def default_signals() -> Iterator[None]:
    """Let children start with the usual signals, even where this process was told to ignore some.

    Jobs in the background, nohup and some CI ignore signals, and children inherit that.
    """
    ignored = [
        one
        for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        if signal.getsignal(one) is signal.SIG_IGN
    ]
    for one in ignored:
        signal.signal(one, signal.SIG_DFL)
    try:
        yield
    finally:
        for one in ignored:
            signal.signal(one, signal.SIG_IGN)


@contextmanager
def standard_streams(stdin: bytes) -> Iterator[tuple[io.BytesIO, io.BytesIO]]:
    """Give this process other standard streams for a while; yields what reaches two of them."""
    before = sys.stdin, sys.stdout, sys.stderr
    out, err = io.BytesIO(), io.BytesIO()
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
    sys.stdout = io.TextIOWrapper(out, encoding="utf-8", write_through=True)
    sys.stderr = io.TextIOWrapper(err, encoding="utf-8", write_through=True)
    try:
        yield out, err
    finally:
        for wrapper in (sys.stdout, sys.stderr):
            wrapper.detach()
        sys.stdin, sys.stdout, sys.stderr = before


@pytest.fixture
def loss(monkeypatch: pytest.MonkeyPatch) -> Loss:
    """Run the command line in this process, from the project's root: loss("ce", "-i", ...)."""
    monkeypatch.chdir(ROOT)

    def run(*arguments: str | Path, stdin: bytes = b"") -> Ran:
        # `--color` changes the environment.
        with standard_streams(stdin) as (out, err), patch.dict(os.environ):
            status = main([str(argument) for argument in arguments])
        ran = Ran(int(status), out.getvalue().decode(), err.getvalue().decode())
        if status in (ExitStatus.USAGE, ExitStatus.DATA):
            assert not [*unfit([str(argument) for argument in arguments], ran.err)], ran.err
        return ran

    return run


def process(
    arguments: Sequence[str | Path], **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Run the command line as a process of its own, from the project's root."""
    return subprocess.run(
        [sys.executable, "-m", "losscli", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
        timeout=60,
    )
