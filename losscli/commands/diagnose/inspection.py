"""What a rule may ask for: facts, the loss under other options, commands to type next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any

from losscli.commands.diagnose.calibrate import Calibration, calibrate
from losscli.commands.diagnose.facts.collect import Facts, collect_facts
from losscli.commands.diagnose.facts.lenient_tile import by_index
from losscli.commands.diagnose.facts.numbers import Numbers, Rows, distribution_axis
from losscli.commands.diagnose.facts.passes import Passes
from losscli.commands.diagnose.facts.tallies import Places
from losscli.commands.diagnose.options import KEPT
from losscli.commands.findings import Row
from losscli.commands.sources import settings_of
from losscli.commands.typed import Typed
from losscli.engine.compute import checked_options
from losscli.engine.confidence import has_softmax
from losscli.engine.problem.operands import Operand
from losscli.engine.problem.prepare import prepare
from losscli.engine.problem.problem import Problem
from losscli.engine.problem.settings import Settings
from losscli.engine.run import Outcome
from losscli.errors import DataError, LossError, MisfitError, for_command_line
from losscli.losses.declare.options import array_extent
from losscli.losses.declare.registry import Form, Loss, find
from losscli.readers.class_names import Words
from losscli.readers.source import Source


@dataclass(eq=False)
class Inspection:
    """A loss with its files; everything is computed once, when a rule asks for it."""

    loss: Loss
    sources: Mapping[str, Source]
    """Roles, array options and sample_weight."""
    typed: Typed
    groups: Source | None = None
    """A group for each sample."""
    words: Words = field(default_factory=Words)
    """The words among the groups."""
    passes: Passes = field(default_factory=Passes)
    shows_calibration: bool = False
    """Whether the calibration is shown in full."""

    def __post_init__(self) -> None:
        """Settle the shapes; a misfit is kept for the rules on shapes."""
        self.misfit: MisfitError | None = None
        self._problem: Problem | None = None
        try:
            self._problem = self.prepared()
        except MisfitError as misfit:
            self.misfit = misfit

    @property
    def fits(self) -> bool:
        """Whether the shapes fit; otherwise there is no problem, no facts and no value."""
        return self.misfit is None

    @property
    def problem(self) -> Problem:
        """The loss with its data."""
        if self._problem is None:
            raise TypeError("the shapes do not fit")
        return self._problem

    def prepared(self, loss: Loss | None = None, /, **changes: Any) -> Problem:
        """Return the problem with other options or settings; MisfitError for other shapes."""
        loss = loss or self.loss
        known = {own.name for own in fields(Settings)}
        settings = {name: value for name, value in changes.items() if name in known}
        typed = settings_of(self.typed.options)
        if not typed.divides:
            # The figures of findings are means, whatever the commands reduce to.
            settings["reduction"] = "mean"
        sources = {**self.typed.words, **self.sources, **changes}
        return prepare(
            loss,
            self.sources,
            checked_options(loss, sources),
            replace(typed, **settings),
            sources.get("sample_weight"),
        )

    def value(self, loss: Loss | None = None, /, **changes: Any) -> float | None:
        """Return the mean under other options, or of another loss; None where it is refused."""
        try:
            return self.passes.run(self.prepared(loss, **changes)).value
        except DataError:
            return None

    def swapped(self, one: str = "input", other: str = "target") -> Inspection | None:
        """Return the inspection with two roles exchanged; None where they do not fit so."""
        exchanged = {one: self.sources[other], other: self.sources[one]}
        try:
            swapped = replace(self, sources={**self.sources, **exchanged})
        except LossError:
            return None
        return swapped if swapped.fits else None

    def swapped_value(self, one: str = "input", other: str = "target") -> float | None:
        """Return the mean with two roles exchanged; None where that is refused."""
        swapped = self.swapped(one, other)
        return swapped.value() if swapped else None

    @cached_property
    def _computed(self) -> Outcome | DataError:
        try:
            return self.passes.run(self.prepared())
        except DataError as refusal:
            return refusal

    def know(self, outcome: Outcome) -> None:
        """Take the outcome of a run of these files, which is not computed again."""
        if outcome.problem.settings.divides:
            self.__dict__["_computed"] = outcome

    @property
    def outcome(self) -> Outcome | None:
        """The loss as its command would compute it; None where the command refuses the files."""
        return None if isinstance(self._computed, DataError) else self._computed

    @property
    def refusal(self) -> DataError | None:
        """Why the loss command refuses these files, if it does."""
        return self._computed if isinstance(self._computed, DataError) else None

    @property
    def loss_value(self) -> float | None:
        """The loss as it would be printed."""
        return self.outcome.value if self.outcome else None

    @cached_property
    def facts(self) -> Facts:
        """The facts of one pass."""
        return collect_facts(self.problem, self.passes)

    @cached_property
    def calibration(self) -> Calibration | None:
        """The best temperature; None where the loss has no softmax or no finite loss."""
        return calibrate(self.problem, self.facts, self.passes) if self.has_softmax else None

    @property
    def has_softmax(self) -> bool:
        """Whether the input gives a probability to each of several classes."""
        return has_softmax(self.problem)

    @property
    def kind(self) -> str:
        """The declared kind of the input."""
        return self.input.kind.name

    @property
    def input(self) -> Operand:
        """The loss's first role."""
        return self.problem.input

    @property
    def target(self) -> Operand:
        """The role of that name."""
        return self.problem.operand("target")

    @property
    def columns(self) -> int:
        """How many numbers each sample has along the axis after the samples."""
        return self.input.shape[1] if len(self.input.shape) > 1 else 1

    @property
    def by_index(self) -> bool:
        """Whether the target of each term is a class index."""
        return by_index(self.problem)

    @property
    def input_numbers(self) -> Numbers:
        """The facts of the first role."""
        return self.facts.numbers[self.input.role.name]

    @property
    def input_rows(self) -> Rows:
        """The facts of the first role's rows."""
        return self.facts.rows[self.input.role.name]

    def form(self, kind: str, operand: Operand | None = None) -> Form | None:
        """Return the options, or the other loss, that take a role (the first) as this kind."""
        forms = self.loss.forms((operand or self.input).role.name)
        return next((form for form in forms if form.kind.name == kind), None)

    def softmax_form(self, kind: str) -> Form | None:
        """Return the loss with a softmax over the columns that takes this kind of input."""
        names = (
            self.loss.other_activation,
            *(find(n).other_activation for n in self.loss.counterparts),
        )
        other = next(filter(None, names), "")
        forms = find(other).forms(self.loss.roles[0].name) if other else iter(())
        return next((form for form in forms if form.kind.name == kind), None)

    def typed_form(self, form: Form) -> str:
        """Return how a form is typed on the command line, like `--from probs` or `loss bce`."""
        return for_command_line(form.spelled(self.loss))

    def value_of(self, form: Form | None) -> float | None:
        """Return the mean with a role in another form; None where that is refused."""
        return self.value(form.loss, **self._changes(form)) if form else None

    def command_for(self, form: Form | None, **changes: Any) -> str:
        """Return the command that takes a role in another form, or else shows the samples."""
        if form is None:
            return self.worst(5)
        return self.command(form.loss.name, **self._changes(form), **changes)

    def _changes(self, form: Form) -> dict[str, Any]:
        """Return the options of a form, without weights that mean something else there."""
        own = {option.name: array_extent(option) for option in self.loss.options}
        others = {option.name: array_extent(option) for option in form.loss.options}
        unlike = [name for name, extent in others.items() if extent and own.get(name) != extent]
        return {**dict.fromkeys(unlike), **form.options}

    def command(self, loss: str = "", /, **changes: Any) -> str:
        """Return the command of the loss, or of another, on the same files.

        As it is typed it shows what a finding is about: the loss, or the refusal with its place.
        """
        return self.typed.command(loss=loss, **changes)

    def diagnosis(self, **changes: Any) -> str:
        """Return the command of a diagnosis of the same files."""
        return self.typed.command(tool="diagnose", groups=self.typed.groups, **changes)

    def reconciliation(self, value: float) -> str:
        """Return the command that explains another number for the same files."""
        without = [name for name in KEPT if name not in ("dtype", "threads")]
        return self.typed.command(tool="reconcile", without=without, value=repr(value))

    @property
    def log_softmax(self) -> str:
        """The commands that compute the loss of the log-softmax of the input."""
        paired = self.typed.options.by_id not in (None, "none")
        if paired or any(self._leaves_out(name) for name in self.sources):
            # Another column, such as ids, was found by looking at all files of the call.
            return self.worst(5)
        axis = self.input.class_axis
        axis = distribution_axis(self.problem) if axis is None else axis
        return self.typed.through("log-softmax", axis)

    def _leaves_out(self, name: str) -> bool:
        """Whether a table has columns that are not read, and no selector says so."""
        columns, text = self.sources[name].columns, str(self.typed.words.get(name))
        return "::" not in text and columns != tuple(range(len(columns)))

    def worst(self, count: int) -> str:
        """Return the command that shows the samples with the largest loss."""
        return self.command(top=count)

    def at(self, found: Places, operand: Operand, what: str = "") -> tuple[tuple[Row, ...], int]:
        """Return the first places that were found in a role's file, and the number of all.

        `what` names the values if they are not the numbers in the file.
        """
        grid = self.problem.grid
        rows = (
            Row(
                grid.index(entry.term),
                operand.place(grid.index(entry.term), entry.inner),
                what,
                entry.value,
            )
            for entry in found.first
        )
        return tuple(rows), found.count


def form_key(form: Form) -> str:
    """Return the name that a form has in evidence, like `ce_from_probs`."""
    return "_".join([form.loss.name, *(f"{n.strip('_')}_{v}" for n, v in form.options.items())])
