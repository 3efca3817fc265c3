"""One call of a command: the steps that all commands share, in their order.

A command is a dataclass of options (see `commands/options.py`) and a class:

    class Explain(LossCall):
        options: ExplainOptions

        def check(self): ...            # refuse options, and set `outputs`, before a file is read
        def compute(self, files): ...   # self.problem(self.open()), run it, write the output files
        def text(self): ...             # what goes to standard output
        def status(self): ...           # the exit status: OK, or self.failed(status, why)

    def explain_command(loss, streams):
        return command(partial(Explain, loss), ExplainOptions, streams, HELP, loss=loss)

`Call.run` does the rest: a closed or redirected standard output, files that appear whole or not at
all, the progress bar (`bar`), and what was added to `notes` and `warnings`, on stderr at the end.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from losscli.commands.signatures import signature
from losscli.commands.sources import (
    paths_of,
    read_options,
    refuse_redirection,
    settings_of,
)
from losscli.engine.compute import checked_options
from losscli.engine.problem.prepare import prepare
from losscli.engine.problem.problem import Problem
from losscli.engine.sources import gather, open_given
from losscli.errors import ExitStatus, UsageError
from losscli.losses.declare.registry import Loss, Role
from losscli.output.output_files import Destination, destinations
from losscli.output.progress import Bar
from losscli.output.streams import Streams
from losscli.readers import WantedRole, open_sources
from losscli.readers.source import Source

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from losscli.engine.result.notices import Notice


class Call(ABC):
    """One call of a command; the module's docstring says how to write one."""

    options: Any

    def __init__(self, typed: Mapping[str, Any], options: Any, streams: Streams) -> None:
        """Take the typed arguments: sources (and a loss's own options) by name, and the options."""
        self.typed = typed
        self.options = options
        self.streams = streams
        self.quiet = getattr(options, "quiet", False)
        self.format = "value" if self.quiet else options.format
        self.bar = Bar(quiet=self.format == "value")
        self.outputs: Sequence[str] = ()
        self.notes: list[str] = []
        self.warnings: list[Notice] = []
        if self.quiet and options.format not in ("table", "value"):
            raise UsageError(f"-q prints only the number; remove -q or -f {options.format}")
        self.check()

    @property
    def inputs(self) -> list[str]:
        """The files that are read."""
        return paths_of([text for text in self.typed.values() if text is not None])

    def run(self) -> ExitStatus:
        """Compute, write the files, print, and return the exit status."""
        self.streams.require_stdout()
        refuse_redirection(self.streams, self.inputs)
        with self.bar:
            with destinations(self.outputs, self.inputs) as files:
                self.compute(files)
            self.bar.give_way()
            self.streams.write(self.text())
        if getattr(self.options, "warn", True):
            for note in self.notes if self.format != "value" else []:
                self.streams.note(f"note: {note}")
            for warning in self.warnings:
                self.streams.note(f"warning: {warning.message} [{warning.code}]")
        return self.status()

    def read(
        self, given: Mapping[str, str | None], wanted: Sequence[WantedRole]
    ) -> dict[str, Source]:
        """Open sources by name; notes on where they were found are kept for the end."""
        sources, notes = open_sources(
            {name: text for name, text in given.items() if text is not None},
            wanted,
            read_options(self.options),
        )
        self.notes += notes
        return sources

    @abstractmethod
    def check(self) -> None:
        """Refuse invalid options before a file is opened, and set `outputs`."""

    @abstractmethod
    def compute(self, files: Sequence[Destination]) -> None:
        """Open the sources, compute, and write `files`, opened for `outputs` in their order."""

    @abstractmethod
    def text(self) -> Iterable[str]:
        """Return the text for standard output."""

    def status(self) -> ExitStatus:
        """Return the exit status, anything but OK by way of `failed`."""
        return ExitStatus.OK

    def failed(self, status: ExitStatus, why: str) -> ExitStatus:
        """Report why the exit status is not 0, and return it."""
        self.streams.note(f"loss: {why}")
        return status


class LossCall(Call):
    """A call of a command on a loss: `typed` holds its roles and its own options."""

    def __init__(
        self, loss: Loss, typed: Mapping[str, Any], options: Any, streams: Streams
    ) -> None:
        """Take the loss, and what was typed."""
        self.loss = loss
        super().__init__(typed, options, streams)
        groups = getattr(options, "groups", None)
        weight = options.sample_weight
        self.given = gather(loss, typed, weight, groups, example=self.is_example)

    @property
    def is_example(self) -> bool:
        """Whether the roles come from somewhere other than files."""
        return False

    @property
    def inputs(self) -> list[str]:
        """The files that are read."""
        return paths_of(list(self.given.files.values()))

    def open(self) -> dict[str, Source]:
        """Open the files and return the sources by role, weight or option."""
        options = read_options(self.options)
        sources, notes = open_given(self.given, self.loss, self.typed, options)
        self.notes += notes
        return sources

    def note_sources(self, sources: Mapping[str, Source]) -> None:
        """Add what the readers noted about the sources, each note once."""
        notes = (note for source in sources.values() for note in source.notes)
        self.notes = list(dict.fromkeys([*self.notes, *notes]))

    def problem(self, sources: Mapping[str, Source]) -> Problem:
        """Return the checked problem of these sources and the options."""
        return prepare(
            self.loss,
            sources,
            checked_options(self.loss, {**self.typed, **sources}),
            settings_of(self.options),
            sources.get("sample_weight"),
        )


Options = TypeVar("Options", bound="DataclassInstance")


def command(
    make: Callable[[dict[str, Any], Options, Streams], Call],
    options: type[Options],
    streams: Streams,
    help: str = "",
    *,
    roles: Sequence[Role] = (),
    loss: Loss | None = None,
    without: Sequence[str] = (),
) -> Callable[..., int]:
    """Return the function that Typer calls: it makes a call from the typed arguments and runs it.

    Its sources are `roles`, or all that a loss has; `without` names options that it does not take.
    """

    def called(**typed: Any) -> int:
        named = {
            field.name: typed.pop(field.name) for field in fields(options) if field.name in typed
        }
        return make(typed, options(**named), streams).run()

    called.__doc__ = help
    called.__signature__ = signature(options, roles, loss, without)  # type: ignore[attr-defined]
    return called
