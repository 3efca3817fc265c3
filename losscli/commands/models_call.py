"""A call on several models: what it prints in every format, and how their losses are found."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from losscli.commands.call import Call, LossCall
from losscli.commands.mixed_forms import Forms
from losscli.commands.model_labels import full_labels, refuse_repeated
from losscli.commands.model_sources import REFERENCE, input_names, opened
from losscli.commands.order_hints import Order
from losscli.commands.sources import paths_of, settings_of
from losscli.commands.study import Study, studied
from losscli.engine.compute import checked_options
from losscli.engine.paired.difference import How
from losscli.engine.paired.models import several
from losscli.engine.result.notices import Notice
from losscli.engine.sources import wanted_of
from losscli.losses.declare.registry import Loss
from losscli.output.output_files import Destination
from losscli.output.streams import Streams
from losscli.output.strict_json import dumped

if TYPE_CHECKING:
    from losscli.commands.model_tables import Summary
    from losscli.output.page import Page


class ModelsCall(Call):
    """One call on several models."""

    study: Study
    value: str
    """What the number of a model is called in tables and JSON."""
    lists: Sequence[str] = ()
    """The formats that print every sample."""

    def text(self) -> Iterable[str]:
        """Return the numbers, the samples, the tables or the report."""
        if self.format == "value":
            return [f"{value!r}\n" for value in self.values()]
        if self.format == "json":
            warnings = [notice._asdict() for notice in self.warnings]
            named = {"warnings": warnings, "signature": self.study.signature, **self.judged()}
            return [dumped(self.as_json() | named), "\n"]
        if self.format in self.lists:
            return self.listing()
        return self.paged(self.page()) if self.shows_page else self._summaries()

    def _summaries(self) -> Iterator[str]:
        from losscli.commands.model_tables import of_parts
        from losscli.output.page import USUAL_DIGITS

        study, digits = self.study, self.options.digits
        digits = USUAL_DIGITS if digits is None else digits
        if not study.parts:
            yield from self.summary().text(self.format, digits, study.signature)
        for number, name in enumerate(study.parts):
            yield "\n" if number else ""
            summary = of_parts(study, name, self.value)
            yield from summary.text(self.format, digits, study.signature)

    def signature(self) -> str:
        """Return what the numbers depend on."""
        return self.study.signature

    @abstractmethod
    def values(self) -> Iterable[float]:
        """Return the number of each input, in the order in which they were typed."""

    @abstractmethod
    def as_json(self) -> dict[str, Any]:
        """Return everything but the warnings and the signature."""

    def listing(self) -> Iterable[str]:
        """Return every sample."""
        return ()

    @abstractmethod
    def summary(self) -> Summary:
        """Return one row per model."""

    @abstractmethod
    def page(self) -> Page:
        """Return the report."""


class RunOfModels(LossCall):
    """One call on a loss of several models: `sources` are their first roles."""

    study: Study
    by: Sequence[str] = ()
    """The breakdowns that are asked for."""
    keeps = True
    """Whether the losses of all terms are kept, for anything but their sums."""

    def __init__(
        self,
        loss: Loss,
        typed: Mapping[str, Any],
        inputs: Sequence[str],
        reference: str | None,
        options: Any,
        streams: Streams,
    ) -> None:
        """Take the loss, what was typed, and the models; the others are compared with a reference.

        Without one they are compared with the best.
        """
        self.sources = [*inputs, *([] if reference is None else [reference])]
        self.has_reference = reference is not None
        first = loss.roles[0].name
        super().__init__(loss, {**typed, first: next(iter(inputs), None)}, options, streams)
        refuse_repeated(first, inputs)

    @abstractmethod
    def how(self) -> How:
        """Return how differences are computed."""

    @property
    def has_several(self) -> bool:
        """Whether the option of the first role is repeated."""
        return len(self.sources) - self.has_reference > 1

    @property
    def inputs(self) -> list[str]:
        """The files that are read."""
        return super().inputs + paths_of(self.sources[1:])

    @property
    def _of_each_model(self) -> list[str]:
        """What a model computes besides its first role, unless the command line names a file."""
        others = [role.name for role in self.loss.roles[1:] if role.differentiable]
        return [name for name in others if name not in self.given.files]

    def compute(self, files: Sequence[Destination]) -> None:  # noqa: ARG002
        """Run the loss on all models at once."""
        options, loss = self.options, self.loss
        names = input_names(len(self.sources) - self.has_reference)
        names += [REFERENCE] if self.has_reference else []
        outputs, shared = opened(
            self.read,
            loss.roles[0].name,
            self._of_each_model,
            self.given.files,
            wanted_of(self.given, loss, self.typed),
            dict(zip(names[1:], self.sources[1:], strict=True)),
        )
        groups, weights = shared.pop("groups", None), shared.pop("sample_weight", None)
        own_options = checked_options(loss, {**self.typed, **shared})
        settings = settings_of(options)
        first = [own[loss.roles[0].name] for own in outputs]
        labels = full_labels(self.sources, first)
        models = several(loss, names, outputs, shared, own_options, settings, weights, labels)
        problem = models.problem
        sides = [(models.first(model), text) for model, text in enumerate(self.sources)]
        forms = Forms(loss, problem, sides, self.tool)
        baseline = models.count - 1 if self.has_reference else None
        known, *others = reversed(sides) if self.has_reference else sides
        orders = [Order(problem, key, known[0], len(others)) for key, _ in others]
        self.study = studied(
            models,
            baseline,
            self.how(),
            self.by,
            (groups, self.given.words),
            (forms, *orders),
            keep=self.keeps,
            correct=self.keeps or self.gates is not None,
            progress=lambda outcome, rows: self.bar.show(rows, outcome.problem.grid.n),
        )
        if self.study.found.odd is None:
            forms.refuse_mixture()
        hints = dict.fromkeys(hint for order in orders for hint in order.hints())
        self.warnings = [*self.study.warnings, *(Notice("source", hint) for hint in hints)]

    def why_not_finite(self, model: int, *, sums: bool) -> str:
        """Return why the loss of a model, or of the first one with such a term, is not finite.

        `sums` says whether the command has a sum to use instead of the mean.
        """
        from losscli.engine.result.culprit import culprit

        found = self.study.found
        term, model = found.odd or (None, model)
        return culprit(found.of(model), term, sums=sums)


class LossOfModels(ModelsCall, RunOfModels):
    """One call that prints a loss of several models."""

    value = "loss"

    def summary(self) -> Summary:
        """Return one row per model."""
        from losscli.commands.model_tables import of_losses

        return of_losses(self.study)
