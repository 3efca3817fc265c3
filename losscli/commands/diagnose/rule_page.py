"""`loss rule`: every rule in a line, or one with an example that is really diagnosed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any

import numpy as np
import typer

from losscli.commands.diagnose.examine import examine
from losscli.commands.diagnose.finding import Finding
from losscli.commands.diagnose.flags import FORMATS
from losscli.commands.diagnose.inspection import Inspection
from losscli.commands.diagnose.registry import Example, Rule, find_rule, rules
from losscli.commands.flags import DataFlags, format_option, require_known
from losscli.commands.typed import Typed
from losscli.errors import ExitStatus
from losscli.losses.declare.options import array_extent
from losscli.losses.declare.registry import find
from losscli.output.streams import Streams
from losscli.output.strict_json import dumped
from losscli.readers.source import ArraySource

SHOWN_ROWS = 4


def rule_command(streams: Streams) -> Callable[..., int]:
    """Return the function that Typer calls for `loss rule`."""

    def rule(
        code: Annotated[
            str | None,
            typer.Argument(
                help="A rule; without one all are listed.",
                metavar="[CODE]",
                autocompletion=lambda: [rule.code for rule in rules()],
            ),
        ] = None,
        format: Annotated[str, format_option(FORMATS)] = "table",
    ) -> int:
        require_known("--format", format, FORMATS)
        meant = rules() if code is None else [find_rule(code)]
        if format == "json":
            listed = [described(one) for one in meant]
            streams.write([dumped(listed if code is None else listed[0]), "\n"])
        elif code is None:
            streams.write(_drawn_list(meant) if streams.is_terminal else _list(meant))
        else:
            streams.write(_drawn_page(meant[0]) if streams.is_terminal else _page(meant[0]))
        return ExitStatus.OK

    return rule


def inspection_of(example: Example) -> Inspection:
    """Return the inspection of an example: its arrays are the files `input.csv`, `target.csv`, ...

    Sequences, which no table holds, are `input.npy`.
    """
    loss = find(example.loss)
    arrays = dict(example.roles)
    words: dict[str, Any] = {}
    for name, value in example.options.items():
        option = loss.option(name)
        if (option and array_extent(option)) or name in ("sample_weight", "groups"):
            arrays[name] = value
        else:
            words[name] = value
    sources = {name: _source(name, value) for name, value in arrays.items()}
    words |= {name: source.label for name, source in sources.items()}
    groups = sources.pop("groups", None)
    return Inspection(loss, sources, Typed(loss, words, DataFlags()), groups)


def _source(name: str, values: Any) -> ArraySource:
    array = np.asarray(values)
    if array.ndim > 2:
        return ArraySource(array, f"{name}.npy")
    return ArraySource(array, f"{name}.csv", decimals=_decimals(values), place=_line)


def _decimals(values: Any) -> int:
    """Return the most digits behind the point, as a reader sees them."""
    if isinstance(values, list):
        return max(map(_decimals, values))
    return len(str(values).partition(".")[2])


def _line(index: Sequence[int]) -> str:
    words = zip(("line", "column"), index, strict=False)
    return " ".join(f"{word} {i + 1}" for word, i in words)


def findings_of(rule: Rule, example: Example) -> list[Finding]:
    """Return what one rule finds in an example."""
    return [*examine(inspection_of(example), [rule]).findings]


def described(rule: Rule) -> dict[str, Any]:
    """Return a rule as JSON has it."""
    found = findings_of(rule, rule.bad)
    return {
        "code": rule.code,
        "severity": rule.severity,
        "title": rule.title,
        "explanation": rule.doc,
        "unless": list(rule.unless),
        "example": found[0].as_json() if found else None,
    }


def _paragraphs(rule: Rule) -> list[str]:
    return [" ".join(part.split()) for part in rule.doc.split("\n\n")]


def _list(meant: list[Rule]) -> Iterator[str]:
    for rule in meant:
        yield f"{rule.code}\t{rule.severity}\t{rule.title}\n"


def _files(example: Example) -> Iterator[str]:
    """Yield the example's files, a line a row."""
    for name, values in {**example.roles, **example.options}.items():
        if not isinstance(values, list):
            yield f"--{name.rstrip('_').replace('_', '-')} {values}"
            continue
        array = np.asarray(values)
        yield f"{name}.csv" if array.ndim < 3 else f"{name}.npy"
        if array.ndim > 2:
            yield f"  shape {array.shape}"
            continue
        for row in values[:SHOWN_ROWS]:
            yield "  " + (",".join(map(str, row)) if isinstance(row, list) else str(row))
        if len(values) > SHOWN_ROWS:
            yield f"  ... {len(values)} rows"


def _page(rule: Rule) -> Iterator[str]:
    yield f"{rule.code} {rule.severity}: {rule.title}\n\n"
    for paragraph in _paragraphs(rule):
        yield f"{paragraph}\n\n"
    if rule.unless:
        yield f"Not looked for where one of these is found: {', '.join(rule.unless)}\n\n"
    yield f"Example: {inspection_of(rule.bad).typed.command(tool='diagnose')}\n"
    for line in _files(rule.bad):
        yield f"  {line}\n"
    for finding in findings_of(rule, rule.bad):
        yield f"{finding.message}\n"
        if finding.next:
            yield f"next: {finding.next}\n"
    yield f"\nNear miss: {inspection_of(rule.near).typed.command(tool='diagnose')}\n"
    for line in _files(rule.near):
        yield f"  {line}\n"
    yield f"Not found: {rule.near.why}\n"


def _drawn_list(meant: list[Rule]) -> list[str]:
    from losscli.commands.diagnose.drawing import drawn_list

    return [drawn_list(meant)]


def _drawn_page(rule: Rule) -> list[str]:
    from losscli.commands.diagnose.drawing import Page, drawn_page

    return [
        drawn_page(
            Page(
                rule,
                _paragraphs(rule),
                inspection_of(rule.bad).typed.command(tool="diagnose"),
                inspection_of(rule.near).typed.command(tool="diagnose"),
                list(_files(rule.bad)),
                findings_of(rule, rule.bad),
                list(_files(rule.near)),
            )
        )
    ]
