"""Messages on a terminal: wrapped at words, one line elsewhere, the label in color."""

from __future__ import annotations

import os
import re
import subprocess

import pytest

from losscli.output.wrapping import wrapped
from tests.examples import CONTROL, in_a_terminal
from tests.forked import forked

COMMAND = "loss ce --from probs -i p.npy"


def test_words_and_paths_are_whole() -> None:
    path = "/a/path/that/is/longer/than/any/line/of/a/terminal/logits.csv"
    text = f"{path}: {'some words ' * 9}in {path}"
    for width in (10, 20, 40, 61, 80):
        lines = wrapped(text, width)
        assert " ".join(lines) == text
        assert all(len(line) <= width or " " not in line for line in lines)


@pytest.mark.parametrize("together", [COMMAND, "--label-base 1", "(n, c, d)", "[0, 1]"])
def test_what_belongs_together_stays_on_one_line(together: str) -> None:
    for before in range(1, 60):
        lines = wrapped(f"{'x' * before} {together} and more", 60)
        assert any(together in line for line in lines)
    words = " ".join(wrapped(f"type {together}", 4)).replace("\\", "").split()
    assert words == f"type {together}".split()


@pytest.mark.skipif(os.name == "nt", reason="shells of Windows continue lines by other signs")
def test_a_copy_of_a_long_command_runs() -> None:
    command = "loss ce --from probs -i a/rather/long/path/to/logits.csv -t a/path/to/labels.csv"
    lines = wrapped(f"there is no such loss; type: {command} or leave it", 50)
    assert max(map(len, lines)) <= 50
    at = next(i for i, line in enumerate(lines) if line.startswith("loss ce "))
    ran = subprocess.run(
        ["sh", "-c", "\n".join(["loss() { echo loss $*; }", *lines[at:-1]])],
        capture_output=True,
        check=True,
    )
    assert ran.stdout.decode() == f"{command}\n"
    assert lines[-1] == "or leave it"


def test_characters_of_two_columns_count_twice() -> None:
    assert wrapped("犬犬 猫猫", 8) == ["犬犬", "猫猫"]
    assert wrapped("犬犬 猫猫", 9) == ["犬犬 猫猫"]


def _screen(columns: int, before: str = "") -> str:
    command = "loss ce -i samples/digits/logits.npy -t samples/step-by-step/labels.csv"
    return in_a_terminal(f"unset NO_COLOR; {before} {command}", columns).replace("\r\n", "\n")


@pytest.mark.parametrize("columns", [60, 80])
def test_a_terminal_gets_lines_below_each_other(columns: int) -> None:
    lines = CONTROL.sub("", _screen(columns)).splitlines()
    assert len(lines) > 1
    assert lines[0].startswith("loss: samples/step-by-step/labels.csv line 1: ")
    assert all(line.startswith(" " * len("loss: ")) for line in lines[1:])
    assert max(map(len, lines)) <= columns


def test_colors_of_a_terminal() -> None:
    label = re.compile(r"^\x1b\[1;[\d;]+mloss:\x1b\[0m ")
    assert label.match(_screen(80))
    assert "\x1b[3" not in _screen(80, "NO_COLOR=1")
    assert "\x1b" not in _screen(80, "TERM=dumb")


def test_a_file_gets_one_line() -> None:
    command = ["ce", "-i", "samples/digits/logits.npy", "-t", "samples/step-by-step/labels.csv"]
    plain = forked(command, COLUMNS="60").err
    assert plain.count(b"\n") == 1
    assert b"\x1b" not in plain
    colored = forked(command, COLUMNS="60", FORCE_COLOR="1").err
    assert colored.count(b"\n") == 1
    assert re.sub(rb"\x1b\[[\d;]*m", b"", colored) == plain
    assert colored.startswith(b"\x1b[1;")
