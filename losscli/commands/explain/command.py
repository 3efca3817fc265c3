"""`loss explain NAME`: sources in, one sample walked, a page out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from typing import Any

from losscli.commands.explain.as_json import json_text
from losscli.commands.explain.builtin import example_sources
from losscli.commands.explain.change import changed
from losscli.commands.explain.explanation import Before, Explanation, explained, run_of
from losscli.commands.explain.flags import ExplainFlags, check
from losscli.commands.explain.latex import latex
from losscli.commands.explain.markdown import markdown
from losscli.commands.explain.plain import plain_text
from losscli.commands.explain.sample import chosen_term, sample_of
from losscli.commands.signatures import signature
from losscli.commands.sources import gather, open_given, paths_of, refuse_redirection, settings_of
from losscli.engine.compute import checked_options
from losscli.engine.problem.prepare import prepare
from losscli.engine.problem.problem import Problem
from losscli.engine.result.culprit import culprit
from losscli.engine.run import Outcome
from losscli.errors import DataError, ExitStatus, UsageError
from losscli.losses.declare.registry import Loss
from losscli.output.output_files import destinations
from losscli.output.progress import Bar
from losscli.output.streams import Streams
from losscli.readers.source import Source

SAVED_WIDTH = 100


def explain_command(loss: Loss, streams: Streams) -> Callable[..., int]:
    """Return the function that Typer calls for `loss explain` and a loss."""

    def command(**typed: Any) -> int:
        flags = ExplainFlags(
            **{f.name: typed.pop(f.name) for f in fields(ExplainFlags) if f.name in typed}
        )
        return _Call(loss, typed, flags, streams).run()

    command.__doc__ = (
        "Walks the sample with the largest loss, or --sample I, from its numbers to the number "
        f"that `loss {loss.name}` prints, and on to the gradient; every step is shown, and held "
        "against the kernel. Without files it walks a small built-in example."
    )
    command.__signature__ = signature(ExplainFlags, loss=loss)  # type: ignore[attr-defined]
    return command


class _Call:
    """One call of `loss explain`."""

    def __init__(
        self, loss: Loss, typed: dict[str, Any], flags: ExplainFlags, streams: Streams
    ) -> None:
        check(flags)
        self.loss = loss
        self.typed = typed
        self.flags = flags
        self.streams = streams

    def run(self) -> int:
        """Walk the sample, write the picture, print the page, and return the exit status."""
        self.streams.require_stdout()
        example = all(self.typed[role.name] is None for role in self.loss.roles)
        given = gather(self.loss, self.typed, self.flags, example=example)
        paths = paths_of(list(given.files.values()))
        refuse_redirection(self.streams, paths)
        save = self.flags.save
        with destinations([save] if save else [], paths) as opened:
            sources, notes = open_given(given, self.loss, self.flags)
            if example:
                sources = {**example_sources(self.loss, self.typed), **sources}
            explanation = self._explanation(sources)
            self._require_steps(explanation)
            for destination in opened:
                destination.write([self._picture(explanation).encode()])
        self.streams.write(self._text(explanation))
        if self.flags.warn:
            for note in notes:
                self.streams.note(f"note: {note}")
            for notice in explanation.sample.outcome.notices.listed(explanation.problem):
                self.streams.note(f"warning: {notice.message} [{notice.code}]")
        return self._status(explanation)

    def _explanation(self, sources: Mapping[str, Source]) -> Explanation:
        outcome = self._run(sources)
        term = chosen_term(outcome, self.flags.sample)
        if not self.flags.set:
            return explained(outcome, term)
        sample = sample_of(outcome, term)
        others, changes = changed(sample, self.flags.set, sources)
        before = Before(changes, sample.detail.loss, outcome.value, sample.detail.gradients)
        return explained(self._run(others), term, before)

    def _run(self, sources: Mapping[str, Source]) -> Outcome:
        with Bar() as bar:
            return run_of(self._problem(sources), self.flags.threads, bar)

    def _problem(self, sources: Mapping[str, Source]) -> Problem:
        settings = settings_of(self.flags)
        options = checked_options(self.loss, {**self.typed, **sources})
        return prepare(self.loss, sources, options, settings, sources.get("sample_weight"))

    def _require_steps(self, explanation: Explanation) -> None:
        wanted, size = self.flags.range, len(explanation.walk.steps)
        if wanted and wanted[1] > size:
            raise UsageError(
                f"--steps {self.flags.steps}: this walk has the steps 1-{size}; give one of these"
            )

    def _text(self, explanation: Explanation) -> Iterable[str]:
        flags = self.flags
        if flags.format == "json":
            return [json_text(explanation, flags.range, verbose=flags.verbose)]
        if flags.format in ("markdown", "latex"):
            write = {"markdown": markdown, "latex": latex}[flags.format]
            return write(explanation, flags.range, flags.digits, verbose=flags.verbose)
        if not self.streams.is_terminal:
            return plain_text(explanation, flags.range, verbose=flags.verbose)
        from losscli.commands.explain.terminal import Drawing, drawn

        return [drawn(Drawing(explanation, flags.digits, flags.range, verbose=flags.verbose))]

    def _picture(self, explanation: Explanation) -> str:
        from losscli.commands.explain.terminal import Drawing, saved

        flags = self.flags
        drawing = Drawing(explanation, flags.digits, flags.range, verbose=flags.verbose)
        ending = ".svg" if str(flags.save).lower().endswith(".svg") else ".html"
        return saved(drawing, ending, SAVED_WIDTH)

    def _status(self, explanation: Explanation) -> ExitStatus:
        if not explanation.agrees:
            raise DataError(
                f"the walk arrives at {explanation.value!r} and the kernel at "
                f"{explanation.kernel!r}: one of them is wrong, please report it"
            )
        if not explanation.walk.holds:
            raise DataError("a check of the walk does not hold: please report it")
        if not explanation.check.agrees:
            raise DataError("the gradient is not the derivative of the loss: please report it")
        if not math.isfinite(explanation.kernel):
            sample = explanation.sample
            self.streams.note(f"loss: {culprit(sample.outcome, sample.term)}")
            return ExitStatus.NOT_FINITE
        return ExitStatus.OK
