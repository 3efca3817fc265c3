"""What `loss compare` does with and without a loss: options, and how many samples it shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from losscli.commands.compare.options import LISTS, ComparisonOptions
from losscli.commands.models_call import ModelsCall
from losscli.engine.paired.difference import How
from losscli.engine.problem.problem import Problem

if TYPE_CHECKING:
    from losscli.commands.checking import Subject


class Comparing(ModelsCall):
    """One call of `loss compare`."""

    options: ComparisonOptions
    tool = "compare"
    lists = LISTS

    def check(self) -> None:
        """Refuse options before a file is read."""
        self.options.check(self.format)
        self.outputs = [] if self.options.output is None else [self.options.output]

    def subjects(self) -> Iterator[Subject]:
        """Yield each input with all numbers that JSON has of it."""
        from losscli.commands.checking import Subject, flat

        found = self.as_json()
        several = found.get("inputs", [found])
        labels = [entry.label for entry in self.study.ranking.entries]
        for label, one in zip(labels, several, strict=True):
            figures = {name: one[name] for name in one if name not in ("schema", "worst")}
            about = f"{label}: " if len(several) > 1 else ""
            yield Subject("compare", flat(figures), label, about)

    def how(self) -> How:
        """Return how differences are computed, without intervals where none are shown."""
        shows = self.format not in ("value", *LISTS)
        how = self.options.how()
        return how if shows else how._replace(level=None)

    def top(self, problem: Problem) -> int:
        """Return how many samples are shown."""
        one = len(self.options.inputs) == 1
        top = self.options.samples if one and (self.shows_page or self.format == "json") else 0
        if top:
            from losscli.output.page import require_short

            require_short(min(top, problem.grid.size))
        return top
