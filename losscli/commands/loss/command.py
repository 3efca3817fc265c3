"""A loss's command: sources in, engine, files and text out."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from losscli.commands.call import LossCall, command
from losscli.commands.loss.options import LossOptions
from losscli.commands.loss.outputs import Outputs, planned
from losscli.commands.sources import paths_of
from losscli.engine.problem.problem import Problem
from losscli.engine.run import Outcome, Wanted, run
from losscli.errors import ExitStatus, UsageError
from losscli.losses.declare.registry import Loss
from losscli.output.output_files import Destination
from losscli.output.show import rendered
from losscli.output.streams import Streams
from losscli.readers import WantedRole
from losscli.readers.spec import parse_spec

if TYPE_CHECKING:
    from losscli.engine.breakdown.parts import Breakdown
    from losscli.engine.result.details import Detail
    from losscli.engine.result.objective import Penalty


def loss_command(loss: Loss, streams: Streams) -> Callable[..., int]:
    """Return the function that Typer calls for a loss."""
    return command(partial(_Call, loss), LossOptions, streams, loss=loss)


class _Call(LossCall):
    """One call of a loss's command."""

    options: LossOptions
    outcome: Outcome
    penalty: Penalty | None = None
    breakdown: Breakdown | None = None
    shown: Sequence[Detail] = ()
    """The rows of the table."""
    gap: int | None = None
    """After how many of them terms are left out."""

    def check(self) -> None:
        """Refuse options that exclude each other, and output files of an unknown format."""
        self.options.check(self.format)
        self.params = self.options.params or []
        specs = [parse_spec(text) for text in self.params]
        files = [spec for spec in specs if spec.numbers is None]
        if any(spec.path in ("", "-") for spec in files):
            raise UsageError(
                "--params takes files, not standard input or the input's file; name one"
            )
        if len({(os.path.realpath(spec.path), spec.selector) for spec in files}) < len(files):
            raise UsageError("--params: the same file appears twice; remove one")
        self.files = planned(self.loss, self.options)
        self.outputs = [path for path, _ in self.files]

    @property
    def inputs(self) -> list[str]:
        """The files that are read."""
        return super().inputs + paths_of(self.params)

    def compute(self, files: Sequence[Destination]) -> None:
        """Run the loss; files get their blocks as they are done."""
        options = self.options
        sources = self.open()
        alone = [WantedRole("params", ("params",), True)]
        params = {text: self.read({"params": text}, alone)["params"] for text in self.params}
        problem = self.problem(sources)
        makers = [make for _, make in self.files]
        self.blocks = Outputs(problem, options, self.format, list(zip(files, makers, strict=True)))
        if options.breaks_down:
            from losscli.commands.loss.breakdown import breakdown_of

            self.breakdown = breakdown_of(problem, options, sources.get("groups"), self.given.words)
        chosen = self._chosen_rows(problem) if self.format == "table" else []
        self.outcome = run(problem, self._wanted(), self.bar)
        if params:
            from losscli.engine.result.objective import penalty_of

            grad = bool(options.grad) and self.format == "json"
            self.penalty = penalty_of(params, options.l2 or 0.0, options.l1 or 0.0, grad=grad)
        self.blocks.finish()
        self.warnings = self.outcome.notices.listed(problem)
        if self.format == "table":
            from losscli.engine.result.details import details

            terms = chosen or [term for _, term in self.outcome.partial.top]
            grad = options.grad is not False
            self.shown = details(problem, terms, grad=grad, normalizer=self.outcome.normalizer)

    def _chosen_rows(self, problem: Problem) -> list[int]:
        """Return the terms that the table shows, none yet where they are the largest."""
        from losscli.output.page import head_and_tail, require_short

        options, size = self.options, problem.grid.size
        rows = size if options.all else min(options.top or options.rows, size)
        require_short(rows, problem.grid.classes * problem.grid.steps)
        if options.top:
            return []
        chosen, self.gap = head_and_tail(size, rows)
        return chosen

    def _wanted(self) -> Wanted:
        options, outputs = self.options, self.blocks
        return Wanted(
            terms=outputs.terms,
            gradient=outputs.gradient,
            predictions=outputs.predictions,
            correct=self.format in ("table", "json") and self.loss.picks,
            top=options.top or 0,
            notices=options.warn or self.format == "json",
            threads=options.threads,
            observers=self.breakdown.observers if self.breakdown else (),
            each=outputs.each,
        )

    def text(self) -> Iterable[str]:
        """Yield the table, the number, the rows or the JSON object."""
        outputs = self.blocks
        text = outputs.text("rows") or outputs.text("values")
        if text is not None:
            return text
        if self.format == "value":
            return [f"{self.outcome.value!r}\n"]
        if self.format == "table":
            return self._table()
        from losscli.commands.loss.as_json import json_result

        roles = self.loss.differentiable
        return json_result(
            self.outcome,
            self.warnings,
            self.penalty,
            terms=outputs.text("terms"),
            gradients={x: outputs.text(x) or () for x in roles} if self.options.grad else None,
            per_sample=self.options.per_sample,
            breakdown=self.breakdown.as_json() if self.breakdown else {},
        )

    def _table(self) -> Iterable[str]:
        from losscli.commands.loss.report import Report, page_of

        options = self.options
        report = Report(
            self.outcome,
            self.shown,
            self.gap,
            options.top,
            self.penalty,
            self.breakdown,
            options.all,
        )
        return rendered(page_of(report, options.digits), self.streams)

    def status(self) -> ExitStatus:
        """Return the exit status: not finite before a loss above --max."""
        outcome, options = self.outcome, self.options
        term = outcome.partial.first_not_finite
        if term is None:
            term = next((detail.term for detail in self.shown if not detail.is_finite), None)
        none = options.reduction == "none"
        if term is not None or not (none or math.isfinite(outcome.value)):
            from losscli.engine.result.culprit import culprit

            return self.failed(ExitStatus.NOT_FINITE, culprit(outcome, term))
        if self.penalty and not math.isfinite(self.penalty.objective(outcome.value)):
            why = "the penalty overflows float64; lower --l2 or --l1"
            return self.failed(ExitStatus.NOT_FINITE, why)
        if options.max is not None and outcome.value > options.max:
            why = f"{outcome.value!r} is above --max {options.max!r}"
            return self.failed(ExitStatus.CHECK_FAILED, why)
        return ExitStatus.OK
