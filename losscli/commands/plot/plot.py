"""One call of `loss plot`: a chart with the numbers in it, in every format."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from losscli.commands.call import Call, LossCall
from losscli.commands.options import refuse_unless_page
from losscli.commands.terms import heading_of, noun
from losscli.engine.problem.problem import Problem
from losscli.engine.result.culprit import culprit
from losscli.engine.result.result import signature
from losscli.engine.run import Observer, Outcome, Wanted, run
from losscli.errors import DataError
from losscli.output.chart import Chart
from losscli.output.output_files import Destination
from losscli.output.page import Block, Figure, Heading, Page, Signature, Table
from losscli.output.strict_json import dumped


@dataclass(frozen=True)
class Drawn:
    """A chart, and what programs get instead."""

    chart: Chart
    table: Table
    """The numbers that are drawn, one row per bin, cell, point or pair."""
    rows: str
    """What JSON calls them."""
    figures: dict[str, Any] = field(default_factory=dict)
    """More numbers for JSON."""
    more: Sequence[Block] = ()
    """Blocks below the chart."""


class Plot(Call):
    """One call that draws a chart."""

    drawn: Drawn
    extension: str | None = None

    def check(self) -> None:
        """Refuse a picture of an unknown kind, and options of tables in another format."""
        refuse_unless_page(self.options, self.format)
        if self.options.output is not None:
            from losscli.output.encoders import extension
            from losscli.output.picture import PICTURES, require_drawable

            self.extension = extension(self.options.output, PICTURES, "output")
            require_drawable(self.extension)
            self.outputs = [self.options.output]

    def compute(self, files: Sequence[Destination]) -> None:
        """Draw, and write the picture."""
        self.drawn = self.draw()
        for file in files:
            from losscli.output.picture import picture

            title = f"loss {self.tool} {self.subject}"
            chart, page = self.drawn.chart, self._page()
            file.write([picture(str(self.extension), chart, page, title)])

    @abstractmethod
    def draw(self) -> Drawn:
        """Read the files and return the chart."""

    @abstractmethod
    def heading(self) -> str:
        """Return what the chart is about."""

    def _page(self) -> Page:
        blocks = [Heading(self.heading()), Figure(self.drawn.chart), *self.drawn.more]
        signed = [Signature(text)] if (text := self.signature()) else []
        return Page([*blocks, *signed], self.options.digits)

    def text(self) -> Iterable[str]:
        """Return the page, or the numbers of the chart."""
        if self.shows_page:
            return self.paged(self._page())
        from losscli.output.table_rows import table_objects, table_text

        if self.format != "json":
            return table_text(self.drawn.table, self.format)
        found = {
            "schema": 1,
            "plot": self.tool.partition(" ")[2],
            "loss": self.subject,
            "title": self.drawn.chart.title,
            **self.drawn.figures,
            self.drawn.rows: table_objects(self.drawn.table),
            "warnings": [notice._asdict() for notice in self.warnings],
            "signature": self.signature(),
            **self.judged(),
        }
        return [dumped(found), "\n"]


class LossPlot(Plot, LossCall):
    """One call that draws a chart of a loss's files."""

    outcome: Outcome

    def observe(self, problem: Problem, *observers: Observer) -> None:
        """Run the loss once, and refuse to draw nothing."""
        options = self.options
        wanted = Wanted(
            correct=problem.loss.picks,
            notices=options.warn or self.format == "json",
            threads=options.threads,
            observers=observers,
        )
        self.outcome = run(problem, wanted, self.bar)
        self.warnings = self.outcome.notices.listed(problem)
        if not self.outcome.partial.counted:
            raise DataError(
                f"no {noun(problem)} counts, so there is nothing to draw; is everything ignored?"
            )

    def not_finite(self) -> str:
        """Return why the loss or a term of it is not finite, which no chart can place."""
        term, value = self.outcome.partial.first_not_finite, self.outcome.value
        return "" if term is None and math.isfinite(value) else culprit(self.outcome, term)

    def heading(self) -> str:
        """Return the loss and its size."""
        return heading_of(self.outcome.problem)

    def signature(self) -> str:
        """Return what the numbers depend on."""
        return signature(self.outcome.problem)
