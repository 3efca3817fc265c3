"""One message, two readers: Python callers see keyword arguments, typing users see flags."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import losscli
from losscli.cli.main import main
from losscli.errors import LossError, UsageError, call, for_command_line, for_python, option


@pytest.mark.parametrize(
    ("text", "python", "typed"),
    [
        (option("label_base"), "label_base", "--label-base"),
        (option("label_base", 1), "label_base=1", "--label-base 1"),
        (option("from_", "probs"), 'from_="probs"', "--from probs"),
        (option("log_input", False), "log_input=False", "--no-log-input"),
        (option("map_binary", True), "map_binary=True", "--map-binary"),
        (call("l1"), 'compute("l1", ...)', "loss l1"),
    ],
)
def test_an_option_is_spelled_for_its_reader(text: str, python: str, typed: str) -> None:
    """Inside a sentence, more than once."""
    message = f"try {text}, or {text}"
    assert for_python(message) == f"try {python}, or {python}"
    assert for_command_line(message) == f"try {typed}, or {typed}"
    assert str(UsageError(message)) == f"try {python}, or {python}"


def test_an_error_is_spelled_for_its_reader(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same mistake, made in Python and on the command line."""
    np.save(tmp_path / "x.npy", np.zeros((2, 3)))
    np.save(tmp_path / "y.npy", np.array([1, 3]))
    with pytest.raises(LossError, match=r"numbered from 1\? use label_base=1$"):
        losscli.compute("ce", input=np.zeros((2, 3)), target=[1, 3])
    assert main(["ce", "-i", str(tmp_path / "x.npy"), "-t", str(tmp_path / "y.npy")]) == 3
    assert capsys.readouterr().err.endswith("numbered from 1? use --label-base 1\n")


def test_a_warning_is_spelled_for_its_reader(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a result, on standard error and in JSON."""
    p = np.array([[0.5, 0.25, 0.25]] * 20)
    result = losscli.compute("ce", input=p, target=np.zeros(20, int))
    assert 'from_="probs"' in result.warnings[0].message
    np.save(tmp_path / "p.npy", p)
    np.save(tmp_path / "y.npy", np.zeros(20, int))
    files = ["-i", str(tmp_path / "p.npy"), "-t", str(tmp_path / "y.npy")]
    assert main(["ce", *files]) == 0
    assert "--from probs" in capsys.readouterr().err
    assert main(["ce", *files, "--format", "json"]) == 0
    assert "--from probs" in capsys.readouterr().out
