"""`loss compare` without a loss: how far apart the outputs themselves are."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from losscli.commands.compare.blame import culprit
from losscli.commands.compare.comparing import Comparing
from losscli.commands.compare.comparison import Comparison
from losscli.commands.compare.figures import Figures, as_json, figures_of
from losscli.commands.compare.files import FILES, divergences, listed
from losscli.commands.compare.options import LISTS, MOVED, OutputOptions
from losscli.commands.compare.output_table import of_outputs
from losscli.commands.compare.pair import FORMS, checked_options, divergence_loss, roles_of
from losscli.commands.matched_columns import matched_by_name
from losscli.commands.mixed_forms import Forms
from losscli.commands.model_labels import full_labels, refuse_repeated
from losscli.commands.model_sources import REFERENCE, input_names, opened
from losscli.commands.model_tables import Summary
from losscli.commands.order_hints import Order
from losscli.commands.ranking_json import ci_of, parts_as_json
from losscli.commands.sources import paths_of, settings_of
from losscli.commands.study import OfModel, studied
from losscli.engine.paired.models import several
from losscli.engine.result.notices import Notice
from losscli.engine.sources import wanted_role
from losscli.errors import UsageError
from losscli.output.encoders import extension
from losscli.output.output_files import Destination
from losscli.output.page import Page
from losscli.readers import WantedRole
from losscli.readers.class_names import Words


class CompareOutputs(Comparing):
    """One call of `loss compare` without a loss."""

    options: OutputOptions
    value = "KL"

    def check(self) -> None:
        """Refuse lists of the samples of several inputs, too."""
        super().check()
        several_inputs = len(self.options.inputs) > 1
        if several_inputs and (self.options.output is not None or self.format in LISTS):
            what = "-o" if self.options.output is not None else f"-f {self.format}"
            raise UsageError(f"{what} lists the samples of one input; give one --input")
        refuse_repeated("input", self.options.inputs)
        if self.options.output is not None:
            extension(self.options.output, FILES, "output")

    @property
    def inputs(self) -> list[str]:
        """The files that are read."""
        options = self.options
        texts = (*options.inputs, options.reference, options.target, options.groups)
        return paths_of([text for text in texts if text is not None])

    def compute(self, files: Sequence[Destination]) -> None:
        """Compare, and write the file."""
        options = self.options
        first, *others = options.inputs
        names = input_names(len(options.inputs))
        words = Words()
        wanted = [wanted_role(role, required=role.name != "target") for role in roles_of(FORMS[0])]
        wanted.append(WantedRole("groups", ("groups", "group"), False, words=words))
        typed = {
            "input": first,
            REFERENCE: options.reference,
            "target": options.target,
            "groups": options.groups,
        }
        loss = divergence_loss(options.from_, targets=options.target is not None)
        given = {role: text for role, text in typed.items() if text is not None}
        outputs, shared = opened(
            self.read, "input", (), given, wanted, dict(zip(names[1:], others, strict=True))
        )
        groups = shared.pop("groups", None)
        shared[REFERENCE] = matched_by_name(outputs[0]["input"], shared[REFERENCE])
        settings = settings_of(options)
        own_options = checked_options(options.from_, options.ignore_index)
        labels = full_labels(options.inputs, [own["input"] for own in outputs])
        models = several(loss, names, outputs, shared, own_options, settings, labels=labels)
        write = None
        if options.output is not None:
            write = FILES[extension(options.output, FILES, "output")]
        every = self.format in LISTS or write not in (None, divergences)
        self.found = [Comparison(models.alone(model), every=every) for model in range(models.count)]
        sides = [(models.first(model), text) for model, text in enumerate(options.inputs)]
        forms = Forms(
            divergence_loss(FORMS[0], targets=False),
            models.problem,
            [*sides, (REFERENCE, options.reference or first)],
            self.tool,
        )
        orders = [
            Order(models.problem, models.first(model), REFERENCE) for model in range(models.count)
        ]
        alone = [OfModel(models, *pair) for pair in enumerate(self.found)]
        self.study = studied(
            models,
            None,
            self.how(),
            options.by,
            (groups, words),
            (*alone, forms, *orders),
            top=self.top(models.problem),
            progress=lambda outcome, rows: self.bar.show(rows, outcome.problem.grid.n),
        )
        for one in self.found:
            one.outcome = self.study.outcome
        if all(one.first_odd is None for one in self.found):
            forms.refuse_mixture()
        for file in files:
            file.write(write(self.found[0]) if write else ())
        moved = MOVED if options.moved is None else options.moved
        self.figures = [figures_of(one, moved) for one in self.found]
        self.warnings = [*self.study.warnings]
        hints = dict.fromkeys(hint for order in orders for hint in order.hints())
        self.warnings += [Notice("source", hint) for hint in hints]

    def values(self) -> Iterable[float]:
        """Return the mean KL of each input."""
        return [figures.kl["mean"] for figures in self.figures]

    def listing(self) -> Iterable[str]:
        """Return every sample."""
        return listed(self.found[0], self.format)

    def summary(self) -> Summary:
        """Return one row per input."""
        return of_outputs(self.study, self.found, self.figures)

    def page(self) -> Page:
        """Return the report."""
        if len(self.found) == 1:
            from losscli.commands.compare.report import page_of

            return page_of(self.study, self.found[0], self.figures[0], self.options.digits)
        from losscli.commands.ranking_page import ranking_page

        return ranking_page(self.study, self.summary().table, self.value, self.options.digits)

    def as_json(self) -> dict[str, Any]:
        """Return everything but the warnings and the signature."""
        parts = parts_as_json(self.study, "kl")
        if len(self.found) == 1:
            return {**self._figures(0), **parts}
        inputs = []
        for entry in self.study.ranking.entries:
            figures = self._figures(entry.model)
            del figures["schema"], figures["worst"]
            to_best = entry.change and {**entry.change.as_json(), **ci_of(self.study, entry.change)}
            inputs.append(
                {"source": entry.label, **figures, "to_best": to_best, "tied": entry.tied}
            )
        return {"schema": 1, "inputs": inputs, **parts}

    def _figures(self, model: int) -> dict[str, Any]:
        found = as_json(self.found[model], self.figures[model])
        return {**found, "kl": {**found["kl"], **ci_of(self.study, self.study.intervals[model])}}

    def not_finite(self) -> str:
        """Return why a figure is not finite."""
        for found, figures in zip(self.found, self.figures, strict=True):
            if not (math.isfinite(figures.kl["mean"]) and math.isfinite(_rise(figures))):
                return culprit(found)
        return ""


def _rise(figures: Figures) -> float:
    """Return by how much the loss rises; 0 without targets."""
    return figures.delta_loss["mean"] if figures.delta_loss else 0.0
