"""How many processors this process may use: its affinity, and the quota of its control group."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path, PurePosixPath

GROUPS = "proc/self/cgroup"
"""Lists the control groups of the process: `0::/path` (v2), `4:cpu,cpuacct:/path` (v1)."""
MOUNT = "sys/fs/cgroup"


@cache
def processors() -> int:
    """Return how many threads can compute at the same time."""
    return max(1, math.ceil(min(_in_affinity(), quota(Path("/")))))


def _in_affinity() -> int:
    if hasattr(os, "process_cpu_count"):
        return os.process_cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def quota(root: Path) -> float:
    """Return the processors' time that the control group gets, infinity without a limit.

    The least of the group and the groups above it counts.
    """
    return min(_limits(root), default=math.inf)


def _limits(root: Path) -> Iterator[float]:
    with suppress(OSError):
        for line in (root / GROUPS).read_text().splitlines():
            number, controllers, path = line.split(":", 2)
            if number != "0" and "cpu" not in controllers.split(","):
                continue
            for group in (path, *map(str, PurePosixPath(path).parents)):
                folder = root / MOUNT / controllers / group.lstrip("/")
                with suppress(OSError, ValueError):
                    yield _limit(folder, is_v2=not controllers)


def _limit(folder: Path, *, is_v2: bool) -> float:
    """Return a group's quota over its period; v2 writes `max`, v1 -1 for none."""
    if is_v2:
        time, period = (folder / "cpu.max").read_text().split()
    else:
        time, period = ((folder / f"cpu.cfs_{name}_us").read_text() for name in ("quota", "period"))
    share = math.inf if time == "max" else int(time) / int(period)
    return share if share > 0 else math.inf
