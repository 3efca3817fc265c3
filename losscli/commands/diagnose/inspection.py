"""What a rule may ask of the files: facts of one pass, the loss under other options, commands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any

from losscli.commands.diagnose.calibrate import Calibration, calibrate
from losscli.commands.diagnose.facts import Survey, has_softmax, survey
from losscli.commands.diagnose.finding import Row
from losscli.commands.diagnose.lenient_tile import by_index
from losscli.commands.diagnose.numbers import Numbers, Rows
from losscli.commands.diagnose.passes import Walk
from losscli.commands.diagnose.tallies import Places
from losscli.commands.typed import Typed
from losscli.engine.compute import checked_options
from losscli.engine.problem.operands import Operand
from losscli.engine.problem.prepare import prepare
from losscli.engine.problem.problem import Problem
from losscli.engine.problem.settings import Settings
from losscli.engine.run import Outcome
from losscli.errors import DataError, MisfitError
from losscli.losses.declare.registry import Loss, find
from losscli.readers.class_names import Words
from losscli.readers.source import Source


@dataclass(eq=False)
class Study:
    """A loss with its files; everything is computed when a rule asks for it, once."""

    loss: Loss
    sources: Mapping[str, Source]
    """Roles, array options and sample_weight."""
    typed: Typed
    groups: Source | None = None
    """A group for each sample."""
    words: Words = field(default_factory=Words)
    """The words among the groups."""
    walk: Walk = field(default_factory=Walk)
    shows_calibration: bool = False
    """Whether the calibration is shown in full."""

    def __post_init__(self) -> None:
        """Settle the shapes; what does not fit is kept for the rules on shapes."""
        self.misfit: MisfitError | None = None
        self._problem: Problem | None = None
        try:
            self._problem = self.prepared()
        except MisfitError as misfit:
            self.misfit = misfit

    @property
    def fits(self) -> bool:
        """Whether the shapes fit; without that there is no problem, survey or value."""
        return self.misfit is None

    @property
    def problem(self) -> Problem:
        """The loss with its data."""
        if self._problem is None:
            raise TypeError("the shapes do not fit")
        return self._problem

    def prepared(self, loss: str = "", **changes: Any) -> Problem:
        """Return the problem with other options or settings; MisfitError for other shapes."""
        meant = find(loss) if loss else self.loss
        flags = self.typed.flags
        named = [own.name for own in fields(Settings) if hasattr(flags, own.name)]
        settings = {name: changes.get(name, getattr(flags, name)) for name in named}
        known = {option.name for option in meant.options}
        words = {**self.typed.words, **self.sources, **changes}
        return prepare(
            meant,
            self.sources,
            checked_options(meant, {key: word for key, word in words.items() if key in known}),
            Settings(**settings),
            changes.get("sample_weight", self.sources.get("sample_weight")),
        )

    def value(self, loss: str = "", **changes: Any) -> float | None:
        """Return the mean under other options, or of another loss; None where it is refused."""
        outcome = self.outcome_of(loss, **changes)
        return outcome.value if outcome else None

    def outcome_of(self, loss: str = "", **changes: Any) -> Outcome | None:
        """Return the loss's run under other options; None where these files are refused."""
        try:
            return self.walk.run(self.prepared(loss, **changes))
        except DataError:
            return None

    def swapped_value(self) -> float | None:
        """Return the mean with input and target changing places; None where that is refused."""
        other = {"input": self.sources["target"], "target": self.sources["input"]}
        turned = replace(self, sources={**self.sources, **other})
        return turned.value() if turned.fits else None

    @cached_property
    def outcome(self) -> Outcome | None:
        """The loss as it would be computed; None where it is refused."""
        return self.outcome_of()

    @property
    def refusal(self) -> DataError | None:
        """Why a loss command refuses these files, if it does."""
        if self.outcome:
            return None
        try:
            self.walk.run(self.prepared())
        except DataError as refusal:
            return refusal
        return None

    @property
    def loss_value(self) -> float | None:
        """The loss as it would be printed."""
        return self.outcome.value if self.outcome else None

    @cached_property
    def survey(self) -> Survey:
        """The facts of one pass."""
        return survey(self.problem, self.walk)

    @cached_property
    def calibration(self) -> Calibration | None:
        """The best temperature; None where the loss has no softmax or nothing to judge by."""
        return calibrate(self.problem, self.survey, self.walk) if self.has_softmax else None

    @property
    def has_softmax(self) -> bool:
        """Whether the input gives a probability to each of several classes."""
        return has_softmax(self.problem)

    @property
    def form(self) -> str:
        """What the input is said to be."""
        return self.problem.input.kind.name

    @property
    def input(self) -> Operand:
        """The loss's first role."""
        return self.problem.input

    @property
    def target(self) -> Operand:
        """The role of that name."""
        return self.problem.operand("target")

    @property
    def by_index(self) -> bool:
        """Whether the target of each term is a class index."""
        return by_index(self.problem)

    @property
    def input_numbers(self) -> Numbers:
        """The facts of the first role."""
        return self.survey.numbers[self.input.role.name]

    @property
    def input_rows(self) -> Rows:
        """The facts of the first role's rows."""
        return self.survey.rows[self.input.role.name]

    def rows(self, found: Places, operand: Operand, what: str = "") -> tuple[Row, ...]:
        """Return the first places of what was found in a role's file, and what their numbers are.

        Without `what` they are the numbers that stand there.
        """
        grid = self.problem.grid
        return tuple(
            Row(
                grid.index(entry.term),
                operand.place(grid.index(entry.term), entry.inner),
                entry.value,
                what,
            )
            for entry in found.first
        )
