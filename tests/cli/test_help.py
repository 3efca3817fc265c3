"""`loss --help` on one screen, and the pages of the commands beside the losses."""

from __future__ import annotations

import shlex
from inspect import getdoc

import pytest

from losscli.cli.catalogue import TOOLS
from losscli.losses.index import INDEX, Entry
from losscli.losses.transforms import TRANSFORMS
from tests.conftest import Loss

SCREEN = 80
WIDTH = 100
ALL = 37
"""Losses of the whole catalogue."""
OTHERS = ("distribution", "embedding", "sequence")


def screen(loss: Loss, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    return loss("--help").out.splitlines()


def test_help_fits_one_screen(loss: Loss, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = screen(loss, monkeypatch)
    assert len(lines) <= SCREEN
    assert max(map(len, lines)) <= WIDTH


def test_help_of_the_whole_catalogue_fits_one_screen(
    loss: Loss, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "A summary as long as summaries are, of inputs and of targets in [0, 1]: and more."
    for i in range(ALL - len(INDEX)):
        name = f"a-long-name-of-loss-{i:02}"
        entry = Entry("softmax", OTHERS[i % 3], (f"another-name-{i}", "one-more"), text)
        monkeypatch.setitem(INDEX, name, entry)
    for name in ("diagnose", "rule", "explain", "reconcile", "compare"):
        monkeypatch.setitem(TOOLS, name, TOOLS["entropy"])
    assert len(INDEX) >= ALL
    lines = screen(loss, monkeypatch)
    assert len(lines) <= SCREEN
    assert sum("in [0, 1]." in line for line in lines) >= ALL - len(INDEX)


def test_a_loss_takes_one_row(loss: Loss, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = screen(loss, monkeypatch)
    rows = [line for line in lines if line.startswith("│ ")]
    for name in (*INDEX, *TOOLS):
        assert sum(row.split()[1] == name for row in rows) == 1
    panels = [i for i, line in enumerate(lines) if line.startswith("╭─ ")]
    first = panels[1]
    assert len([line for line in lines[first:] if line.startswith("│ ")]) == len(INDEX) + len(TOOLS)


@pytest.mark.parametrize("name", TOOLS)
def test_a_tools_page_opens_with_an_example_that_runs(loss: Loss, name: str) -> None:
    ran = loss(name, "--help")
    text = " ".join(ran.out.replace("│", " ").split())
    assert (ran.status, ran.err) == (0, "")
    assert text.index(f"Example: {TOOLS[name].example}") < text.index(TOOLS[name].summary)
    ran = loss(*shlex.split(TOOLS[name].example)[1:])
    # The sample's P is 0 where its Q is not: one of the divergences is infinite, and named.
    assert ran.status == (4 if name == "entropy" else 0)
    assert ran.out


def test_the_transforms_are_all_commands() -> None:
    assert set(TRANSFORMS) <= set(TOOLS)
    for transform in TRANSFORMS.values():
        first = (getdoc(transform.formula) or "").partition("\n")[0]
        assert first.startswith(TOOLS[transform.name].summary.rstrip(".").split(",")[0])
