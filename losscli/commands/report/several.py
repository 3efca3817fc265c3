"""The report of several inputs: their ranking, figures, and differences sample by sample."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from losscli.commands.model_tables import labels, of_losses, of_parts
from losscli.commands.models_call import RunOfModels
from losscli.commands.pairs_chart import Pairs, pairs_drawn
from losscli.commands.ranking_page import heading, ties
from losscli.commands.report.options import ReportOptions
from losscli.commands.report.report import NAMES, Report
from losscli.commands.sections import LONGEST
from losscli.commands.signatures import flag
from losscli.engine.paired.by import Part
from losscli.engine.paired.difference import How
from losscli.engine.result.result import summary
from losscli.errors import UsageError
from losscli.losses.declare.registry import Loss
from losscli.output.output_files import Destination
from losscli.output.page import Block, Column, Figure, Heading, Kind, Page, Paragraph, Style, Table
from losscli.output.streams import Streams

DRAWN = 4
"""Inputs that are drawn against the best one."""
FEW = 400
"""Up to this many terms are single points: each chart is part of one file."""


class ReportOfSeveral(Report, RunOfModels):
    """One report of several inputs."""

    value = "loss"

    def __init__(
        self,
        loss: Loss,
        typed: Mapping[str, Any],
        inputs: Sequence[str],
        options: ReportOptions,
        streams: Streams,
    ) -> None:
        """Take the loss, what was typed, and the inputs."""
        super().__init__(loss, typed, inputs, None, options, streams)

    def check(self) -> None:
        """Refuse what is about one input, too."""
        super().check()
        options, role = self.options, flag(self.loss.roles[0].name)
        for given, what, why in (
            (options.findings, "--findings", "is about one input"),
            (options.top is not None, "--top", "shows terms of one input"),
        ):
            if given:
                raise UsageError(f"{what} {why}; remove it, or give one {role}")
        self.by = ["target"] if self.loss.picks and not self.loss.lacks("by") else []

    def how(self) -> How:
        """Return how differences are computed."""
        return How(seed=self.options.seed or 0, threads=self.options.threads)

    def compute(self, files: Sequence[Destination]) -> None:
        """Run all models, and write the file."""
        RunOfModels.compute(self, ())
        Report.compute(self, files)

    def made(self) -> Page:
        """Return the ranking with charts and classes."""
        study = self.study
        blocks: list[Block] = [heading(study), Paragraph(ties(study))]
        if odd := self.not_finite():
            blocks.append(Paragraph(odd, Style.BAD))
        blocks += [Paragraph(f"{one.message} [{one.code}]", Style.WARNING) for one in self.warnings]
        blocks += [Heading("ranking", is_part=True), of_losses(study, own=True).table]
        blocks += self._figures()
        blocks += self._charts()
        blocks += self._classes()
        return Page(
            [*blocks, *self.ending(study.signature, **{self.loss.roles[0].name: self.sources})],
            self.options.digits,
        )

    def _figures(self) -> Iterator[Block]:
        """Yield the figures of each input's own run, besides those of the ranking."""
        study = self.study
        models = [entry.model for entry in study.ranking.entries]
        found = [summary(study.found.of(model)) for model in models]
        names = [name for name in NAMES if name in found[0] and name != "accuracy"]
        if not names:
            return
        yield Heading("figures", is_part=True)
        named = [labels(study)[model] for model in models]
        columns = [Column(NAMES[name], [one[name] for one in found]) for name in names]
        yield Table([Column("model", named, Kind.NAME), *columns])

    def _charts(self) -> Iterator[Block]:
        """Yield the next best inputs against the best one."""
        best, *others = self.study.ranking.entries
        drawn = []
        for other in others[:DRAWN]:
            pairs = Pairs(self.study.found, (best.model, other.model))
            if pairs.size:
                drawn.append(Figure(pairs_drawn(self.study, pairs, FEW)[0]))
        if drawn:
            more = f" (the next {DRAWN} of {len(others)})" if len(others) > DRAWN else ""
            yield Heading(f"sample by sample against the best{more}", is_part=True)
            yield from drawn

    def _classes(self) -> Iterator[Block]:
        """Yield the mean losses by target, of many those with the largest losses."""
        for name, parts in self.study.parts.items():
            title = f"mean {self.value} by {name}"
            if len(parts) > LONGEST:
                title += f", the {LONGEST} of {len(parts)} with the largest share of the best's"
                best = self.study.ranking.entries[0].model
                parts = sorted(parts, key=lambda part: -_total(part, best))[:LONGEST]
            yield Heading(title, is_part=True)
            yield of_parts(self.study, name, self.value, parts).table

    def signature(self) -> str:
        """Return what the numbers depend on."""
        return self.study.signature

    def not_finite(self) -> str:
        """Return why a loss is not finite."""
        for model in range(self.study.models.count):
            if not math.isfinite(self.study.found.value(model)):
                return self.why_not_finite(model, sums=True)
        return ""


def _total(part: Part, model: int) -> float:
    total = part.means[model] * part.size
    return total if total == total else -math.inf
