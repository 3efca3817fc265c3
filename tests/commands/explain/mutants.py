"""Formulas of walks changed on purpose, and whether the walk notices.

A walk notices by arriving at another loss, loss of the file or gradient than the kernel, by a check
of its own that fails, by a line of a derivation that its formulas do not bear out, or by an error.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np

from losscli.commands.explain import naive, walk
from losscli.commands.explain.explanation import Explanation, explained, walked
from losscli.commands.explain.formula import RELATIONS, Formula, formula
from losscli.commands.explain.shared_parts import ascii_text
from losscli.commands.explain.walk import Walk
from losscli.commands.explain.walks import sequence
from losscli.contract.cases import Case
from losscli.engine.run import Outcome
from losscli.losses.declare.role_kind import Layout
from tests.commands.explain.derivations import wrong_reasons
from tests.commands.explain.walked import outcome_of
from tests.losses.cases import VARIANTS

SIGN, FACTOR, INDEX, COMPARISON = "sign", "factor", "index", "comparison"
KINDS = (SIGN, FACTOR, INDEX, COMPARISON)
REVERSED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "!=", "!=": "="}
NUMBERS = [0, 1e-300, 1e-13, 0.03, 0.07, 1, -1, 40, -40, 800, -800, 1e120, np.inf, -np.inf]
"""Values that decide which formulas a walk shows, in place of one number."""


class Mutant(NamedTuple):
    """A formula with one thing changed."""

    kind: str
    tree: Formula


@dataclass
class Sample:
    """One term of a case that ran: its walk can be repeated with other formulas."""

    outcome: Outcome
    term: int
    label: str
    is_hard: bool = False
    """Whether its numbers are too far apart for derivatives to be measured."""

    def notices(self) -> bool:
        """Whether the walk of this sample notices a fault."""
        try:
            with np.errstate(all="ignore"):
                found = explained(self.outcome, self.term)
                return bool(faults(found, derivations=not self.is_hard))
        except Exception:
            return True


def faults(found: Explanation, *, derivations: bool = True) -> list[str]:
    """Return what is wrong with an explanation."""
    wrong = []
    if not found.agrees:
        wrong.append(f"walk {found.value} is not kernel {found.kernel}")
    if not found.walk.holds:
        wrong.append("a check of the walk fails")
    if not found.check.agrees:
        wrong.append(f"the gradient is wrong: {found.check.slopes}")
    if derivations and not wrong:
        wrong += [f"derivation: {ascii_text(line)}" for line in wrong_reasons(found.walk)]
    return wrong


EQUAL = {
    (formula("sum_k(s_tk) = 1"), INDEX): "the shares of the paths sum to 1 at every step",
}
"""Changes that make no difference, and why."""


def mutants(tree: Formula) -> Iterator[Mutant]:
    """Yield a formula with each of its parts changed, one at a time."""
    found = _mutants(tree)
    return (m for m in found if m.tree != tree and (tree, m.kind) not in EQUAL)


def _mutants(tree: Formula) -> Iterator[Mutant]:
    """Yield a formula with each of its parts changed, one at a time.

    What is left of an equals sign is a name. A factor makes no difference to the sign of a number,
    nor to what must be 0.
    """
    if tree.op != "=":
        yield from _changed(tree)
        return
    left, right = tree.args
    for kind, side in _changed(right):
        yield Mutant(kind, Formula("=", (left, side)))
    if left.op == "name" or left.op == "/":
        if right.text != "0":
            yield Mutant(SIGN, Formula("=", (left, Formula("neg", (right,)))))
        if right.op != "name":
            yield Mutant(FACTOR, Formula("=", (left, _twice(right))))
    elif right.text != "0":
        for kind, side in _changed(left):
            yield Mutant(kind, Formula("=", (side, right)))


def _changed(node: Formula, *, scalable: bool = True) -> Iterator[Mutant]:
    op = node.op
    if op == "name":
        yield from _leaf(node, scalable=scalable)
        return
    if op in ("+", "-"):
        yield Mutant(SIGN, replace(node, op="-" if op == "+" else "+"))
    elif op == "neg":
        yield Mutant(SIGN, node.args[0])
    elif op in RELATIONS:
        yield Mutant(COMPARISON, replace(node, op=REVERSED[op]))
    head, index = node.reduced
    if op in ("max", "min") or head in ("max", "min"):
        other = {"max": "min", "min": "max"}[head or op]
        yield Mutant(COMPARISON, replace(node, op=f"{other}_{index}" if index else other))
    against_zero = op in RELATIONS and node.args[1].text == "0"
    of_indices = op in RELATIONS and node.args[0].text in ("j", "k")
    for at, arg in enumerate(node.args):
        inner = _changed(arg, scalable=not against_zero and op != "sign")
        if of_indices:
            inner = (Mutant(INDEX, replace(arg, text=other)) for other in "01" if at)
        for kind, changed in inner:
            args = (*node.args[:at], changed, *node.args[at + 1 :])
            yield Mutant(kind, replace(node, args=args))


def _leaf(node: Formula, *, scalable: bool) -> Iterator[Mutant]:
    if node.text.replace(".", "").isdigit():
        yield Mutant(FACTOR, replace(node, text=str(float(node.text) + 1)))
        return
    if scalable:
        yield Mutant(FACTOR, _twice(node))
    base, _, index = node.text.partition("_")
    if index and len(index) < 3 and index.islower() and base not in ("H", "D", "L"):
        for i in range(len(index)):
            for other in "01":
                text = f"{base}_{index[:i]}{other}{index[i + 1 :]}"
                yield Mutant(INDEX, replace(node, text=text))


def _twice(node: Formula) -> Formula:
    return Formula("*", (Formula("name", (), "2"), node))


@contextmanager
def formulas(read: Callable[[str], Formula]) -> Iterator[None]:
    """Let walks read their formulas by another function."""
    patches = [patch.object(module, "formula", read) for module in (walk, naive, sequence)]
    for each in patches:
        each.start()
    try:
        yield
    finally:
        for each in patches:
            each.stop()


def shown(found: Walk) -> set[Formula]:
    """Return every formula that a walk shows, but for names of given numbers.

    What is not a number stays nan whatever is done to it: its formula is left out.
    """
    trees: set[Formula] = set()
    for step in found.steps:
        is_nan = bool(step.rows) and all(math.isnan(row.result.value) for row in step.rows)
        trees |= {tree for tree in step.formulas if tree.op != "name" and not is_nan}
        trees |= {check.formula for check in step.checks}
        trees |= {reason.formula for reason in step.derivation}
    if found.fragile:
        trees |= {formula(text) for text in (*found.fragile.naive, *found.fragile.stable)}
    return trees


def shown_texts(outcome: Outcome, term: int) -> set[str]:
    """Return the formulas that the walk of a term shows, as the walk states them."""
    from losscli.commands.explain.sample import sample_of

    read: set[str] = set()

    def recorded(text: str) -> Formula:
        read.add(text)
        return formula(text)

    with formulas(recorded), np.errstate(all="ignore"):
        found = walked(sample_of(outcome, term))
        if found.fragile:
            _ = found.fragile.is_sound
    trees = shown(found)
    return {text for text in read if formula(text) in trees}


def cases(name: str, *, quick: bool) -> Iterator[tuple[Case, dict[str, Any], bool]]:
    """Yield data that makes a loss's walk show all of its formulas, settings, and if it is hard."""
    variants = [variant for variant in VARIANTS if variant.loss.name == name]
    for variant in (variants[0], variants[-1]) if quick else variants:
        is_last = variant is variants[-1]
        weight = {"sample_weight": np.array([0.5, 2.0, 1.5])}
        settings: list[dict[str, Any]] = [{}, weight, {"reduction": "sum"}] if is_last else [{}]
        seeds = range(12 if is_last and not quick else 4)
        drawn = [variant.draw(np.random.default_rng(seed), (3,), classes=3) for seed in seeds]
        if variant.loss.layout is Layout.TERMS:
            # Rows of terms: a walk may show what a whole row adds up to.
            yield variant.draw(np.random.default_rng(0), (2, 3)), {}, False
        for case in drawn:
            yield from ((case, setting, False) for setting in settings)
            if not quick:
                yield from ((_on_a_grid(case, steps), {}, True) for steps in (1, 2))
        if quick:
            continue
        for case, factor in product(drawn, (1e-6, 1e120)):
            yield _scaled(case, factor), {}, True
        by_terms = variant.loss.layout is Layout.TERMS
        bases = drawn[:1]
        if by_terms:
            bases = [other for case in drawn[:4] for other in (case, _on_a_grid(case, 1))]
        for case, role in product(bases, drawn[0].real_roles):
            for number in NUMBERS:
                if case.kind(role).outside(np.array([number])) is None:
                    yield _with(case, role, number, 0), {}, True
                    if case.roles[role].ndim > 1:
                        yield _with(case, role, number, 1), {}, True


def _with(case: Case, role: str, number: float, ahead: int) -> Case:
    """Return a case with a number in the place of one of each sample's."""
    values = case.roles[role].copy()
    by_sample = np.moveaxis(values, case.sample_axis(role), 0)
    for i, sample in enumerate(by_sample):
        if sample.ndim:
            sample[(0,) * (sample.ndim - 1)][(i + ahead) % sample.shape[-1]] = number
        elif i < 2 or not ahead:
            by_sample[i] = number
    return replace(case, roles={**case.roles, role: values})


def _on_a_grid(case: Case, steps: int) -> Case:
    """Return a case with coarse numbers, so that there are ties and kinks."""
    found = case
    for role in case.real_roles:
        values = np.round(case.roles[role] * steps) / steps
        if case.kind(role).outside(values) is None:
            found = replace(found, roles={**found.roles, role: values})
    return found


def _scaled(case: Case, factor: float) -> Case:
    found = case
    for role in case.real_roles:
        values = case.roles[role] * factor
        if case.kind(role).outside(values) is None:
            found = replace(found, roles={**found.roles, role: values})
    return found


@cache
def samples(name: str, *, quick: bool = False) -> dict[str, list[Sample]]:
    """Return for each formula that a loss's walk shows the samples that show it."""
    found: dict[str, list[Sample]] = {}
    for at, (case, settings, is_hard) in enumerate(cases(name, quick=quick)):
        outcome = outcome_of(case, **dict(settings))
        for term in range(3):
            sample = Sample(outcome, term, f"{case.variant} case {at} term {term}", is_hard)
            for text in shown_texts(outcome, term):
                found.setdefault(text, []).append(sample)
    return found


def noticed(text: str, mutant: Mutant, candidates: list[Sample]) -> bool:
    """Return whether one of the samples' walks notices that a formula was changed."""

    def read(asked: str) -> Formula:
        return mutant.tree if asked == text else formula(asked)

    with formulas(read):
        return any(sample.notices() for sample in candidates)
