"""One try: damaged bytes or odd options, and the promises that must hold afterward."""

from __future__ import annotations

import os
import signal
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from types import FrameType
from typing import NamedTuple

from losscli.cli.main import main
from losscli.errors import LONGEST_LINE, LossError
from losscli.readers import ReadOptions, WantedRole, open_sources
from tests.conftest import standard_streams
from tests.readers.opening import LABELS, ONE, ROLES

STATUSES = {0, 1, 2, 3, 4}
SECONDS, SECONDS_A_BYTE = 1.0, 20e-6
"""Processor time that a try may take, and what each byte of its file adds."""
HANGS = 20
"""Seconds after which a try is stopped."""
COMMANDS = (
    *("ce", "nll", "bce", "bce-logits", "mse", "kl-div", "ctc", "diagnose ce", "diagnose bce"),
    # These need no second file.
    *("softmax", "log-softmax", "log-sigmoid", "entropy", "entropy", "compare", "compare") * 2,
)


class TooSlow(BaseException):
    """A try did not end."""


class Outcome(NamedTuple):
    """How a try ended: a word for the totals, and what was wrong with it, if anything."""

    status: str
    wrong: str = ""


def _stop(_: int, __: FrameType | None) -> None:
    raise TooSlow


@contextmanager
def _alarm() -> Iterator[None]:
    before = signal.signal(signal.SIGALRM, _stop)
    signal.setitimer(signal.ITIMER_REAL, HANGS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _complaint(text: str) -> str:
    """Return what is wrong with a message."""
    if not text.isprintable() or len(text) > LONGEST_LINE:
        return f"not one printable line of {LONGEST_LINE}: {text!r}"
    # The damaged file is small: memory can run out only if a claim in it was trusted.
    return text if "memory" in text else ""


def read(path: Path, random: Random) -> Outcome:
    """Read a file as one role or as several: as a whole, in blocks, and again."""
    wanted: tuple[WantedRole, ...] = random.choice((ONE, ONE, LABELS, ROLES))
    options = ReadOptions(
        header=random.choice((None, None, True, False)),
        decimal=random.choice((*[None] * 15, ",")),
        by_id=random.choice((*[None] * 15, "none", "id")),
        labels_are=random.choice((*[None] * 8, "names")),
        classes=random.choice((*[()] * 15, ("cat", "dog", "label"))),
    )
    try:
        sources, notes = open_sources({wanted[0].role: str(path)}, wanted, options)
        for source in sources.values():
            length = source.shape[0] if source.shape else 1
            step = max(1, length // random.choice((1, 2, 3)))
            for start in range(0, length, step):
                block = source.read(start, min(length, start + step))
                if source.shape and block.shape != (min(step, length - start), *source.shape[1:]):
                    return Outcome("read", f"a block of shape {block.shape} of {source.shape}")
            if length and all(source.shape):
                notes = [*notes, source.place([0] * len(source.shape))]
        wrong = next(filter(None, map(_complaint, notes)), "")
        return Outcome("read", wrong)
    except LossError as error:
        return Outcome("refused", _complaint(str(error)))


def command(arguments: list[str], stdin: bytes = b"") -> Outcome:
    """Run a command line in this process."""
    with standard_streams(stdin) as (out, err):
        status = int(main(arguments))
    return Outcome(f"status {status}", _judged(status, out.getvalue(), err.getvalue()))


def _judged(status: int, out: bytes, err: bytes) -> str:
    """Return what is wrong with what a command left behind."""
    lines = err.decode().splitlines()
    if status not in STATUSES:
        return f"status {status}"
    if wrong := next(filter(None, map(_complaint, lines)), ""):
        return wrong
    odd = [line for line in lines if not line.startswith(("loss: ", "warning: ", "note: "))]
    if odd or b"Traceback" in out:
        return f"stderr says {odd}"
    if b"\x1b" in out:
        return "an escape reached the output"
    refusals = [line for line in lines if line.startswith("loss: ")]
    if status in (2, 3) and (len(lines), len(refusals)) != (1, 1):
        return f"status {status} and {len(lines)} lines"
    if status == 0 and refusals:
        return f"status 0 and {refusals}"
    return ""


def command_for(path: Path, random: Random) -> list[str]:
    """Return a command that takes a file, alone or beside a good one."""
    arguments = [*random.choice(COMMANDS).split(), "--input", str(path)]
    if arguments[0] == "compare":
        arguments += ["--reference", str(path)]
    elif random.random() < 0.3:
        arguments += ["--target", str(path)]
    arguments += random.choice(([], ["-f", "json"], ["-f", "csv"], ["--no-warn"], ["--header"]))
    return arguments


def attempt(path: Path, random: Random, *, by_command: bool) -> Outcome:
    """Try a damaged file; never raises but for an interrupt."""
    arguments = command_for(path, random) if by_command else []
    return guarded(lambda: command(arguments) if arguments else read(path, random), path)


def guarded(run: object, path: Path) -> Outcome:
    """Run a try: whatever it raises, creates or takes too long for is a find."""
    import traceback

    assert callable(run)
    size = path.stat().st_size if path.exists() else 0
    before = sorted(os.listdir(path.parent))
    start = time.process_time()
    with _alarm(), warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            outcome: Outcome = run()
        except KeyboardInterrupt:
            raise
        except BaseException:
            return Outcome("raised", traceback.format_exc())
    taken = time.process_time() - start
    if taken > SECONDS + SECONDS_A_BYTE * size:
        return Outcome(outcome.status, f"took {taken:.1f} s for {size} bytes")
    if sorted(os.listdir(path.parent)) != before:
        return Outcome(outcome.status, "a file was made")
    return outcome
