"""A long run by hand: `python -m tests.fuzz --inputs 1000000 --seed 1`."""

from __future__ import annotations

import argparse
import mmap
import os
import pickle
import struct
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from tests.fuzz.campaign import Find, limit_memory, run

CHUNK = 2000
"""Tries per process: a fresh one for each chunk, so that a crash costs one try."""


def main() -> int:
    """Run and print totals; status 1 where there was a find."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000, help="how many tries")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first try")
    parser.add_argument("--minutes", type=float, default=1e9, help="stop after this time")
    parser.add_argument("--keep", type=Path, help="folder for the finds")
    given = parser.parse_args()
    start = time.monotonic()
    totals: Counter[tuple[str, str]] = Counter()
    kinds: Counter[str] = Counter()
    for first in range(given.first, given.first + given.inputs, CHUNK):
        stop = min(first + CHUNK, given.first + given.inputs)
        counted, finds = _survived(given.seed, list(range(first, stop)))
        totals += counted
        for find in finds:
            _tell(find, given.seed, kinds, given.keep)
        if time.monotonic() - start > 60 * given.minutes:
            break
    _print(totals, kinds, time.monotonic() - start)
    return 1 if kinds else 0


def _survived(seed: int, numbers: list[int]) -> tuple[Counter[tuple[str, str]], list[Find]]:
    """Run a chunk in its own processes; one that dies has found something."""
    finds: list[Find] = []
    while True:
        current = mmap.mmap(-1, 8)
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            _child(seed, numbers, current, writing)
        os.close(writing)
        with open(reading, "rb") as pipe:
            answer = pipe.read()
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):
            if not answer:
                raise SystemExit("the campaign itself failed: see above")
            totals, found = pickle.loads(answer)  # what our own child sent
            return totals, finds + found
        (number,) = struct.unpack("q", current)
        finds.append(Find(number, f"the process died: {status}", "died", b""))
        numbers = [other for other in numbers if other != number]


def _child(seed: int, numbers: list[int], current: mmap.mmap, writing: int) -> NoReturn:
    """Send what a chunk found; for an error of the campaign itself, only a traceback."""
    limit_memory()
    try:
        answer = pickle.dumps(run(seed, _noted(numbers, current)))
        with open(writing, "wb") as pipe:
            pipe.write(answer)
    except BaseException:
        traceback.print_exc()
    os._exit(0)


def _noted(numbers: list[int], current: mmap.mmap) -> Iterator[int]:
    for number in numbers:
        current[:] = struct.pack("q", number)
        yield number


def _tell(find: Find, seed: int, kinds: Counter[str], keep: Path | None) -> None:
    """Print a find the first time its kind appears."""
    places = [line.strip() for line in find.what.splitlines() if "losscli" in line]
    kind = f"{places[-1] if places else ''} {find.what.splitlines()[-1][:100]}"
    kinds[kind] += 1
    if kinds[kind] == 1:
        print(f"--- try {find.number} of seed {seed}: {find.name}", file=sys.stderr)
        print(find.what[-3000:], file=sys.stderr)
        if keep:
            keep.mkdir(exist_ok=True)
            (keep / f"{find.number}-{find.name}").write_bytes(find.content)


def _print(totals: Counter[tuple[str, str]], kinds: Counter[str], seconds: float) -> None:
    names = sorted({name for name, _ in totals})
    for name in names:
        ends = {status: n for (known, status), n in sorted(totals.items()) if known == name}
        told = ", ".join(f"{status} {n:,}" for status, n in ends.items())
        print(f"{name:20} {sum(ends.values()):>10,}   {told}")
    print(f"{'all':20} {totals.total():>10,}   {kinds.total()} finds in {seconds:.0f} s")
    for kind, number in kinds.most_common():
        print(f"  {number} x {kind}")


if __name__ == "__main__":
    sys.exit(main())
