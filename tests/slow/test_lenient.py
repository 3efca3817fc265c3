"""Many more files that are spoiled, diagnosed."""

from __future__ import annotations

from tests.commands.diagnose.test_lenient import check_spoiled
from tests.each import for_each


@for_each("seed", range(1000, 6000))
def test_nothing_is_too_broken_to_be_diagnosed(seed: int) -> None:
    check_spoiled(seed)
