"""`loss --help`, a row for each command; the page of each opens with an example that runs."""

from __future__ import annotations

import shlex
from inspect import getdoc
from pathlib import Path

import pytest

from losscli.cli.catalogue import TOOLS
from losscli.cli.first_page import GO_ON, TRY
from losscli.losses import declaration, names
from losscli.losses.index import INDEX
from losscli.losses.transforms import TRANSFORMS
from losscli.version import __version__
from tests.conftest import Loss
from tests.each import for_each

WIDTH = 100
ROW = 70
"""Characters of a summary that fit on a row next to the longest name."""


@pytest.fixture
def rows(loss: Loss, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the rows of `loss --help` on losses and tools."""
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    page = loss("--help").out
    assert max(map(len, page.splitlines())) <= WIDTH
    commands, _, _ = page.partition("\nOptions:\n")
    _, _, commands = commands.partition("\nClassification:\n")
    return [line.strip() for line in commands.splitlines() if line.startswith("  ")]


def test_each_loss_and_each_tool_is_one_row_that_is_not_cut(rows: list[str]) -> None:
    says = dict(row.split(maxsplit=1) for row in rows)
    assert sorted(says) == sorted([*INDEX, *TOOLS])
    assert len(rows) == len(says)
    for name, tool in TOOLS.items():
        assert says[name] == tool.summary
    for name, entry in INDEX.items():
        shown, colon, rest = says[name].partition(" Also: ")
        assert rest in ("", f"{', '.join(entry.aliases)}.")
        # What a long summary may lose is what follows its colon.
        start = entry.summary.partition(":")[0].rstrip(".") + "."
        assert shown == (entry.summary if len(entry.summary) <= ROW else start)
        assert bool(colon) == bool(rest)


def test_other_names_are_in_the_row_if_they_fit(rows: list[str]) -> None:
    assert any(row.startswith("mse ") and row.endswith(" Also: l2.") for row in rows)


def test_short_ways_to_the_help_and_the_version(loss: Loss) -> None:
    assert loss("-h").out == loss("--help").out
    for words in ("ce", "explain ce", "explain", "list"):
        assert loss(*words.split(), "-h").out == loss(*words.split(), "--help").out
    for words in ("-V", "version"):
        assert loss(words).out == loss("--version").out == f"losscli {__version__}\n"


@pytest.mark.parametrize("columns", [60, 80, 140])
def test_loss_alone_fits_a_screen(
    loss: Loss, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = loss().out.splitlines()
    assert len(lines) <= 24
    # What is longer is an example that is copied as one line.
    assert all(len(line) <= columns or line.strip() in TRY for line in lines)


def test_what_loss_alone_proposes_runs_in_an_empty_folder(
    loss: Loss, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for command in TRY:
        ran = loss(*shlex.split(command)[1:])
        assert ran.status == 0, ran
        assert ran.out or ran.err
    for words in GO_ON:
        assert loss(*words.replace("NAME", "huber").split()[1:]).status == 0


@pytest.mark.parametrize("name", names())
def test_the_page_of_a_loss(loss: Loss, name: str) -> None:
    ran = loss(name, "--help")
    text = " ".join(ran.out.split())
    declared = declaration(name)
    example = declared.facts["example"]
    assert (ran.status, ran.err) == (0, "")
    assert text.index(f"Example: {example}") < text.index(declared.summary)
    for option in declared.options:
        assert f"--{option.flag}" in text
    assert "n, c" in text or not declared.by_class
    ran = loss(*shlex.split(example)[1:])
    assert (ran.status, ran.err) == (0, "")
    assert ran.out


@pytest.mark.parametrize("name", TOOLS)
def test_the_page_of_a_tool(loss: Loss, name: str) -> None:
    ran = loss(name, "--help")
    text = " ".join(ran.out.split())
    assert (ran.status, ran.err) == (0, "")
    assert text.index(f"Example: {TOOLS[name].example}") < text.index(TOOLS[name].summary)
    ran = loss(*shlex.split(TOOLS[name].example)[1:])
    # The sample's P is 0 where its Q is not: one of the divergences is infinite, and named.
    assert ran.status == (4 if name == "entropy" else 0)
    assert ran.out


@pytest.mark.parametrize("width", [60, 80, 140])
@pytest.mark.parametrize("name", ["", "ce", "ctc", *TOOLS])
def test_pages_fit_and_break_no_name(
    loss: Loss, monkeypatch: pytest.MonkeyPatch, name: str, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    lines = loss(*filter(None, [name]), "--help").out.splitlines()
    # The example is one line, so that a copy of it runs.
    wide = [line for line in lines if len(line) > width]
    assert wide == [line for line in wide if lines[lines.index(line) - 1] == "Example:"]
    monkeypatch.setenv("COLUMNS", "200")
    wider = loss(*filter(None, [name]), "--help").out.splitlines()
    # Where there is room, two blanks at least are between a name and its text.
    names = [line.split("  ")[1] for line in wider if line.startswith("  ") and line[2] != " "]
    starts = {part for line in lines for part in (line[2:], line[2:].partition("  ")[0])}
    assert len(names) > 1
    assert set(names) <= starts


@for_each("name", INDEX)
def test_the_examples_of_tools_on_a_loss_run(loss: Loss, name: str) -> None:
    for tool, row in TOOLS.items():
        if row.on_loss and not row.needs_loss:
            ran = loss(*shlex.split(row.example_on(tool, declaration(name)))[1:], "-q")
            assert (ran.status, ran.out.count("\n")) == (0, 1), (name, ran)


def test_the_transforms_are_all_commands() -> None:
    assert set(TRANSFORMS) <= set(TOOLS)
    for transform in TRANSFORMS.values():
        first = (getdoc(transform.formula) or "").partition("\n")[0]
        assert first.startswith(TOOLS[transform.name].summary.rstrip(".").split(",")[0])
