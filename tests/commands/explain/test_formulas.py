"""What a walk shows is what it computes: a formula that is changed is noticed.

The full run, every change of every formula in every case, is `python -m tests.slow.formulas`.
"""

from __future__ import annotations

import pytest

from losscli.commands.explain.formula import formula
from losscli.losses import names
from tests.commands.explain.mutants import (
    COMPARISON,
    FACTOR,
    KINDS,
    SIGN,
    Mutant,
    mutants,
    noticed,
    samples,
)


@pytest.mark.parametrize("name", names())
def test_changed_formulas_are_noticed(name: str) -> None:
    found = samples(name, quick=True)
    assert len(found) >= 5
    for text, candidates in found.items():
        assert not any(sample.notices() for sample in candidates[:1]), text
        chosen = _some(text)
        assert chosen, text
        for mutant in chosen:
            assert noticed(text, mutant, candidates), (text, mutant)


def _some(text: str) -> list[Mutant]:
    """Return the changes of a formula as a whole: its sign, a factor, or its comparison."""
    tree = formula(text)
    last = {mutant.kind: mutant for mutant in mutants(tree)}
    kinds = (SIGN, FACTOR) if tree.op == "=" else (COMPARISON,)
    return [last[kind] for kind in kinds if kind in last]


def test_mutants_change_one_thing() -> None:
    tree = formula("d_j = 2 * (x_j - max_k(x_k, k != y))")
    found = list(mutants(tree))
    assert {mutant.kind for mutant in found} == set(KINDS)
    assert len({mutant.tree for mutant in found} - {tree}) == len(found) > 8
