"""`loss compare` with a loss: its difference between models, sample by sample."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from losscli.commands.call import LossCall
from losscli.commands.compare import loss_files
from losscli.commands.compare.comparing import Comparing
from losscli.commands.compare.mixed import Forms
from losscli.commands.compare.options import LossOptions
from losscli.commands.compare.order import Order
from losscli.commands.compare.sources import REFERENCE, input_names, opened
from losscli.commands.compare.study import parts_as_json, studied
from losscli.commands.compare.summary import Summary, of_losses
from losscli.commands.sources import paths_of, settings_of
from losscli.engine.compute import checked_options
from losscli.engine.paired.models import several
from losscli.engine.paired.ranking import Entry
from losscli.engine.result.culprit import culprit
from losscli.engine.result.notices import Notice
from losscli.engine.run import Outcome
from losscli.engine.sources import wanted_of
from losscli.errors import UsageError
from losscli.losses.declare.registry import Loss
from losscli.output.checks import Check
from losscli.output.output_files import Destination
from losscli.output.page import Page
from losscli.output.streams import Streams


class CompareLosses(Comparing, LossCall):
    """One call of `loss compare` with a loss."""

    options: LossOptions
    value = "loss"

    def __init__(
        self, loss: Loss, typed: Mapping[str, Any], options: LossOptions, streams: Streams
    ) -> None:
        """Take the loss, and what was typed."""
        first = next(iter(options.inputs), None)
        super().__init__(loss, {**typed, loss.roles[0].name: first}, options, streams)

    def check(self) -> None:
        """Refuse a missing reference and classes that the loss does not have, too."""
        super().check()
        options = self.options
        if options.reference is None:
            raise UsageError("--reference is missing; give --reference FILE")
        if "class" in options.by and (lacking := self.loss.lacks("by")):
            raise UsageError(f"--by {options.split}: {self.loss.name} has no {lacking}; remove it")
        if options.output is not None:
            loss_files.kind_of(options.output)

    @property
    def inputs(self) -> list[str]:
        """The files that are read."""
        others = (*self.options.inputs[1:], self.options.reference)
        return super().inputs + paths_of([text for text in others if text is not None])

    @property
    def _of_each_model(self) -> list[str]:
        """What a model computes besides its first role, unless the command line names a file."""
        others = [role.name for role in self.loss.roles[1:] if role.differentiable]
        return [name for name in others if name not in self.given.files]

    def compute(self, files: Sequence[Destination]) -> None:
        """Compare, and write the file."""
        options, loss = self.options, self.loss
        names = [*input_names(len(options.inputs)), REFERENCE]
        texts = [*options.inputs, str(options.reference)]
        wanted = wanted_of(self.given, loss, self.typed)
        outputs, shared = opened(
            self.read,
            loss.roles[0].name,
            self._of_each_model,
            self.given.files,
            wanted,
            dict(zip(names[1:], texts[1:], strict=True)),
        )
        groups, weights = shared.pop("groups", None), shared.pop("sample_weight", None)
        own_options = checked_options(loss, {**self.typed, **shared})
        settings = settings_of(options)
        models = several(loss, names, outputs, shared, own_options, settings, weights)
        problem = models.problem
        sides = [(models.first(model), text) for model, text in enumerate(texts)]
        forms = Forms(loss, problem, sides)
        orders = [Order(problem, key, sides[-1][0]) for key, _ in sides[:-1]]
        self.study = studied(
            models,
            models.count - 1,
            self.how(options.moved),
            options.by,
            (groups, self.given.words),
            (forms, *orders),
            progress=self.bar,
        )
        if self.study.found.odd is None:
            forms.refuse_mixture()
        for file in files:
            file.write(loss_files.written(self.study, str(options.output)))
        self.shown = self.study.found.furthest(0, models.count - 1, self.top(problem))
        self.warnings = self.study.outcome.notices.listed(problem)
        hints = dict.fromkeys(hint for order in orders for hint in order.hints())
        self.warnings += [Notice("source", hint) for hint in hints]

    def values(self) -> Iterable[float]:
        """Return the difference of each input."""
        return [_mean(entry) for entry in self.study.ranking.typed]

    def listing(self) -> Iterable[str]:
        """Return every sample."""
        return loss_files.listed(self.study, self.format)

    def summary(self) -> Summary:
        """Return one row per model."""
        return of_losses(self.study)

    def page(self) -> Page:
        """Return the report."""
        from losscli.commands.compare.loss_report import page_of

        return page_of(self.study, self.shown, self.options.digits)

    def as_json(self) -> dict[str, Any]:
        """Return everything but the warnings and the signature."""
        from losscli.commands.compare.loss_json import as_json

        return {**as_json(self.study, self.shown), **parts_as_json(self.study, self.value)}

    def not_finite(self) -> str:
        """Return why a difference is not finite."""
        study, found = self.study, self.study.found
        if found.odd is not None or not found.count or any(_odd(e) for e in study.ranking.entries):
            term, model = found.odd or (None, 0)
            outcome = Outcome(study.models.alone(model), study.outcome.partial)
            return culprit(outcome, term, sums=False)
        return ""

    def checks(self) -> Iterator[Check]:
        """Yield whether the loss of each input rises by at most the tolerance."""
        limit = self.options.tolerance
        if limit is None:
            return
        for entry in self.study.ranking.typed:
            change = _mean(entry)
            how = "more than" if change > limit else "not more than"
            why = f"{entry.label}: the loss rises by {change!r}, {how} --tolerance {limit!r}"
            yield Check(f"rise<={limit!r}", not change > limit, why, change, limit, entry.label)


def _mean(entry: Entry) -> float:
    assert entry.change is not None, "every input is compared with the reference"
    return entry.change.mean


def _odd(entry: Entry) -> bool:
    return not abs(_mean(entry)) < float("inf")
