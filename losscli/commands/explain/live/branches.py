"""The walks that a page needs: one for each target and for each case of the formula.

A walk notes every decision that its steps depend on. Forcing the first few of them leads to the
steps of other numbers, so all cases are found from the one sample, those nearest to it first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from losscli.commands.explain.explanation import walk_along
from losscli.commands.explain.live.graph import Graph
from losscli.commands.explain.live.inputs import FEW_CLASSES, Input, inputs_of
from losscli.commands.explain.number import origins_kept
from losscli.commands.explain.sample import Sample
from losscli.commands.explain.walk import Walk

MOST_BRANCHES = 256
MOST_NUMBERS = 60_000
"""Of the first role, in all walks together: the walks of many classes take seconds."""


@dataclass(frozen=True)
class Branch:
    """The steps of one target and one outcome of every decision."""

    target: int | None
    walk: Walk


class Branches:
    """The walks of a sample, and the graph of all their numbers."""

    def __init__(self, sample: Sample) -> None:
        self.sample = sample
        self.roles = sample.walked_roles()
        classes = len(sample.labels())
        self.shown = list(range(classes)) if classes <= FEW_CLASSES else sample.shown()
        self.inputs: list[Input] = inputs_of(sample, self.roles, self.shown)
        self.graph = Graph([found.number for found in self.inputs])
        self.whole = sample.whole()
        size = next(iter(sample.columns.values())).size
        self._most = max(1, min(MOST_BRANCHES, MOST_NUMBERS // size))
        first = self._walk(sample.target, ())
        self.whole = self.whole._replace(weight=first.weight)
        self.targets = self._targets()
        self.found = list(self._all(first))

    def _targets(self) -> list[int]:
        """Return the classes that the page offers as targets; none where it is not a class."""
        problem = self.sample.problem
        target = problem.target
        is_class = target is not None and target.kind.index and target.kind.is_target
        offered = is_class and problem.grid.classes <= FEW_CLASSES
        return self.shown if offered and len(self.shown) <= self._most else []

    def _all(self, first: Walk) -> Iterator[Branch]:
        base = self.sample.target
        others = [target for target in self.targets if target != base]
        waiting: deque[tuple[int | None, tuple[int, ...]]] = deque(
            [(base, ()), *((target, ()) for target in others)]
        )
        made = 0
        while waiting and made < self._most:
            target, forced = waiting.popleft()
            made += 1
            walk = first if made == 1 else self._walk(target, forced)
            turns, is_possible = self._turns(walk, len(forced))
            if is_possible:
                yield Branch(target, walk)
            waiting.extend((target, turn) for turn in turns)

    def _turns(self, walk: Walk, start: int) -> tuple[list[tuple[int, ...]], bool]:
        """Return the decisions that lead from a walk to its neighbors, and were not tried before.

        The walk is not possible if it takes the same comparison to hold and not to hold; the
        decision that agrees with the first one is then the only neighbor.
        """
        taken = tuple(decision.chosen for decision in walk.decisions)
        known: dict[tuple[int, ...], bool] = {}
        turns: list[tuple[int, ...]] = []
        for at, decision in enumerate(walk.decisions):
            tests = tuple(self.graph.add(test) for test in decision.tests)
            is_repeated = tests in known
            before = known.setdefault(tests, decision.holds)
            others = [(*taken[:at], o) for o in decision.options if o != decision.chosen]
            if before != decision.holds:
                return [*turns, *others], False
            is_fixed = all(map(self.graph.is_constant, decision.tests))
            if at >= start and not is_repeated and not is_fixed:
                turns += others
        return turns, True

    def _walk(self, target: int | None, forced: Sequence[int]) -> Walk:
        sample, roles = self.sample, list(self.roles)
        if target is not None and target != sample.target:
            at = next(i for i, o in enumerate(sample.problem.operands) if o.kind.is_target)
            roles[at] = target
        walk = Walk(self.whole, sample.labels(), self.shown, target, forced)
        with origins_kept():
            return walk_along(walk, sample, roles)
