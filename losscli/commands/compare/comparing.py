"""What `loss compare` does with and without a loss: formats, files, statuses."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator

from losscli.commands.call import Call
from losscli.commands.compare.options import LISTS, SUMMARIES, ComparisonOptions
from losscli.commands.compare.study import Study
from losscli.commands.compare.summary import Summary, of_parts
from losscli.engine.paired.difference import How
from losscli.engine.problem.problem import Problem
from losscli.output.page import USUAL_DIGITS, Page
from losscli.output.strict_json import dumped


class Comparing(Call):
    """One call of `loss compare`."""

    options: ComparisonOptions
    tool = "compare"
    study: Study
    value: str
    """What the mean of a model is called in tables and JSON."""

    def check(self) -> None:
        """Refuse options before a file is read."""
        self.options.check(self.format)
        self.outputs = [] if self.options.output is None else [self.options.output]

    def how(self, moved: float = 0.0) -> How:
        """Return how differences are computed, without intervals where none are shown."""
        shows = self.format not in ("value", *LISTS)
        how = self.options.how(moved)
        return how if shows else how._replace(level=None)

    def top(self, problem: Problem) -> int:
        """Return how many samples are shown."""
        one = len(self.options.inputs) == 1
        top = self.options.rows if one and (self.shows_page or self.format == "json") else 0
        if top:
            from losscli.output.page import require_short

            require_short(min(top, problem.grid.size))
        return top

    def text(self) -> Iterable[str]:
        """Return the numbers, the samples, the summary or the report."""
        if self.format == "value":
            return [f"{value!r}\n" for value in self.values()]
        if self.format == "json":
            warnings = [notice._asdict() for notice in self.warnings]
            named = {"warnings": warnings, "signature": self.study.signature, **self.judged()}
            return [dumped(self.as_json() | named), "\n"]
        if self.format in LISTS:
            return self.listing()
        if self.format in SUMMARIES:
            return self._summaries()
        return self.paged(self.page())

    def _summaries(self) -> Iterator[str]:
        study, digits = self.study, self.options.digits
        digits = USUAL_DIGITS if digits is None else digits
        if not study.parts:
            yield from self.summary().text(self.format, digits, study.signature)
        for number, name in enumerate(study.parts):
            yield "\n" if number else ""
            summary = of_parts(study, name, self.value)
            yield from summary.text(self.format, digits, study.signature)

    def signature(self) -> str:
        """Return what the numbers depend on."""
        return self.study.signature

    @abstractmethod
    def values(self) -> Iterable[float]:
        """Return the number of each input, in the order in which they were given."""

    @abstractmethod
    def as_json(self) -> dict[str, object]:
        """Return everything but the warnings and the signature."""

    @abstractmethod
    def listing(self) -> Iterable[str]:
        """Return every sample."""

    @abstractmethod
    def summary(self) -> Summary:
        """Return one row per model."""

    @abstractmethod
    def page(self) -> Page:
        """Return the report."""
