"""The outputs of a run: files get each block when it is done, standard output waits for the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from losscli.commands.loss.options import GRADIENT_FILES, TERM_FILES, LossOptions
from losscli.engine.block import Block
from losscli.engine.problem.problem import Problem
from losscli.losses.declare.registry import Loss
from losscli.output.output_files import Destination
from losscli.output.row_formats import ROW_FORMATS

if TYPE_CHECKING:
    from losscli.commands.loss.writers import Writer
    from losscli.output.spool import Spool

Make = Callable[[Problem], "Writer"]


def planned(loss: Loss, options: LossOptions) -> list[tuple[str, Make]]:
    """Return the files that a call asks for, and the writer of each."""
    files: list[tuple[str, Make]] = []
    if options.output is None and options.grad_output is None:
        return files
    from losscli.commands.loss.writers import gradient_writer, term_writer
    from losscli.output.encoders import extension

    roles = loss.differentiable
    if (path := options.output) is not None:
        dot = extension(path, TERM_FILES, "output")
        shown = roles if options.grad else ()
        files.append((path, partial(term_writer, roles=shown, extension=dot)))
    if (path := options.grad_output) is not None:
        dot = extension(path, GRADIENT_FILES, "grad_output")
        for role in roles:
            own = path if len(roles) == 1 else f"{path[: -len(dot)]}.{role}{dot}"
            files.append((own, partial(gradient_writer, role=role, extension=dot)))
    return files


class Outputs:
    """The files and the text of one call; `each` takes the blocks of its run."""

    def __init__(
        self,
        problem: Problem,
        options: LossOptions,
        form: str,
        files: Sequence[tuple[Destination, Make]],
    ) -> None:
        loss = problem.loss
        roles = loss.differentiable if options.grad else ()
        self._files = [(make(problem), destination) for destination, make in files]
        self._texts: dict[str, tuple[Writer, Spool]] = {}
        in_rows = form in ROW_FORMATS and not options.parts
        if in_rows or form == "json" or (form == "value" and options.reduction == "none"):
            self._add_texts(problem, options, form, roles)
        npy_only = str(options.output or ".npy").lower().endswith(".npy")
        self.terms = bool(options.output) or "terms" in self._texts or "values" in self._texts
        self.terms = self.terms or in_rows
        self.predictions = loss.predicts and (in_rows or not npy_only)
        shown = in_rows or form == "json" or not npy_only
        self.gradient = bool(options.grad_output) or (bool(roles) and shown)
        for writer, sink in self._sinks():
            sink.feed(writer.head())

    def _add_texts(
        self, problem: Problem, options: LossOptions, form: str, roles: Sequence[str]
    ) -> None:
        """Add what standard output shows of every term."""
        from losscli.commands.loss.writers import list_writer, row_writer, value_writer
        from losscli.output.spool import Spool

        writers: dict[str, Writer] = {}
        if form in ROW_FORMATS:
            writers["rows"] = row_writer(problem, roles, ROW_FORMATS[form])
        elif form == "value":
            writers["values"] = value_writer()
        else:
            if options.per_sample or options.reduction == "none":
                writers["terms"] = list_writer(problem, None)
            for role in roles:
                writers[role] = list_writer(problem, role)
        self._texts = {name: (writer, Spool()) for name, writer in writers.items()}

    def _sinks(self) -> Iterator[tuple[Writer, Any]]:
        yield from self._files
        yield from self._texts.values()

    def each(self, block: Block) -> None:
        """Take a block: files get it at once."""
        for writer, sink in self._sinks():
            sink.feed(writer.block(block))

    def finish(self) -> None:
        """Complete the texts, then the files, and put these in their places."""
        for writer, sink in self._sinks():
            sink.feed(writer.tail())
        for _, destination in self._files:
            destination.finish()

    def text(self, name: str) -> Iterable[str] | None:
        """Return the text kept for standard output under a name: rows, values, terms or a role."""
        return self._texts[name][1] if name in self._texts else None
