"""`loss explain NAME`: one sample, step by step, as a page."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from losscli.commands.call import LossCall, command
from losscli.commands.explain.as_json import json_text
from losscli.commands.explain.builtin import example_sources
from losscli.commands.explain.change import changed
from losscli.commands.explain.explanation import Before, Explanation, explained, run_of
from losscli.commands.explain.latex import latex
from losscli.commands.explain.markdown import markdown
from losscli.commands.explain.options import ExplainOptions
from losscli.commands.explain.report import Report
from losscli.commands.explain.sample import chosen_term, sample_of
from losscli.commands.options import refuse_unless_page
from losscli.engine.result.culprit import culprit
from losscli.engine.run import Outcome
from losscli.errors import DataError, UsageError
from losscli.losses.declare.registry import Loss
from losscli.output.output_files import Destination
from losscli.output.page import USUAL_DIGITS
from losscli.output.streams import Streams
from losscli.readers.source import Source

if TYPE_CHECKING:
    from losscli.output.page import Page

HELP = (
    "Shows every step for the sample with the largest loss, or --sample I: from its numbers to the "
    "number that `loss {name}` prints, and on to the gradient. Each step is checked against the "
    "kernel. Without files it shows a small built-in example."
)


def explain_command(loss: Loss, streams: Streams) -> Callable[..., int]:
    """Return the function that Typer calls for `loss explain` and a loss."""
    help = HELP.format(name=loss.name)
    return command(partial(Explain, loss), ExplainOptions, streams, help, loss=loss)


class Explain(LossCall):
    """One call of `loss explain`."""

    options: ExplainOptions

    @property
    def is_example(self) -> bool:
        """Whether no file is given: the built-in example is explained."""
        return all(self.typed[role.name] is None for role in self.loss.roles)

    def check(self) -> None:
        """Refuse invalid options."""
        self.options.check()
        if not self.options.save:
            refuse_unless_page(self.options, self.format)
        self.outputs = [self.options.save] if self.options.save else []

    def compute(self, files: Sequence[Destination]) -> None:
        """Walk the sample and write the picture."""
        sources = self.open()
        if self.is_example:
            sources = {**example_sources(self.loss, self.typed), **sources}
        self.explanation = self._explanation(sources)
        self._require_steps(self.explanation)
        for destination in files:
            destination.write([self._saved().encode()])
        outcome = self.explanation.sample.outcome
        self.warnings = outcome.notices.listed(outcome.problem)

    def _explanation(self, sources: Mapping[str, Source]) -> Explanation:
        outcome = self._run(sources)
        term = chosen_term(outcome, self.options.sample)
        if not self.options.set:
            return explained(outcome, term)
        sample = sample_of(outcome, term)
        others, changes = changed(sample, self.options.set, sources)
        before = Before(changes, sample.detail.loss, outcome.value, sample.detail.gradients)
        return explained(self._run(others), term, before)

    def _run(self, sources: Mapping[str, Source]) -> Outcome:
        return run_of(self.problem(sources), self.options.threads, self.bar)

    def _require_steps(self, explanation: Explanation) -> None:
        wanted, size = self.options.range, len(explanation.walk.steps)
        if wanted and wanted[1] > size:
            raise UsageError(
                f"--steps {self.options.steps}: this walk has the steps 1-{size}; give one of these"
            )

    def text(self) -> Iterable[str]:
        """Return the page."""
        options, explanation = self.options, self.explanation
        if options.format == "json":
            return [json_text(explanation, options.range, verbose=options.verbose)]
        if options.format in ("markdown", "latex"):
            digits = USUAL_DIGITS if options.digits is None else options.digits
            write = {"markdown": markdown, "latex": latex}[options.format]
            return write(explanation, options.range, digits, verbose=options.verbose)
        return self.paged(self._page())

    def _page(self) -> Page:
        options = self.options
        report = Report(self.explanation, options.range, verbose=options.verbose)
        return report.page(options.digits)

    def _saved(self) -> str:
        """Return the file that --save names: the page as a picture, or one that computes."""
        if self.options.live:
            from losscli.commands.explain.live.page import live_page

            digits = USUAL_DIGITS if self.options.digits is None else self.options.digits
            return live_page(
                self.explanation,
                digits,
                is_example=self.is_example,
                verbose=self.options.verbose,
            )
        return self._picture()

    def _picture(self) -> str:
        title = f"loss explain {self.loss.name}"
        if str(self.options.save).lower().endswith(".svg"):
            from losscli.output.terminal import svg_of_terminal

            return svg_of_terminal(self._page(), title)
        from losscli.output.document import document

        return document(self._page(), title)

    def not_finite(self) -> str:
        """Return why the loss is not finite; DataError where walk and kernel disagree."""
        explanation = self.explanation
        if not explanation.agrees:
            raise DataError(
                f"the walk arrives at {explanation.value!r} and the kernel at "
                f"{explanation.kernel!r}: one of them is wrong, please report it"
            )
        if not explanation.walk.holds:
            raise DataError("a check of the walk does not hold: please report it")
        if not explanation.check.agrees:
            package = self.loss.package
            advice = f"run python -m losscli.contract {package}" if package else "please report it"
            raise DataError(f"the gradient is not the derivative of the loss: {advice}")
        if not math.isfinite(explanation.kernel):
            sample = explanation.sample
            return culprit(sample.outcome, sample.term)
        return ""
