"""A loss of several inputs: a table with one row per input, best first."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from losscli.commands.loss.options import LATEX, LossOptions
from losscli.commands.models_call import LossOfModels
from losscli.commands.signatures import flag
from losscli.engine.paired.difference import How
from losscli.errors import UsageError
from losscli.losses.declare.registry import Loss
from losscli.output.checks import REPORTS
from losscli.output.row_formats import ROW_FORMATS
from losscli.output.streams import Streams

if TYPE_CHECKING:
    from losscli.commands.checking import Subject
    from losscli.commands.model_tables import Summary
    from losscli.output.page import Page


class RankLosses(LossOfModels):
    """One call of a loss's command with several inputs."""

    options: LossOptions

    def __init__(
        self,
        loss: Loss,
        typed: Mapping[str, Any],
        inputs: Sequence[str],
        options: LossOptions,
        streams: Streams,
    ) -> None:
        """Take the loss, what was typed, and the inputs."""
        super().__init__(loss, typed, inputs, None, options, streams)

    def check(self) -> None:
        """Refuse what is about the terms of one input, and tables that a format cannot hold."""
        options, form, flagged = self.options, self.format, flag(self.loss.roles[0].name)
        tables = [x for x in ("by", "groups", "ci") if getattr(options, x)]
        for refused, what, why in (
            (options.output, "-o", "writes the terms of one input; use -f csv > FILE"),
            (options.check_grad, "--check-grad", "checks the gradient of one input"),
            (options.grad_output, "--grad-output", "writes the gradient of one input"),
            (options.grad, "--grad", "shows the gradient of one input"),
            (options.top, "--top", "shows terms of one input"),
            (options.hist, "--hist", "shows the losses of one input"),
            (options.params, "--params", "are those of one model"),
            (options.reduction == "none", "-r none", "leaves no number to rank inputs by"),
            (options.rows != LossOptions.rows, "-n", "chooses terms of one input"),
            (options.all, "--all", "shows all terms of one input"),
        ):
            if refused:
                fix = "" if ";" in why else "; remove it"
                raise UsageError(f"{what} {why}{fix}, or give one {flagged}")
        unseen = [table for table in tables if flag(table) in options.unseen or table != "ci"]
        if unseen and form in ("value", *REPORTS):
            raise UsageError(f"{flag(unseen[0])}: -f {form} has no breakdown; use -f json")
        if len(tables) > 1 and form in (*ROW_FORMATS, LATEX):
            one, other = map(flag, tables[:2])
            raise UsageError(f"{one} and {other}: -f {form} holds one table; remove one of them")
        options.check(form, several=True)
        if self.gates:
            from losscli.commands.loss.figures import require_possible

            require_possible(self.gates, self.loss, options)
        by = ("target" if options.by else None, "group" if options.groups else None)
        self.by = [name for name in by if name is not None]
        self.keeps = form not in ("value", *REPORTS) or bool(options.ci)

    def how(self) -> How:
        """Return how differences are computed."""
        return How(seed=self.options.seed or 0, threads=self.options.threads)

    def values(self) -> Iterable[float]:
        """Return the loss of each input."""
        found = self.study.found
        return [found.value(model) for model in range(self.study.models.count)]

    def summary(self) -> Summary:
        """Return one row per input."""
        from losscli.commands.model_tables import of_losses

        return of_losses(self.study, own=self.options.ci)

    def page(self) -> Page:
        """Return the ranking."""
        from losscli.commands.ranking_page import ranking_page

        return ranking_page(self.study, self.summary().table, self.value, self.options.digits)

    def as_json(self) -> dict[str, Any]:
        """Return everything but the warnings and the signature."""
        from losscli.commands.ranking_json import (
            change_as_json,
            ci_of,
            model_as_json,
            parts_as_json,
        )

        study = self.study
        inputs = []
        for entry in study.ranking.entries:
            one = model_as_json(study, entry)
            if self.options.ci:
                one |= ci_of(study, study.intervals[entry.model])
            inputs.append({**one, **change_as_json(study, entry)})
        return {
            "schema": 1,
            "loss": self.loss.name,
            "reduction": self.options.reduction,
            "inputs": inputs,
            **parts_as_json(study, self.value),
        }

    def subjects(self) -> Iterator[Subject]:
        """Yield each input with the figures of its own run."""
        from losscli.commands.checking import Subject, flat
        from losscli.commands.loss.figures import figures_as_json
        from losscli.commands.ranking_json import ci_of

        study = self.study
        for model, label in enumerate(study.models.labels):
            figures = figures_as_json(study.found.of(model)) | {"value": study.found.value(model)}
            figures |= ci_of(study, study.intervals[model]) if self.options.ci else {}
            yield Subject(self.loss.name, flat(figures), label, f"{label}: ")

    def not_finite(self) -> str:
        """Return why a loss is not finite."""
        for model, value in enumerate(self.values()):
            if not math.isfinite(value):
                return self.why_not_finite(model, sums=True)
        return ""
