"""`loss reconcile NAME`: finds the cause of another number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from losscli.commands.call import LossCall, command
from losscli.commands.reconcile.asked import Asked
from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.conventions import conventions
from losscli.commands.reconcile.options import ReconcileOptions
from losscli.commands.reconcile.printed import parse
from losscli.commands.reconcile.report import Answer, Libraries, libraries
from losscli.commands.reconcile.search import search
from losscli.commands.sources import settings_of
from losscli.commands.typed import Typed
from losscli.engine.compute import checked_options
from losscli.errors import ExitStatus, UsageError
from losscli.losses.declare.registry import Loss
from losscli.output.output_files import Destination
from losscli.output.show import rendered
from losscli.output.streams import Streams
from losscli.output.strict_json import dumped

HELP = """Without --value: what PyTorch, Keras, Optax, scikit-learn and torchmetrics return.

With --value X, a number from a log: the convention or mistake that explains it, to the digits
of X. Each deviation is tried alone, then pairs; the simplest explanation comes first, with a
command that reproduces the number. The exit status is 1 if nothing matches.
"""


def reconcile_command(loss: Loss, streams: Streams) -> Callable[..., int]:
    """Return the function that Typer calls for `loss reconcile` and a loss."""
    return command(partial(Reconcile, loss), ReconcileOptions, streams, HELP, loss=loss)


class Reconcile(LossCall):
    """One call of `loss reconcile`."""

    options: ReconcileOptions
    said: Answer | Libraries

    def check(self) -> None:
        """Read the number, before a file is opened."""
        value, digits = self.options.value, self.options.value_digits
        if value is None and digits is not None:
            raise UsageError("--value-digits says how exact --value is; give --value X")
        self.printed = None if value is None else parse(value, digits)

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
        if self.printed is None:
            self.said = libraries(case, conventions(case))
            return
        found = search(case, Asked((self.printed,)), self.bar.tick, self.options.budget)
        self.said = Answer(found, Typed(self.loss, self.typed, self.options), self.options.rows)

    def text(self) -> Iterable[str]:
        """Return what was found."""
        if self.format == "json":
            return [dumped(self.said.as_json()), "\n"]
        return rendered(self.said.page(), self.streams)

    def status(self) -> ExitStatus:
        """Return 1 if nothing explains the number."""
        nothing = isinstance(self.said, Answer) and not self.said.found.matches
        return ExitStatus.CHECK_FAILED if nothing else ExitStatus.OK
