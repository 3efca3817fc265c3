"""One call of a command: the steps that all commands share, in their order.

A command is a dataclass of options (see `commands/options.py`) and a class:

    class Explain(LossCall):
        options: ExplainOptions

        def check(self): ...            # refuse options, and set `outputs`, before a file is read
        def compute(self, files): ...   # self.problem(self.open()), run it, write the output files
        def text(self): ...             # what goes to standard output; a page by self.paged(page)
        def subjects(self): ...         # the figures of the result that --check may name
        def checks(self): ...           # what else was asked for and holds or not: status 1
        def not_finite(self): ...       # why a number that was asked for is not finite: status 4

    def explain_command(loss, streams):
        return command(partial(Explain, loss), ExplainOptions, streams, HELP, loss=loss)

`Call.run` does the rest: a closed or redirected standard output, files that appear whole or not at
all, the progress bar (`bar`), and what was added to `notes` and `warnings`, on stderr at the end.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar

from losscli.commands.signatures import signature
from losscli.commands.sources import (
    STDIN,
    exchanged,
    paths_of,
    read_options,
    refuse_redirection,
    settings_of,
)
from losscli.engine.compute import checked_options
from losscli.engine.problem.prepare import prepare
from losscli.engine.problem.problem import Problem
from losscli.engine.sources import gather, open_given
from losscli.errors import ExitStatus, SwappedError, UsageError
from losscli.losses.declare.registry import Loss, Role
from losscli.output.checks import REPORTS, Check, blocks
from losscli.output.checks import as_json as checks_as_json
from losscli.output.output_files import Destination, destinations
from losscli.output.progress import Bar
from losscli.output.show import PAGES, rendered
from losscli.output.streams import Streams
from losscli.output.strict_json import error_as_json
from losscli.readers import WantedRole, open_sources
from losscli.readers.source import Source

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from losscli.commands.checking import Subject
    from losscli.commands.gates import Gates
    from losscli.engine.result.notices import Notice
    from losscli.output.page import Page

GATES = ("conditions", "baseline")
"""The options that ask something of the figures of a result, besides short forms of conditions."""


class Call(ABC):
    """One call of a command; the module's docstring says how to write one."""

    options: Any
    tool = ""
    """The command, if it is not that of a loss."""
    subject = ""
    """The loss that it is about."""
    says_checks = True
    """Whether page, JSON and stderr list the checks; otherwise the result itself tells."""
    gates: Gates | None = None
    """What `GATES` ask of the result."""

    def __init__(self, typed: Mapping[str, Any], options: Any, streams: Streams) -> None:
        """Take the typed arguments: sources (and a loss's own options) by name, and the options."""
        self.started = perf_counter()
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
        asked = (*GATES, *getattr(options, "short_forms", ()))
        if any(getattr(options, name, None) is not None for name in asked):
            from losscli.commands.gates import Gates

            self.gates = Gates(options)
        self.check()
        if self.gates:
            refuse_redirection(streams, self.gates.files)
            self.gates.read()

    @property
    def shows_page(self) -> bool:
        """Whether the format shows a page."""
        return self.format in PAGES

    @property
    def inputs(self) -> list[str]:
        """The files that are read."""
        return paths_of([text for text in self.typed.values() if text is not None])

    def run(self) -> ExitStatus:
        """Compute, write the files, print, and return the exit status."""
        self.streams.require_stdout()
        refuse_redirection(self.streams, self.inputs)
        read = [*self.inputs, *(self.gates.files if self.gates else ())]
        with self.bar:
            with destinations(self.outputs, read) as files:
                self.compute(files)
            self.checked = [*self._gated(), *self.checks()]
            self.bar.give_way()
            self.streams.write(self._reported() if self.format in REPORTS else self.text())
        if getattr(self.options, "warn", True):
            for note in self.notes if self.format != "value" else []:
                self.streams.note(f"note: {note}")
            for warning in self.warnings:
                self.streams.note(f"warning: {warning.message} [{warning.code}]")
        return self._status()

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

    def subjects(self) -> Iterable[Subject]:
        """Return the results that --check is about, each with its figures."""
        return ()

    def checks(self) -> Iterable[Check]:
        """Return what else the result was checked for, when it is there."""
        return ()

    def _gated(self) -> Iterable[Check]:
        if self.gates is None:
            return ()
        finite = not self.not_finite()
        return self.gates.checks(self.subjects(), self.signature(), finite=finite)

    def not_finite(self) -> str:
        """Return why a number that was asked for is not finite; nothing if all are finite."""
        return ""

    def paged(self, page: Page) -> Iterable[str]:
        """Return a page, the checks at its end, as the text for standard output."""
        more = blocks(self.checked) if self.says_checks else ()
        return rendered(page.with_more(more), self.streams, self.format)

    def judged(self) -> dict[str, Any]:
        """Return what JSON says about checks and about numbers that are not finite."""
        odd = self.not_finite()
        found = checks_as_json(self.checked) if self.says_checks else {}
        found |= self.gates.as_json() if self.gates else {}
        return found | (error_as_json(ExitStatus.NOT_FINITE, odd) if odd else {})

    def signature(self) -> str:
        """Return what the numbers depend on, for reports."""
        return ""

    def _reported(self) -> Iterable[str]:
        from losscli.commands.ci_report import ci_report

        return ci_report(self)

    def _status(self) -> ExitStatus:
        """Return the exit status, and say why it is not 0."""
        if odd := self.not_finite():
            self.streams.note(f"loss: {odd}")
            return ExitStatus.NOT_FINITE
        failed = [check for check in self.checked if check.fails]
        for check in failed if self.says_checks else []:
            self.streams.note(f"loss: {check.why}")
        return ExitStatus.CHECK_FAILED if failed else ExitStatus.OK


class LossCall(Call):
    """A call of a command on a loss: `typed` holds its roles and its own options."""

    def __init__(
        self, loss: Loss, typed: Mapping[str, Any], options: Any, streams: Streams
    ) -> None:
        """Take the loss, and what was typed."""
        self.loss = loss
        self.subject = loss.name
        super().__init__(typed, options, streams)
        groups = getattr(options, "groups", None)
        weight = options.sample_weight
        self.given = gather(loss, typed, weight, groups, example=self.is_example)

    @property
    def is_example(self) -> bool:
        """Whether the roles come from somewhere other than files."""
        return False

    @property
    def has_several(self) -> bool:
        """Whether the option of the first role is repeated."""
        return False

    @property
    def inputs(self) -> list[str]:
        """The files that are read."""
        return paths_of(list(self.given.files.values()))

    def run(self) -> ExitStatus:
        """Run; say what to type where the input and the target are swapped."""
        try:
            return super().run()
        except SwappedError as error:
            one, other = self.given.files.get(error.first), self.given.files.get("target")
            if one is None or other is None or self.has_several:
                raise
            typed = exchanged(error.first, one, other)
            raise SwappedError(error.found, error.first, f"type {typed}") from None

    @property
    def first_file(self) -> str:
        """The file of the first role; empty for numbers, standard input and a URL."""
        paths = paths_of([self.given.files[self.loss.roles[0].name]])
        return next((path for path in paths if path != STDIN), "")

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

    def problem(self, sources: Mapping[str, Source], **changed: Any) -> Problem:
        """Return the checked problem of these sources and the options, some of them changed."""
        return prepare(
            self.loss,
            sources,
            checked_options(self.loss, {**self.typed, **sources, **changed}),
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
    several: bool = False,
    lists: bool = False,
) -> Callable[..., int]:
    """Return the function that Typer calls: it makes a call from the typed arguments and runs it.

    Its sources are `roles`, or all that a loss has; `without` names options that it does not take.
    With `several` the first source is a list. With `lists` there are no sources, and numbers among
    the loss's options are text: see `signature`.
    """

    def called(**typed: Any) -> int:
        named = {
            field.name: typed.pop(field.name) for field in fields(options) if field.name in typed
        }
        return make(typed, options(**named), streams).run()

    called.__doc__ = help
    called.__signature__ = signature(  # type: ignore[attr-defined]
        options, roles, loss, without, several=several, lists=lists
    )
    return called
