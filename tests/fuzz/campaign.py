"""A run of many tries; each depends only on the seed and its number, so any can be repeated."""

from __future__ import annotations

import resource
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import NamedTuple

from tests.fuzz.attempt import Outcome, attempt, command, guarded
from tests.fuzz.mutators import mutated
from tests.fuzz.options import options_for
from tests.fuzz.seeds import Seed, seeds

ROOM = 1 << 29
"""Bytes of address space that the tries may take on top of what the process has at their start."""
BY_COMMAND, BY_OPTIONS = 0.05, 0.02
"""Share of the tries that go through the command, and of those that damage the call instead."""


class Find(NamedTuple):
    """A try that broke a promise."""

    number: int
    what: str
    name: str
    content: bytes


def limit_memory() -> None:
    """Limit this process to little more memory than it has: a try that trusts a claim runs out.

    Each format is read before, since the libraries of some reserve room for themselves.
    """
    with tempfile.TemporaryDirectory() as name:
        for format, known in seeds().items():
            path = Path(name) / f"x.{format}"
            path.write_bytes(known[-1].content)
            attempt(path, Random(0), by_command=False)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + ROOM
    resource.setrlimit(resource.RLIMIT_AS, (limit, resource.getrlimit(resource.RLIMIT_AS)[1]))


def damaged(random: Random) -> Seed:
    """Draw a damaged file."""
    known = seeds()
    name = random.choice(list(known))
    content = mutated(
        random.choice(known[name]).content,
        name,
        random.choice(known[random.choice(list(known))]).content,
        random,
    )
    # Sometimes a file is not what its name says.
    return Seed(random.choice(list(known)) if random.random() < 0.03 else name, content)


def run(
    seed: int, numbers: Iterable[int], *, commands: float = BY_COMMAND, options: float = BY_OPTIONS
) -> tuple[Counter[tuple[str, str]], list[Find]]:
    """Make the tries with these numbers; return how many of each kind ended how, and the finds."""
    totals: Counter[tuple[str, str]] = Counter()
    finds: list[Find] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in numbers:
            random = Random(f"{seed}:{number}")
            share = random.random()
            if share < options:
                kind, outcome, find = _options(folder, random)
            else:
                kind, outcome, find = _file(folder, random, share < options + commands)
            totals[kind, outcome.status] += 1
            if outcome.wrong:
                finds.append(Find(number, outcome.wrong, *find))
    return totals, finds


def _options(folder: Path, random: Random) -> tuple[str, Outcome, tuple[str, bytes]]:
    place = folder / "call"
    place.mkdir(exist_ok=True)
    arguments = options_for(place, random)
    outcome = guarded(lambda: command(arguments), place / "input.npy")
    text = " ".join(map(repr, arguments))
    for path in place.iterdir():
        path.unlink()
    return "options", outcome, ("call.txt", text.encode())


def _file(folder: Path, random: Random, by_command: bool) -> tuple[str, Outcome, tuple[str, bytes]]:
    file = damaged(random)
    place = folder / "file"
    place.mkdir(exist_ok=True)
    path = place / f"x.{file.format}"
    path.write_bytes(file.content)
    outcome = attempt(path, random, by_command=by_command)
    path.unlink()
    kind = f"{file.format} by command" if by_command else file.format
    return kind, outcome, (path.name, file.content)
