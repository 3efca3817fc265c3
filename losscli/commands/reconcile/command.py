"""`loss reconcile NAME`: finds the cause of another number."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from losscli.commands.call import LossCall, command
from losscli.commands.reconcile.answer import Answer
from losscli.commands.reconcile.asked import Asked
from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.conventions import conventions
from losscli.commands.reconcile.log import Log, names_log
from losscli.commands.reconcile.options import ReconcileOptions
from losscli.commands.reconcile.printed import Printed, parse
from losscli.commands.reconcile.report import Libraries, libraries
from losscli.commands.reconcile.search import search
from losscli.commands.sources import paths_of, read_options, settings_of
from losscli.commands.typed import Typed
from losscli.engine.compute import checked_options
from losscli.errors import UsageError
from losscli.losses.declare.registry import Loss
from losscli.output.checks import Check
from losscli.output.output_files import Destination
from losscli.output.streams import Streams
from losscli.output.strict_json import dumped

HELP = """Without --value: what PyTorch, Keras, Optax, scikit-learn and torchmetrics return.

With --value X, a number from a log, or --value FILE::COLUMN, the log itself: the convention or
mistake that explains it, to its last digit. Each deviation is tried alone, then pairs; the
likeliest explanation comes first, with what reproduces the number. The exit status is 1 if
nothing matches.
"""


STAGES = (
    (0.2, "reading the data"),
    (0.4, "one deviation at a time"),
    (0.9, "two at once"),
    (math.inf, "temperatures and divisors"),
)
"""What a search does up to a share of its time."""


def reconcile_command(loss: Loss, streams: Streams) -> Callable[..., int]:
    """Return the function that Typer calls for `loss reconcile` and a loss."""
    return command(partial(Reconcile, loss), ReconcileOptions, streams, HELP, loss=loss)


class Reconcile(LossCall):
    """One call of `loss reconcile`."""

    options: ReconcileOptions
    tool = "reconcile"
    says_checks = False
    said: Answer | Libraries

    log: str | None = None
    """The log that is to be explained, as it was typed."""
    number: Printed | None = None
    """The number that is to be explained, if it was typed."""

    def check(self) -> None:
        """Read the number, before a file is opened."""
        options = self.options
        value, digits, budget = options.value, options.value_digits, options.budget
        if value is None:
            for name, given in (("value-digits", digits), ("batches", options.batches)):
                if given is not None:
                    raise UsageError(f"--{name} is about --value; give --value X, or remove it")
        elif names_log(value):
            self.log = value
        else:
            self.number = parse(value, digits)
        if self.number and options.batches is not None:
            raise UsageError(
                f"--batches {options.batches}: --value {value} is one number; give the log, "
                "--value FILE::COLUMN, or remove --batches"
            )
        if budget is not None and not budget > 0:
            raise UsageError(f"--budget: {budget:g} is not allowed; give seconds, more than 0")

    @property
    def inputs(self) -> list[str]:
        """The files that are read."""
        return [*super().inputs, *paths_of([self.log] if self.log else [])]

    def compute(self, files: Sequence[Destination]) -> None:  # noqa: ARG002
        """Search for the number's cause, or run what the libraries do."""
        sources = self.open()
        case = Case(
            self.loss,
            {role.name: sources[role.name] for role in self.loss.roles},
            checked_options(self.loss, {**self.typed, **sources}),
            settings_of(self.options),
            sources.get("sample_weight"),
            self.options.threads,
        )
        self.note_sources(sources)
        asked = self.asked(case)
        if asked is None:
            self.said = libraries(case, conventions(case))
            return
        found = search(case, asked, self.tick, self.options.budget)
        self.said = Answer(found, Typed(self.loss, self.typed, self.options), self.options.rows)

    def asked(self, case: Case) -> Asked | None:
        """Return what is to be explained; None without --value."""
        if self.log is None:
            return Asked((self.number,)) if self.number else None
        samples = case.problem.grid.n
        log = Log(self.log, self.options.value_digits, read_options(self.options))
        asked = log.asked(self.options.batches, samples)
        self.notes += log.notes(asked, samples)
        return asked

    def tick(self, share: float) -> None:
        """Show what the search does."""
        self.bar.tick(share, next(words for end, words in STAGES if share <= end))

    def text(self) -> Iterable[str]:
        """Return what was found."""
        if self.format == "json":
            return [dumped(self.said.as_json()), "\n"]
        return self.paged(self.said.page())

    def checks(self) -> Iterator[Check]:
        """Yield whether something explains the number, if there was time to try everything."""
        found = self.said.found if isinstance(self.said, Answer) else None
        if found is not None and (found.matches or not found.out_of_time):
            why = "explained" if found.matches else "nothing explains it"
            yield Check(f"value {self.options.value}", bool(found.matches), why)
