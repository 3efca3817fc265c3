"""Where a run's blocks go: files as they are done, text for standard output when all are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from losscli.commands.loss.options import LossOptions
from losscli.engine.block import Block
from losscli.engine.problem.problem import Problem
from losscli.losses.declare.registry import Loss
from losscli.output import writers
from losscli.output.output_files import Destination
from losscli.output.spool import Spool
from losscli.output.writers import Writer

Make = Callable[[Problem], Writer]
SEPARATORS: dict[str, str | None] = {"csv": ",", "tsv": "\t", "jsonl": None}


def planned(loss: Loss, options: LossOptions) -> list[tuple[str, Make]]:
    """Return the files that a call asks for, and what writes each."""
    roles = loss.differentiable if options.grad else ()
    files: list[tuple[str, Make]] = []
    if (path := options.output) is not None:
        known = writers.TERM_FILES
        make = known[writers.ending(path, list(known), "--output")]
        files.append((path, _with(make, roles)))
    if (path := options.grad_output) is not None:
        known_gradients = writers.GRADIENT_FILES
        dot = writers.ending(path, list(known_gradients), "--grad-output")
        for role in loss.differentiable:
            own = path if len(loss.differentiable) == 1 else f"{path[: -len(dot)]}.{role}{dot}"
            files.append((own, _with(known_gradients[dot], role)))
    return files


def _with(make: Callable[[Problem, Any], Writer], argument: Any) -> Make:
    return lambda problem: make(problem, argument)


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
        if form in SEPARATORS:
            self._add("rows", writers.Rows(problem, roles, SEPARATORS[form]))
        if form == "value" and options.reduction == "none":
            self._add("values", writers.Values())
        if form == "json":
            if options.per_sample or options.reduction == "none":
                self._add("terms", writers.JsonArray(problem, None))
            for role in roles:
                self._add(role, writers.JsonArray(problem, role))
        in_rows = form in SEPARATORS
        npy_only = str(options.output or ".npy").lower().endswith(".npy")
        self.terms = bool(options.output) or "terms" in self._texts or "values" in self._texts
        self.terms = self.terms or in_rows
        self.predictions = loss.predicts and (in_rows or not npy_only)
        shown = in_rows or form == "json" or not npy_only
        self.gradient = bool(options.grad_output) or (bool(roles) and shown)
        for writer, sink in self._sinks():
            sink.feed(writer.head())

    def _add(self, name: str, writer: Writer) -> None:
        self._texts[name] = (writer, Spool())

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

    def close(self) -> None:
        """Give up the temporary files of the texts."""
        for _, spool in self._texts.values():
            spool.close()

    def text(self, name: str) -> Iterable[str] | None:
        """Return what waits for standard output under a name: rows, values, terms or a role."""
        return self._texts[name][1] if name in self._texts else None
