"""`loss compare` with a loss: its difference between models, sample by sample."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from losscli.commands.compare import loss_files
from losscli.commands.compare.comparing import Comparing
from losscli.commands.compare.options import LossOptions
from losscli.commands.models_call import LossOfModels
from losscli.commands.ranking_json import parts_as_json
from losscli.engine.paired.ranking import Entry
from losscli.errors import UsageError
from losscli.losses.declare.registry import Loss
from losscli.output.output_files import Destination
from losscli.output.page import Page
from losscli.output.streams import Streams


class CompareLosses(Comparing, LossOfModels):
    """One call of `loss compare` with a loss."""

    options: LossOptions

    def __init__(
        self, loss: Loss, typed: Mapping[str, Any], options: LossOptions, streams: Streams
    ) -> None:
        """Take the loss, and what was typed."""
        super().__init__(loss, typed, options.inputs, options.reference, options, streams)

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
        self.by = options.by

    def compute(self, files: Sequence[Destination]) -> None:
        """Compare, and write the file."""
        super().compute(files)
        for file in files:
            file.write(loss_files.written(self.study, str(self.options.output)))
        models = self.study.models
        self.shown = self.study.found.furthest(0, models.count - 1, self.top(models.problem))

    def values(self) -> Iterable[float]:
        """Return the difference of each input."""
        return [_mean(entry) for entry in self.study.ranking.typed]

    def listing(self) -> Iterable[str]:
        """Return every sample."""
        return loss_files.listed(self.study, self.format)

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
            return self.why_not_finite(0, sums=False)
        return ""


def _mean(entry: Entry) -> float:
    assert entry.change is not None, "every input is compared with the reference"
    return entry.change.mean


def _odd(entry: Entry) -> bool:
    return not abs(_mean(entry)) < float("inf")
