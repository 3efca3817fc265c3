"""`loss rule`: a list of all rules, or one rule with an example that is diagnosed on the spot."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any

import numpy as np
import typer

from losscli.commands.diagnose.examine import examine
from losscli.commands.diagnose.inspection import Inspection
from losscli.commands.diagnose.registry import (
    FIX,
    REFERENCES,
    WHAT,
    WHY,
    Example,
    Rule,
    find_rule,
    rules,
)
from losscli.commands.finding_blocks import MARKS, finding_blocks
from losscli.commands.findings import Finding
from losscli.commands.options import DataOptions, format_option
from losscli.commands.typed import Typed
from losscli.errors import ExitStatus
from losscli.losses.declare.options import array_extent
from losscli.losses.declare.registry import find
from losscli.numerics.arrays import Array
from losscli.output.page import (
    Blank,
    Block,
    Column,
    Command,
    Heading,
    Indented,
    Kind,
    Lines,
    Page,
    Paragraph,
    Style,
    Styled,
    Table,
)
from losscli.output.show import rendered
from losscli.output.streams import Streams
from losscli.output.strict_json import dumped
from losscli.readers.source import ArraySource

EXAMPLE = "Example"
SHOWN_ROWS = 4
SERIES = {
    "1": "The input",
    "2": "The targets",
    "3": "The reduction",
    "4": "Numbers",
    "5": "Shapes",
    "6": "Sequences",
    "7": "The result",
    "8": "Calibration",
}
"""By the first digit of the codes."""


def rule_command(streams: Streams) -> Callable[..., int]:
    """Return the function that Typer calls for `loss rule`."""

    def rule(
        code: Annotated[
            str | None,
            typer.Argument(
                help="A rule such as L101; without it, all rules are listed.",
                metavar="[CODE]",
                autocompletion=lambda: [rule.code for rule in rules()],
            ),
        ] = None,
        format: Annotated[str, format_option(("table", "json", "markdown"))] = "table",
    ) -> int:
        if format == "json":
            answer = described(find_rule(code)) if code else [described(rule) for rule in rules()]
            streams.write([dumped(answer), "\n"])
        else:
            page = rule_page(find_rule(code)) if code else _list_page(rules())
            streams.write(rendered(page, streams, format))
        return ExitStatus.OK

    return rule


def inspection_of(example: Example) -> Inspection:
    """Return the inspection of an example: its arrays are the files `input.csv`, `target.csv`, ...

    What no table holds as it is, such as sequences, is `input.npy`.
    """
    loss = find(example.loss)
    files = {role.name for role in loss.roles} | {"sample_weight", "groups"}
    files |= {option.name for option in loss.options if array_extent(option)}
    sources = {name: _source(name, v) for name, v in example.given.items() if name in files}
    words = {**example.given, **{name: source.label for name, source in sources.items()}}
    groups = sources.pop("groups", None)
    return Inspection(loss, sources, Typed(loss, words, DataOptions()), groups)


def _source(name: str, values: Any) -> ArraySource:
    array = np.asarray(values)
    if _is_table(array):
        return ArraySource(array, f"{name}.csv", text=True, place=_line)
    return ArraySource(array, f"{name}.npy")


def _is_table(array: Array) -> bool:
    """Whether a table has this shape: one column is read as (n,), not as (n, 1)."""
    return array.ndim == 1 or (array.ndim == 2 and array.shape[1] > 1)


def _line(index: Sequence[int]) -> str:
    words = zip(("line", "column"), index, strict=False)
    return " ".join(f"{word} {i + 1}" for word, i in words)


def findings_of(rule: Rule, example: Example) -> list[Finding]:
    """Return the findings of one rule in an example."""
    return [*examine(inspection_of(example), [rule]).findings]


def described(rule: Rule) -> dict[str, Any]:
    """Return a rule as JSON has it."""
    found = findings_of(rule, rule.bad)
    what, why, fix = ("\n\n".join(rule.parts[heading]) for heading in (WHAT, WHY, FIX))
    return {
        "code": rule.code,
        "severity": rule.severity,
        "title": rule.title,
        "what_it_does": what,
        "why_it_matters": why,
        "example": found[0].as_json() if found else None,
        "fix": fix,
        "references": [*filter(None, rule.parts[REFERENCES])],
        "unless": list(rule.unless),
    }


def _list_page(meant: Sequence[Rule]) -> Page:
    blocks: list[Block] = []
    for digit, name in SERIES.items():
        members = [rule for rule in meant if rule.code[1] == digit]
        severities = [Styled(rule.severity, MARKS[rule.severity].value) for rule in members]
        columns = [
            Column("", [rule.code for rule in members], Kind.NAME, style=Style.STRONG),
            Column("", severities, Kind.NAME),
            Column("", [rule.title for rule in members], Kind.TEXT),
        ]
        blocks += [Heading(name, is_part=True), Indented([Table(columns, has_header=False)])]
    return Page(blocks)


def rule_page(rule: Rule) -> Page:
    """Return the page of one rule: its explanation, a bad and a healthy example."""
    found = [block for one in findings_of(rule, rule.bad) for block in finding_blocks(one)]
    healthy = Paragraph(f"Looks alike, and is healthy: {rule.near.why}.")
    blocks: list[Block] = [
        Heading(rule.title, MARKS[rule.severity], f"{rule.code} {rule.severity}"),
        *_text(rule, WHAT),
        *_text(rule, WHY),
        Heading(EXAMPLE, is_part=True),
        Indented([*_files(rule.bad), *found, Blank(), healthy, *_files(rule.near)]),
        *_text(rule, FIX),
        *_text(rule, REFERENCES),
    ]
    if rule.unless:
        text = f"Skipped where one of these is found: {', '.join(rule.unless)}."
        blocks += [Blank(), Paragraph(text, Style.DIM)]
    return Page(blocks)


def _text(rule: Rule, heading: str) -> list[Block]:
    if not any(rule.parts[heading]):
        return []
    first, *others = map(Paragraph, rule.parts[heading])
    spaced = [block for paragraph in others for block in (Blank(), paragraph)]
    return [Heading(heading, is_part=True), Indented([first, *spaced])]


def _files(example: Example) -> Iterator[Block]:
    """Yield an example's files with their first rows, and the command that diagnoses them."""
    for name, values in example.given.items():
        if not isinstance(values, list):
            continue
        array = np.asarray(values)
        yield Lines([f"{name}.csv" if _is_table(array) else f"{name}.npy"], Style.DIM)
        lines = [f"shape {array.shape}"]
        if _is_table(array):
            rows = [row if isinstance(row, list) else [row] for row in values]
            lines = [",".join(map(str, row)) for row in rows[:SHOWN_ROWS]]
            lines += [f"... {len(rows)} rows"] if len(rows) > SHOWN_ROWS else []
        yield Indented([Lines(lines)])
    yield Command(inspection_of(example).diagnosis())
