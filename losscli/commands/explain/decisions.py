"""How a walk chooses among steps: by comparisons that it notes.

So it is known which other numbers lead to the same steps, and a decision can be forced to see the
steps of the other case.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

from losscli.commands.explain.comparisons import lost
from losscli.commands.explain.formula import Formula, formula, names_in
from losscli.commands.explain.number import Number
from losscli.commands.explain.scope import Scope
from losscli.commands.explain.step import Step


class Decision(NamedTuple):
    """A choice of steps: among yes and no, or among the classes."""

    tests: tuple[Number, ...]
    """Comparisons that are all `holds` where this choice is right."""
    holds: bool
    chosen: int
    options: tuple[int, ...]
    at: int
    """The number of steps before it."""


class Decisions(ABC):
    """The decisions so far; those of a walk."""

    scope: Scope
    steps: list[Step]
    shown: list[int]

    def __init__(self, forced: Sequence[int]) -> None:
        self.decisions: list[Decision] = []
        """What the choice of the steps depended on, in order."""
        self.forced = tuple(forced)
        """The first decisions, whatever the numbers say."""

    @abstractmethod
    def over(self, tree: Formula, index: str) -> list[Number]:
        """Return what a formula gives at each place of an index."""

    def decide(self, *tests: Number) -> bool:
        """Return whether comparisons all hold, and note that the steps depend on it.

        A walk decides by this, `asks`, `case`, `loses` or `best`, never by a number's value, so
        that it is known which other numbers lead to the same steps.
        """
        holds = all(test.value for test in tests)
        chosen = bool(self._forced(holds))
        self.decisions.append(Decision(tests, chosen, chosen, (0, 1), len(self.steps)))
        return chosen

    def case(self, text: str) -> bool:
        """Decide by a comparison that is not shown."""
        return self.decide(self.scope.value(formula(text)))

    def loses(self, *texts: str) -> bool:
        """Decide by whether rounding leaves no digits of a formula, for any class if it has j."""
        found: list[Number] = []
        for text in texts:
            tree = formula(text)
            per_class = any(name.endswith("_j") for name in names_in(tree))
            found += self.over(tree, "j") if per_class else [self.scope.value(tree)]
        return self.decide(lost(*found))

    def best(self, name: str, cls: int, *texts: str) -> int:
        """Name a class that was found by its numbers; the comparisons of it all hold."""
        chosen = self._forced(cls)
        self.scope.know(**{name: chosen})
        tests = tuple(self.scope.value(formula(text)) for text in texts)
        options = tuple(self.shown)
        self.decisions.append(Decision(tests, True, chosen, options, len(self.steps)))
        return chosen

    def _forced(self, value: int) -> int:
        at = len(self.decisions)
        return self.forced[at] if at < len(self.forced) else value
