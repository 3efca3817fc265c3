"""Many more drawn problems whose number nothing gives."""

from __future__ import annotations

from tests.commands.reconcile.test_command import check_random
from tests.each import for_each


@for_each("seed", range(1000, 1400))
def test_no_random_problem_breaks_it(seed: int) -> None:
    check_random(seed)
