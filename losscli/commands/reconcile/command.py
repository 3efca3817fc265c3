"""`loss reconcile NAME`: sources and a number in, its cause out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.conventions import conventions
from losscli.commands.reconcile.flags import ReconcileFlags
from losscli.commands.reconcile.printed import parse
from losscli.commands.reconcile.report import (
    Answer,
    Libraries,
    answer,
    libraries,
    plain_answer,
    plain_conventions,
)
from losscli.commands.reconcile.search import search
from losscli.commands.signatures import signature
from losscli.commands.sources import gather, open_given, paths_of, refuse_redirection, settings_of
from losscli.commands.typed import Typed
from losscli.engine.compute import checked_options
from losscli.errors import ExitStatus, UsageError
from losscli.losses.declare.registry import Loss
from losscli.output.progress import Bar
from losscli.output.streams import Streams
from losscli.output.strict_json import dumped


def reconcile_command(loss: Loss, streams: Streams) -> Callable[..., int]:
    """Return the function that Typer calls for a loss's reconciliation."""

    def command(**typed: Any) -> int:
        """Without --value: what PyTorch, Keras, Optax, scikit-learn and torchmetrics return.

        With --value X, a number from a log: which convention or mistake gives it, within the digits
        that X has. Each deviation is tried alone, then pairs; the simplest explanation comes first,
        with a command that reproduces the number. Exit status 1 where nothing matches.
        """
        names = [field.name for field in fields(ReconcileFlags) if field.name in typed]
        flags = ReconcileFlags(**{name: typed.pop(name) for name in names})
        return _reconcile(loss, typed, flags, streams)

    command.__signature__ = signature(ReconcileFlags, loss=loss)  # type: ignore[attr-defined]
    return command


def _reconcile(loss: Loss, typed: dict[str, Any], flags: ReconcileFlags, streams: Streams) -> int:
    streams.require_stdout()
    if flags.value is None and flags.value_digits is not None:
        raise UsageError("--value-digits says how exact --value is: give --value X")
    printed = None if flags.value is None else parse(flags.value, flags.value_digits)
    given = gather(loss, typed, flags)
    refuse_redirection(streams, paths_of(list(given.files.values())))
    sources, notes = open_given(given, loss, flags)
    sample_weight = sources.pop("sample_weight", None)
    case = Case(
        loss,
        {role.name: sources[role.name] for role in loss.roles},
        checked_options(loss, {**typed, **sources}),
        settings_of(flags),
        sample_weight,
        flags.threads,
    )
    for note in dict.fromkeys([*notes, *(n for s in sources.values() for n in s.notes)]):
        streams.note(f"note: {note}")
    if printed is None:
        streams.write(_libraries(libraries(case, conventions(case)), flags, streams))
        return ExitStatus.OK
    with Bar() as bar:
        found = search(case, printed, bar.tick)
    told = answer(found, Typed(loss, typed, flags), flags.rows)
    streams.write(_answer(told, flags, streams))
    return ExitStatus.OK if told.lines else ExitStatus.CHECK_FAILED


def _answer(told: Answer, flags: ReconcileFlags, streams: Streams) -> Iterator[str]:
    if flags.format == "json":
        return iter([dumped(told.as_json()), "\n"])
    if streams.is_terminal:
        from losscli.commands.reconcile.terminal import drawn_answer

        return iter([drawn_answer(told)])
    return (f"{line}\n" for line in plain_answer(told))


def _libraries(told: Libraries, flags: ReconcileFlags, streams: Streams) -> Iterator[str]:
    if flags.format == "json":
        return iter([dumped(told.as_json()), "\n"])
    if streams.is_terminal:
        from losscli.commands.reconcile.terminal import drawn_conventions

        return iter([drawn_conventions(told)])
    return (f"{line}\n" for line in plain_conventions(told))
