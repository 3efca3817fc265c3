"""A small share of what `python -m tests.diagnose` measures."""

from __future__ import annotations

from tests.diagnose.measure import Alarms, Hits, healthy_sets, injected_sets
from tests.diagnose.mistakes import MISTAKES

SEED = 15


def test_healthy_sets_have_no_alarm() -> None:
    alarms: Alarms = healthy_sets(SEED, range(300))
    assert alarms.alarmed == []


def test_each_mistake_is_found_where_it_can_be_seen() -> None:
    missed: list[str] = []
    for mistake in MISTAKES:
        hits: Hits = injected_sets(SEED, mistake, range(3))
        missed += [f"{mistake.name} {one}" for one in hits.missed]
    assert missed == []
