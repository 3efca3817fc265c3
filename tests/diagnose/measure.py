"""Counts hits, misses and false alarms over many data sets, on several processes."""

from __future__ import annotations

import json
import tempfile
import warnings
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from losscli.cli.main import main
from tests.conftest import standard_streams
from tests.diagnose.healthy import KINDS
from tests.diagnose.mistakes import MISTAKES, Mistake
from tests.diagnose.sets import DataSet, Found

BATCH = 20
"""Data sets that a process draws at once."""
BY_FILE = 20
"""One healthy set in this many is written to files, and diagnosed by the command."""


@dataclass
class Alarms:
    """What was found in healthy sets, by code."""

    sets: int = 0
    false: Counter[str] = field(default_factory=Counter)
    """Warnings and errors."""
    noted: Counter[str] = field(default_factory=Counter)
    """Findings that are info."""
    alarmed: list[str] = field(default_factory=list)
    """The sets with a warning or an error."""

    def add(self, other: Alarms) -> None:
        """Add the counts of other sets."""
        self.sets += other.sets
        self.false += other.false
        self.noted += other.noted
        self.alarmed += other.alarmed


@dataclass
class Hits:
    """How often a mistake was found."""

    injected: int = 0
    seen: int = 0
    found: int = 0
    missed: list[str] = field(default_factory=list)
    """The sets in which it can be seen and was not found."""

    def add(self, other: Hits) -> None:
        """Add the counts of other sets."""
        self.injected += other.injected
        self.seen += other.seen
        self.found += other.found
        self.missed += other.missed

    @property
    def share(self) -> float:
        """The share that was found of those that can be seen."""
        return self.found / self.seen if self.seen else 1.0


def by_command(data: DataSet) -> Found:
    """Diagnose a set that is written to files."""
    with tempfile.TemporaryDirectory() as folder:
        with standard_streams(b"") as (out, err):
            main(data.written(Path(folder)))
        text = out.getvalue()
        if not text:
            raise AssertionError(err.getvalue().decode())
    found: Found = {}
    for finding in json.loads(text)["findings"]:
        found.setdefault(finding["code"], finding["severity"])
    return found


def healthy_sets(seed: int, indices: Iterable[int]) -> Alarms:
    """Diagnose healthy sets of all kinds in turn."""
    alarms = Alarms()
    for i in indices:
        draw = KINDS[i % len(KINDS)]
        with described(f"healthy set {i}, {draw.__name__}"):
            data = draw(np.random.default_rng([seed, i]))
            found = by_command(data) if i % BY_FILE == BY_FILE - 1 else data.diagnosed()
        alarms.sets += 1
        alarms.noted.update(code for code, severity in found.items() if severity == "info")
        wrong = [code for code, severity in found.items() if severity != "info"]
        wrong = [code for code in wrong if code not in data.true]
        alarms.false.update(wrong)
        if wrong:
            alarms.alarmed.append(f"{i} {draw.__name__} {data}: {' '.join(wrong)}")
    return alarms


def injected_sets(seed: int, mistake: Mistake, indices: Iterable[int]) -> Hits:
    """Diagnose sets with one mistake."""
    hits = Hits()
    for i in indices:
        with described(f"{mistake.name} {i}"):
            rng = np.random.default_rng([seed, zlib.crc32(mistake.name.encode()), i])
            right, wrong = mistake.inject(rng)
            hits.injected += 1
            if not mistake.can_be_seen(right, wrong):
                continue
            found = wrong.diagnosed()
        hits.seen += 1
        if mistake.is_found(found):
            hits.found += 1
        else:
            hits.missed.append(f"{i} {wrong}: {' '.join(found) or 'nothing'}")
    return hits


@contextmanager
def described(what: str) -> Iterator[None]:
    """Name the data set in an exception, and make one of every warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            yield
        except Exception as error:
            error.add_note(what)
            raise


def measured(
    seed: int, healthy: int, injected: int, mistakes: list[Mistake], processes: int
) -> tuple[Alarms, dict[str, Hits]]:
    """Diagnose healthy sets, and sets with each mistake."""
    alarms, hits = Alarms(), {mistake.name: Hits() for mistake in mistakes}
    units = [*_units(-1, healthy)]
    for mistake in mistakes:
        units += _units(MISTAKES.index(mistake), injected)
    with get_context("fork").Pool(processes) as pool:
        for index, part in pool.imap_unordered(partial(_measure, seed), units):
            if isinstance(part, Alarms):
                alarms.add(part)
            else:
                hits[MISTAKES[index].name].add(part)
    return alarms, hits


def _units(index: int, count: int) -> Iterator[tuple[int, range]]:
    for start in range(0, count, BATCH):
        yield index, range(start, min(start + BATCH, count))


def _measure(seed: int, unit: tuple[int, range]) -> tuple[int, Alarms | Hits]:
    index, indices = unit
    if index < 0:
        return index, healthy_sets(seed, indices)
    return index, injected_sets(seed, MISTAKES[index], indices)
