"""A loss's command: sources in, engine, files and text out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from losscli.commands.flags import Flags, check
from losscli.commands.loss.outputs import Outputs, planned
from losscli.commands.parameters import signature
from losscli.commands.sources import gather, open_given, refuse_redirection, settings_of
from losscli.engine.compute import checked_options
from losscli.engine.problem.prepare import prepare
from losscli.engine.problem.problem import Problem
from losscli.engine.result.culprit import culprit
from losscli.engine.result.details import Detail, details
from losscli.engine.result.notices import Notice
from losscli.engine.result.objective import Penalty, penalty_of
from losscli.engine.run import Outcome, Wanted, run
from losscli.errors import ExitStatus
from losscli.losses.declare.registry import Loss
from losscli.output import writers
from losscli.output.output_files import destinations
from losscli.output.progress import Bar
from losscli.output.show import rendered
from losscli.output.streams import Streams
from losscli.readers.class_names import Words
from losscli.readers.source import Source

if TYPE_CHECKING:
    from losscli.engine.breakdown.parts import Breakdown


def loss_command(loss: Loss, streams: Streams) -> Callable[..., int]:
    """Return the function that Typer calls for a loss."""

    def command(**typed: Any) -> int:
        flags = Flags(**{field.name: typed.pop(field.name) for field in fields(Flags)})
        return _Call(loss, typed, flags, streams).run()

    command.__signature__ = signature(loss, Flags)  # type: ignore[attr-defined]
    return command


class _Call:
    """One call of a loss's command."""

    def __init__(self, loss: Loss, typed: dict[str, Any], flags: Flags, streams: Streams) -> None:
        check(flags)
        self.loss = loss
        self.typed = typed
        self.flags = flags
        self.streams = streams
        self.format = "value" if flags.quiet else flags.format

    def run(self) -> int:
        """Compute, write the files, print, and return the exit status."""
        self.streams.require_stdout()
        given = gather(
            self.loss, self.typed, self.flags, self.flags.params or (), self.flags.groups
        )
        files = planned(self.loss, self.flags)
        refuse_redirection(self.streams, given.paths)
        with destinations([path for path, _ in files], given.paths) as opened:
            sources, params, notes = open_given(given, self.loss, self.flags)
            problem = self._problem(sources)
            makers = [make for _, make in files]
            outputs = Outputs(
                problem, self.flags, self.format, list(zip(opened, makers, strict=True))
            )
            breakdown = self._breakdown(problem, sources, given.words)
            outcome = self._computed(problem, breakdown, outputs)
            penalty = self._penalty(params)
            outputs.finish()
        notices = outcome.notices.listed(outcome.problem)
        shown, gap = self._shown(outcome) if self.format == "table" else ([], None)
        self.streams.write(self._text(outcome, outputs, breakdown, notices, penalty, shown, gap))
        outputs.close()
        if self.flags.warn:
            for note in notes if self.format != "value" else []:
                self.streams.note(f"note: {note}")
            for notice in notices:
                self.streams.note(f"warning: {notice.message} [{notice.code}]")
        return self._status(outcome, penalty, shown)

    def _problem(self, sources: Mapping[str, Source]) -> Problem:
        flags = self.flags
        settings = settings_of(flags, flags.reduction, flags.dtype)
        options = checked_options(self.loss, {**self.typed, **sources})
        return prepare(self.loss, sources, options, settings, sources.get("sample_weight"))

    def _computed(self, problem: Problem, breakdown: Breakdown | None, outputs: Outputs) -> Outcome:
        flags = self.flags
        wanted = Wanted(
            terms=outputs.terms,
            gradient=outputs.gradient,
            predictions=outputs.predictions,
            correct=self.format in ("table", "json") and self.loss.picks,
            top=flags.top or 0,
            notices=flags.warn or self.format == "json",
            threads=flags.threads,
            observers=breakdown.observers if breakdown else (),
            each=outputs.each,
        )
        with Bar(quiet=self.format == "value") as bar:
            return run(problem, wanted, bar)

    def _breakdown(
        self, problem: Problem, sources: Mapping[str, Source], words: Words
    ) -> Breakdown | None:
        if not self.flags.breaks_down:
            return None
        from losscli.commands.loss.breakdown import breakdown_of

        return breakdown_of(problem, self.flags, sources.get("groups"), words, self.flags.threads)

    def _penalty(self, params: Mapping[str, Source]) -> Penalty | None:
        if not params:
            return None
        return penalty_of(
            params,
            self.flags.l2 or 0.0,
            self.flags.l1 or 0.0,
            grad=bool(self.flags.grad) and self.format == "json",
        )

    def _text(
        self,
        outcome: Outcome,
        outputs: Outputs,
        breakdown: Breakdown | None,
        notices: Sequence[Notice],
        penalty: Penalty | None,
        shown: Sequence[Detail],
        gap: int | None,
    ) -> Iterable[str]:
        text = outputs.text("rows") or outputs.text("values")
        if text is not None:
            return text
        if self.format == "value":
            return [f"{outcome.value!r}\n"]
        if self.format == "json":
            roles = self.loss.differentiable
            return writers.json_result(
                outcome,
                notices,
                penalty,
                terms=outputs.text("terms"),
                gradients={role: outputs.text(role) or () for role in roles}
                if self.flags.grad
                else None,
                per_sample=self.flags.per_sample,
                breakdown=breakdown.as_json() if breakdown else None,
            )
        return self._table(outcome, breakdown, penalty, shown, gap)

    def _table(
        self,
        outcome: Outcome,
        breakdown: Breakdown | None,
        penalty: Penalty | None,
        shown: Sequence[Detail],
        gap: int | None,
    ) -> Iterable[str]:
        from losscli.commands.loss.report import Report, page_of

        flags = self.flags
        report = Report(outcome, shown, gap, flags.top, penalty, breakdown, flags.all)
        return rendered(page_of(report, flags.digits), self.streams)

    def _shown(self, outcome: Outcome) -> tuple[list[Detail], int | None]:
        """Return the table's rows, and after how many of them terms are left out."""
        terms, gap = self._shown_terms(outcome)
        grad = self.flags.grad is not False
        return details(outcome.problem, terms, grad=grad, divisor=outcome.divisor), gap

    def _shown_terms(self, outcome: Outcome) -> tuple[list[int], int | None]:
        size, rows = outcome.problem.grid.size, self.flags.rows
        if self.flags.top:
            return [term for _, term in outcome.partial.top], None
        from losscli.output.page import head_and_tail

        return head_and_tail(size, size if self.flags.all else rows)

    def _status(
        self, outcome: Outcome, penalty: Penalty | None, shown: Sequence[Detail]
    ) -> ExitStatus:
        term = outcome.partial.first_not_finite
        if term is None:
            term = next((detail.term for detail in shown if not detail.is_finite), None)
        none = self.flags.reduction == "none"
        if term is not None or not (none or math.isfinite(outcome.value)):
            self.streams.note(f"loss: {culprit(outcome, term)}")
            return ExitStatus.NOT_FINITE
        if penalty and not math.isfinite(penalty.objective(outcome.value)):
            self.streams.note("loss: the penalty is beyond the largest double; lower --l2 or --l1")
            return ExitStatus.NOT_FINITE
        if self.flags.max is not None and outcome.value > self.flags.max:
            self.streams.note(f"loss: {outcome.value!r} is above --max {self.flags.max!r}")
            return ExitStatus.CHECK_FAILED
        return ExitStatus.OK
