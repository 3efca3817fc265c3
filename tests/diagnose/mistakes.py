"""Mistakes: each is put into a healthy data set, and the rules that should find it are named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.diagnose.draws import Rng
from tests.diagnose.sets import DataSet, Found, visible

Inject = Callable[[Rng], tuple[DataSet, DataSet]]
"""Draws a healthy set, and returns it and the same with the mistake."""


@dataclass(frozen=True)
class Mistake:
    """A mistake."""

    name: str
    codes: tuple[str, ...]
    """Any of these finds it; the first is the rule that it is counted for."""
    inject: Inject
    seen: str

    def can_be_seen(self, right: DataSet, wrong: DataSet) -> bool:
        """Return whether it changes the loss by 5 %, beyond chance, or the shapes."""
        if self.seen == "always":
            return True
        return visible(right, wrong, by_chance=self.seen == "beyond chance")

    def is_found(self, found: Found) -> bool:
        """Return whether one of its rules found something."""
        return any(code in found for code in self.codes)


MISTAKES: list[Mistake] = []
"""All of them, once the modules `mistakes_*` are imported."""


def mistake(*codes: str, seen: str = "in the loss") -> Callable[[Inject], Inject]:
    """Register a mistake; `seen` says when: in the loss, always, or beyond chance."""

    def add(inject: Inject) -> Inject:
        MISTAKES.append(Mistake(inject.__name__.replace("_", " "), codes, inject, seen))
        return inject

    return add
