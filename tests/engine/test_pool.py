"""Threads are counted by what the process may use, not by what the machine has."""

from __future__ import annotations

import math
import os
import signal
from itertools import count
from pathlib import Path
from typing import NoReturn

import pytest

from losscli.engine import processors as module
from losscli.engine.pool import MOST, in_order, thread_count
from losscli.engine.processors import processors, quota


def tree(root: Path, files: dict[str, str]) -> Path:
    """Write files below a folder that stands for `/`."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


V1 = "sys/fs/cgroup/cpu,cpuacct"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, math.inf),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "150000 100000\n"}, 1.5),
        ({"proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/cpu.max": "max 100000\n"}, math.inf),
        (
            {
                "proc/self/cgroup": "0::/a/b\n",
                "sys/fs/cgroup/a/cpu.max": "200000 100000\n",
                "sys/fs/cgroup/a/b/cpu.max": "300000 100000\n",
            },
            2,
        ),
        (
            {
                "proc/self/cgroup": "5:memory:/a\n4:cpu,cpuacct:/outside/the/container\n0::/a\n",
                f"{V1}/cpu.cfs_quota_us": "400000\n",
                f"{V1}/cpu.cfs_period_us": "100000\n",
            },
            4,
        ),
        (
            {
                "proc/self/cgroup": "4:cpu,cpuacct:/\n",
                f"{V1}/cpu.cfs_quota_us": "-1\n",
                f"{V1}/cpu.cfs_period_us": "100000\n",
            },
            math.inf,
        ),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "nonsense\n"}, math.inf),
    ],
)
def test_quota_of_the_control_group(tmp_path: Path, files: dict[str, str], expected: float) -> None:
    assert quota(tree(tmp_path, files)) == expected


@pytest.mark.parametrize(("share", "expected"), [(math.inf, 3), (1.5, 2), (0.2, 1), (8, 3)])
def test_the_smaller_of_affinity_and_quota(
    monkeypatch: pytest.MonkeyPatch, share: float, expected: int
) -> None:
    monkeypatch.delattr(os, "process_cpu_count", raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 2, 5}, raising=False)
    monkeypatch.setattr(module, "quota", lambda _: share)
    processors.cache_clear()
    try:
        assert processors() == expected
    finally:
        processors.cache_clear()


@pytest.mark.parametrize(
    ("asked", "cores", "expected"),
    [(None, 3, 3), (2, 3, 2), (64, 3, MOST), (None, 64, MOST)],
)
def test_more_threads_than_are_of_use_would_only_hold_memory(
    monkeypatch: pytest.MonkeyPatch, asked: int | None, cores: int, expected: int
) -> None:
    monkeypatch.setattr(module, "processors", lambda: cores)
    assert thread_count(asked) == expected


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="has no timers that interrupt")
def test_after_an_interrupt_at_any_moment_no_thread_waits_for_another() -> None:
    interrupts = 0

    def interrupt(*_: object) -> NoReturn:
        nonlocal interrupts
        interrupts += 1
        raise KeyboardInterrupt

    def work(moment: float) -> None:
        for number in in_order(abs, count(), 8, more=True):
            if number == 0:
                # The second interrupt ends a test that hangs.
                signal.setitimer(signal.ITIMER_REAL, moment, 30)

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        for moment in range(300):
            with pytest.raises(KeyboardInterrupt):
                work(1e-4 + moment * 1e-5)
            signal.setitimer(signal.ITIMER_REAL, 0)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert interrupts == 300


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="the system has no affinity")
def test_each_thread_has_its_own_processor_while_it_runs() -> None:
    allowed = os.sched_getaffinity(0)
    if not 1 < len(allowed) <= MOST:
        pytest.skip("as many threads as processors are not started here")

    def work(item: int) -> frozenset[int]:
        if item == 99:
            raise KeyError(item)
        return frozenset(os.sched_getaffinity(0))

    for found in in_order(work, range(50), len(allowed), more=True):
        assert found in {frozenset({one}) for one in allowed}
        assert os.sched_getaffinity(0) == allowed
    assert os.sched_getaffinity(0) == allowed
    with pytest.raises(KeyError, match="99"):
        list(in_order(work, range(90, 100), len(allowed), more=True))
    assert os.sched_getaffinity(0) == allowed
