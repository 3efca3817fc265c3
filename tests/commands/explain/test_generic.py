"""The walk of a loss without one: of every kind of role, as if another package declared it."""

from __future__ import annotations

import numpy as np
import pytest

from losscli.commands.explain import explanation
from losscli.contract.cases import Variant
from losscli.losses.declare.role_kind import Layout
from tests.commands.explain.walked import explain
from tests.losses.cases import VARIANTS


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_the_gradient_is_checked_for_every_kind_of_role(
    variant: Variant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explanation, "walk_of", lambda _: None)
    weights = np.array([0.5, 2.0, 1.0, 3.0])
    for seed, reduction in enumerate(("mean", "sum", "none")):
        case = variant.draw(np.random.default_rng(seed), (4,), classes=3 + 4 * seed)
        found = explain(case, seed, reduction=reduction, sample_weight=weights)
        assert found.walk.is_generic or found.sample.is_ignored
        assert found.walk.holds
        assert tuple(found.walk.gradients) == variant.loss.differentiable
        if variant.loss.layout is not Layout.SEQUENCES and not found.sample.is_ignored:
            assert found.check.agrees, found.check.slopes
            assert found.check.slopes
