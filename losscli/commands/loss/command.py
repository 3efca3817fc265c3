"""A loss's command: sources in, engine, files and text out."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from losscli.commands.call import Call, LossCall, command
from losscli.commands.loss.options import LATEX, LossOptions
from losscli.commands.loss.outputs import Outputs, planned
from losscli.commands.options import rows_of
from losscli.commands.signatures import flag
from losscli.commands.sources import paths_of
from losscli.engine.problem.problem import Problem
from losscli.engine.run import Outcome, Wanted, run
from losscli.errors import UsageError
from losscli.losses.declare.registry import Loss
from losscli.output.checks import REPORTS, Check
from losscli.output.output_files import Destination
from losscli.output.show import PAGES
from losscli.output.streams import Streams
from losscli.readers import WantedRole
from losscli.readers.spec import parse_spec

if TYPE_CHECKING:
    from losscli.commands.checking import Subject
    from losscli.commands.loss.report import Report
    from losscli.commands.loss.watchers import Watcher
    from losscli.engine.block import Block
    from losscli.engine.breakdown.parts import Breakdown
    from losscli.engine.result.details import Detail
    from losscli.engine.result.objective import Penalty


def loss_command(loss: Loss, streams: Streams) -> Callable[..., int]:
    """Return the function that Typer calls for a loss: it takes one input, or ranks several."""
    first = loss.roles[0].name

    def call(typed: dict[str, Any], options: LossOptions, streams: Streams) -> Call:
        inputs = typed.pop(first) or [None]
        if len(inputs) == 1:
            return _Call(loss, {**typed, first: inputs[0]}, options, streams)
        from losscli.commands.loss.several import RankLosses

        return RankLosses(loss, typed, inputs, options, streams)

    return command(call, LossOptions, streams, loss=loss, several=True)


class _Call(LossCall):
    """One call of a loss's command."""

    options: LossOptions
    outcome: Outcome
    penalty: Penalty | None = None
    watchers: Sequence[Watcher] = ()
    """What looks at every block."""
    breakdown: Breakdown | None = None
    shown: Sequence[Detail] = ()
    """The rows of the table."""
    gap: int | None = None
    """After how many of them terms are left out."""

    def check(self) -> None:
        """Refuse options that exclude each other, and output files of an unknown format."""
        self.options.check(self.format)
        if self.format == LATEX:
            again = f"{flag(self.loss.roles[0].name)} FILE"
            raise UsageError(f"-f {LATEX} is for several inputs; add {again}, or use -f markdown")
        if self.gates:
            from losscli.commands.loss.figures import require_possible

            require_possible(self.gates, self.loss, self.options)
        self.params = self.options.params or []
        specs = [parse_spec(text) for text in self.params]
        files = [spec for spec in specs if spec.numbers is None]
        if any(spec.path in ("", "-") for spec in files):
            raise UsageError(
                "--params takes files, not standard input or the input's file; name one"
            )
        same = {(os.path.realpath(spec.path), spec.selector) for spec in files}
        if len(same) < len(files) or len(set(self.params)) < len(specs):
            raise UsageError("--params: the same source appears twice; remove one")
        self.gradients: dict[str, str] = {}
        if self.options.check_grad:
            from losscli.commands.loss.gradient_checks import named

            self.gradients = named(self.loss, self.options.check_grad)
        self.files = planned(self.loss, self.options)
        self.outputs = [path for path, _ in self.files]

    @property
    def inputs(self) -> list[str]:
        """The files that are read."""
        return super().inputs + paths_of([*self.params, *self.gradients.values()])

    def compute(self, files: Sequence[Destination]) -> None:
        """Run the loss; files get their blocks as they are done."""
        options = self.options
        sources = self.open()
        alone = [WantedRole("params", ("params",), True)]
        params = {text: self.read({"params": text}, alone)["params"] for text in self.params}
        problem = self.problem(sources)
        makers = [make for _, make in self.files]
        if self.gates and self.gates.baseline:
            from losscli.commands.loss.watchers import watched

            self.watchers = watched(problem, self.gates.baseline)
        if self.gradients:
            from losscli.commands.loss.gradient_checks import GradientChecks

            self.watchers = [*self.watchers, GradientChecks(self, self.gradients, problem, sources)]
        self.blocks = Outputs(problem, options, self.format, list(zip(files, makers, strict=True)))
        if options.breaks_down:
            from losscli.commands.loss.breakdown import breakdown_of

            self.breakdown = breakdown_of(problem, options, sources.get("groups"), self.given.words)
        chosen = self._chosen_rows(problem) if self.shows_page or options.top else []
        self.outcome = run(problem, self._wanted(), self.bar)
        if params:
            from losscli.engine.result.objective import penalty_of

            grad = bool(options.grad) and self.format == "json"
            self.penalty = penalty_of(params, options.l2 or 0.0, options.l1 or 0.0, grad=grad)
        for watcher in self.watchers:
            watcher.finish(self.outcome)
        self.blocks.finish()
        self.warnings = self.outcome.notices.listed(problem)
        if self.shows_page or options.top:
            from losscli.engine.result.details import details

            terms = chosen or [term for _, term in self.outcome.partial.top]
            # In text, the columns of a gradient are for programs; JSON has it in full.
            terminal = self.format == "table" and self.streams.is_terminal
            grad = terminal if options.grad is None else options.grad and self.format != "json"
            self.shown = details(problem, terms, grad=grad, normalizer=self.outcome.normalizer)

    def _chosen_rows(self, problem: Problem) -> list[int]:
        """Return the terms that the table shows, none yet where they are the largest."""
        from losscli.output.page import head_and_tail, require_short

        options, size = self.options, problem.grid.size
        rows = size if options.all else min(options.top or rows_of(options), size)
        require_short(rows, problem.grid.classes * problem.grid.steps)
        if options.top:
            return []
        chosen, self.gap = head_and_tail(size, rows)
        return chosen

    def _wanted(self) -> Wanted:
        options, outputs = self.options, self.blocks
        shown = self.format in (*PAGES, *REPORTS, "json")
        return Wanted(
            terms=outputs.terms or any(watcher.terms for watcher in self.watchers),
            gradient=outputs.gradient or any(watcher.gradient for watcher in self.watchers),
            predictions=outputs.predictions,
            correct=self.loss.picks and (shown or self.gates is not None),
            top=options.top or 0,
            notices=options.warn or self.format == "json",
            threads=options.threads,
            observers=self.breakdown.observers if self.breakdown else (),
            each=self._each,
        )

    def _each(self, block: Block) -> None:
        """Take a block."""
        self.blocks.each(block)
        for watcher in self.watchers:
            watcher.each(block)

    def text(self) -> Iterable[str]:
        """Yield the table, the number, the rows or the JSON object."""
        outputs = self.blocks
        text = outputs.text("rows") or outputs.text("values")
        if text is not None:
            return text
        if self.format == "value":
            return [f"{self.outcome.value!r}\n"]
        if self.shows_page:
            from losscli.commands.loss.report import page_of

            more = [block for watcher in self.watchers for block in watcher.blocks()]
            return self.paged(page_of(self._report, self.options.digits).with_more(more))
        if self.format != "json":
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
            more={**self._parts(), **self.judged()},
        )

    @property
    def _report(self) -> Report:
        from losscli.commands.loss.report import Report

        options = self.options
        return Report(
            self.outcome,
            self.shown,
            self.gap,
            options.top,
            self.penalty,
            self.breakdown,
            options.all,
        )

    def _table(self) -> Iterable[str]:
        """Return the only table that was asked for, as rows."""
        from losscli.commands.loss.report import shown_terms
        from losscli.commands.sections import breakdown_table
        from losscli.output.table_rows import table_text

        part = self.breakdown
        table = shown_terms(self._report) if part is None else breakdown_table(part)
        return table_text(table, self.format)

    def _parts(self) -> dict[str, Any]:
        """Return the breakdowns and the largest terms for JSON."""
        found = self.breakdown.as_json() if self.breakdown else {}
        if self.options.top:
            from losscli.commands.loss.report import shown_terms
            from losscli.output.table_rows import table_objects

            found["top"] = table_objects(shown_terms(self._report))
        for watcher in self.watchers:
            found |= watcher.as_json()
        return found

    def signature(self) -> str:
        """Return what the number depends on."""
        from losscli.engine.result.result import signature

        return signature(self.outcome.problem)

    def subjects(self) -> Iterable[Subject]:
        """Return the result, with every number that JSON's first level has."""
        from losscli.commands.checking import Subject
        from losscli.commands.loss.figures import figures_of

        figures = figures_of(self.outcome, self.penalty, self.breakdown)
        return [Subject(self.loss.name, figures, self.first_file)]

    def checks(self) -> Iterable[Check]:
        """Return what the watchers say."""
        return [check for watcher in self.watchers for check in watcher.checks(self.first_file)]

    def not_finite(self) -> str:
        """Return why the loss, a listed term or the objective is not finite."""
        outcome, options = self.outcome, self.options
        term = outcome.partial.first_not_finite
        if term is None:
            term = next((detail.term for detail in self.shown if not detail.is_finite), None)
        none = options.reduction == "none"
        if term is not None or not (none or math.isfinite(outcome.value)):
            from losscli.engine.result.culprit import culprit

            return culprit(outcome, term)
        if self.penalty and not math.isfinite(self.penalty.objective(outcome.value)):
            return "the penalty overflows float64; lower --l2 or --l1"
        return ""
