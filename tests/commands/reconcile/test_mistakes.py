"""The true cause of a number is among the first explanations; many more by hand, in `mistakes`."""

from __future__ import annotations

import pytest

from tests.commands.reconcile.mistakes import drawn_mistake, measured


@pytest.mark.parametrize(("seeds", "large"), [(range(60), False), (range(300, 306), True)])
def test_the_cause_is_among_the_first_three(seeds: range, large: bool) -> None:
    drawn = (drawn_mistake(seed, large=large) for seed in seeds)
    rows = measured(one for one in drawn if one)
    causes = [row for sort, row in rows.items() if "digits" not in sort]
    assert sum(row.number for row in causes) >= len(seeds) // 3
    assert sum(row.third for row in causes) >= 0.97 * sum(row.number for row in causes)
    explained = sum(row.first for sort, row in rows.items() if sort.startswith("none"))
    assert explained <= 1
