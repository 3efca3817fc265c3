"""The report of one input: figures, findings, charts, classes, the largest losses."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from losscli.commands.finding_blocks import finding_blocks
from losscli.commands.findings import Diagnose, Diagnosis
from losscli.commands.report.charts import Charts
from losscli.commands.report.options import TOP, ReportOptions
from losscli.commands.report.report import NAMES, Report
from losscli.commands.sections import LONGEST, tallied_blocks
from losscli.commands.terms import heading_of, noun, terms_table
from losscli.commands.typed import Typed
from losscli.engine.breakdown.classes import ByTarget
from losscli.engine.breakdown.interval import LEVEL, RESAMPLES, BySample, Interval
from losscli.engine.problem.problem import Problem
from losscli.engine.result.details import details
from losscli.engine.result.result import signature, summary
from losscli.engine.run import Observer, Outcome, Wanted, run
from losscli.losses.declare.registry import Loss
from losscli.output.page import (
    Block,
    Fact,
    Facts,
    Figure,
    Heading,
    Indented,
    Page,
    Paragraph,
    Style,
    require_short,
)
from losscli.output.streams import Streams
from losscli.output.words import counted
from losscli.readers.source import Source

INTERVAL = f"{100 * LEVEL:g} % interval"
KEPT = ("reduction", "dtype", "threads")
"""What the commands to type next keep, besides the options on reading files."""


class ReportOfOne(Report):
    """One report of one input."""

    outcome: Outcome

    def __init__(
        self,
        loss: Loss,
        typed: Mapping[str, Any],
        options: ReportOptions,
        streams: Streams,
        diagnose: Diagnose,
    ) -> None:
        """Take the loss, what was typed, and who finds what is wrong with files."""
        self._diagnose = diagnose
        super().__init__(loss, typed, options, streams)

    def made(self) -> Page:
        """Run the loss once, with everything that looks at its terms; then look for mistakes."""
        sources = self.open()
        problem = self.problem(sources)
        top = TOP if self.options.top is None else self.options.top
        require_short(min(top, problem.grid.size))
        seed, threads = self.options.seed or 0, self.options.threads
        by_sample, charts = BySample(problem, seed, threads), Charts(problem)
        by_target = ByTarget(problem) if self.loss.picks and not self.loss.lacks("by") else None
        observers: tuple[Observer, ...] = (by_sample, *charts.observers)
        observers += (by_target,) if by_target else ()
        wanted = Wanted(correct=self.loss.picks, top=top, threads=threads, observers=observers)
        self.outcome = run(problem, wanted, self.bar)
        self.warnings = self.outcome.notices.listed(problem)
        self.note_sources(sources)
        interval = by_sample.interval()
        facts = Facts(list(self._figures(interval, charts)), is_framed=True)
        blocks: list[Block] = [
            Heading(f"{heading_of(problem)}; {problem.input.source.label}"),
            facts,
        ]
        blocks += self._findings(sources)
        blocks += self._charts(charts)
        if by_target:
            blocks += tallied_blocks("by target", "target", by_target, LONGEST, hint="")
        blocks += self._largest(problem)
        how = f"{INTERVAL}: bootstrap of the samples, {RESAMPLES} resamples, seed {seed}."
        drawn = [Paragraph(how, Style.DIM)] if math.isfinite(interval.low) else []
        return Page([*blocks, *self.ending(signature(problem), *drawn)], self.options.digits)

    def _figures(self, interval: Interval, charts: Charts) -> Iterator[Fact]:
        """Yield the figures by name, each short."""
        outcome, partial = self.outcome, self.outcome.partial
        yield Fact("loss", outcome.value, strong=True)
        if not outcome.problem.settings.divides:
            yield Fact("mean loss", outcome.mean)
        if math.isfinite(interval.low):
            what = INTERVAL if outcome.problem.settings.divides else f"{INTERVAL} of the mean"
            yield Fact(what, [interval.low, " to ", interval.high])
        figures = summary(outcome)
        yield from (Fact(text, figures[name]) for name, text in NAMES.items() if name in figures)
        yield from charts.figures()
        if partial.ignored:
            yield Fact("counted", f"{partial.counted} of {outcome.problem.grid.size}")

    def _findings(self, sources: Mapping[str, Source]) -> Iterator[Block]:
        """Yield what stands out."""
        yield Heading("what stands out", is_part=True)
        found = Diagnosis((), ())
        if self.options.findings is not False:
            typed = Typed(self.loss, self.typed, self.options, KEPT)
            found = self._diagnose(self.loss, sources, typed, self.outcome, self.bar.show)
        codes = {finding.code for finding in found.findings}
        warned = [one for one in self.warnings if one.code not in codes]
        if odd := self.not_finite():
            yield Paragraph(odd, Style.BAD)
        for one in warned:
            yield Paragraph(f"{one.message} [{one.code}]", Style.WARNING)
        if found.findings:
            yield Indented([block for one in found.findings for block in finding_blocks(one)])
        elif found.checked:
            yield Paragraph(f"Nothing; {counted(len(found.checked), 'rule')} checked.")
        elif not warned:
            yield Paragraph("Not checked (--no-findings).", Style.DIM)

    def _charts(self, charts: Charts) -> Iterator[Block]:
        drawn = list(charts.drawn())
        if drawn:
            yield Heading("charts", is_part=True)
            yield from map(Figure, drawn)

    def _largest(self, problem: Problem) -> Iterator[Block]:
        """Yield the terms with the largest losses."""
        terms = [term for _, term in self.outcome.partial.top]
        if not terms:
            return
        rows = details(problem, terms, grad=False, normalizer=None)
        what = noun(problem) if len(terms) == 1 else counted(len(terms), noun(problem))
        yield Heading(f"the {what} with the largest loss", is_part=True)
        yield terms_table(problem, rows)

    def not_finite(self) -> str:
        """Return why the loss is not finite."""
        if math.isfinite(self.outcome.value):
            return ""
        from losscli.engine.result.culprit import culprit

        return culprit(self.outcome, self.outcome.partial.first_not_finite)
