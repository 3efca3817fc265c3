"""`loss diagnose NAME`: sources in, rules asked, findings out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import Any

from losscli.commands.diagnose.examine import Diagnosis, chosen, examine
from losscli.commands.diagnose.flags import DiagnoseFlags, codes
from losscli.commands.diagnose.inspection import Inspection
from losscli.commands.diagnose.passes import Passes
from losscli.commands.diagnose.report import as_json, page_of
from losscli.commands.signatures import signature
from losscli.commands.sources import gather, open_given, paths_of, refuse_redirection
from losscli.commands.typed import Typed
from losscli.errors import ExitStatus
from losscli.losses.declare.registry import Loss
from losscli.output.progress import Bar
from losscli.output.show import rendered
from losscli.output.streams import Streams
from losscli.output.strict_json import dumped


def diagnose_command(loss: Loss, streams: Streams) -> Callable[..., int]:
    """Return the function that Typer calls for a loss's diagnosis."""

    def command(**typed: Any) -> int:
        """Check whole files for mistakes: labels, forms, shapes, weights, numbers, calibration.

        What the loss would refuse is a finding here. Each finding has a code (`loss rule CODE`
        explains it), its numbers, the first rows, and the command to type next. The exit status
        is 1 where an error is found, and 0 for warnings and info.
        """
        flags = DiagnoseFlags(
            **{f.name: typed.pop(f.name) for f in fields(DiagnoseFlags) if f.name in typed}
        )
        return _diagnose(loss, typed, flags, streams)

    command.__signature__ = signature(DiagnoseFlags, loss=loss)  # type: ignore[attr-defined]
    return command


def _diagnose(loss: Loss, typed: dict[str, Any], flags: DiagnoseFlags, streams: Streams) -> int:
    streams.require_stdout()
    asked = chosen(codes(flags.select), codes(flags.ignore))
    given = gather(loss, typed, flags, groups=flags.groups)
    refuse_redirection(streams, paths_of(list(given.files.values())))
    sources, notes = open_given(given, loss, flags)
    groups = sources.pop("groups", None)
    own = Typed(loss, typed, flags)
    with Bar() as bar:
        passes = Passes(flags.threads, bar.show)
        inspection = Inspection(loss, sources, own, groups, given.words, passes, flags.calibration)
        diagnosis = examine(inspection, asked)
        text = list(_text(inspection, diagnosis, flags, streams))
    if not (flags.select or flags.ignore or diagnosis.count("error")) and inspection.refusal:
        # What a loss command refuses and no rule explains is said as the loss command says it.
        raise inspection.refusal
    for note in dict.fromkeys([*notes, *(n for s in sources.values() for n in s.notes)]):
        streams.note(f"note: {note}")
    streams.write(text)
    failed = diagnosis.count("error") and not flags.exit_zero
    return ExitStatus.CHECK_FAILED if failed else ExitStatus.OK


def _text(
    inspection: Inspection, diagnosis: Diagnosis, flags: DiagnoseFlags, streams: Streams
) -> Iterable[str]:
    if flags.format == "json":
        return [dumped(as_json(inspection, diagnosis)), "\n"]
    return rendered(page_of(inspection, diagnosis), streams)
