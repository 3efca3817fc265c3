"""Every golden case of a declared loss: the value and every gradient."""

from __future__ import annotations

from collections import Counter

import pytest

from losscli import compute
from losscli.losses import names
from tests.losses.golden_cases import ALL, DECLARED, Golden, close


@pytest.mark.parametrize("case", DECLARED, ids=lambda case: case.id)
def test_case(case: Golden) -> None:
    result = compute(case.loss, reduction=case.reduction, grad=True, **case.arguments)
    assert close(result.value, case.value, case.rtol), case.source
    for role, expected in case.grad.items():
        assert close(result.grad[role], expected, case.rtol), f"{role}, {case.source}"


def test_every_loss_has_cases() -> None:
    count = Counter(case.loss for case in ALL)
    assert len(ALL) == sum(count.values()) == len({case.id for case in ALL})
    assert len(DECLARED) == sum(count[name] for name in names())
    print(f"{len(DECLARED)} of {len(ALL)} golden cases run")
    assert [name for name in names() if not count[name]] == []


def test_a_comparison_can_fail() -> None:
    assert close([1.0, float("nan")], [1.0, "nan"], 1e-9)
    assert not close([1.0, 0.0], [1.0, "nan"], 1e-9)
    assert not close([1.0, float("inf")], [1.0, "-inf"], 1e-9)
    assert not close([1.0 + 3e-9], [1.0], 1e-9)
    assert not close([float("nan")], [1.0], 1e-9)
    assert not close([1.0], 1.0, 1e-9)
