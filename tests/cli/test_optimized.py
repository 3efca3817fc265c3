"""`python -OO` removes docstrings and assertions: every command prints what it prints without."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from losscli.cli.catalogue import TOOLS
from losscli.losses import declaration, names
from losscli.losses.declare.docstrings import docstring
from tests.cli.test_every_command import COMMANDS
from tests.conftest import ROOT

SCRIPT = """
import json, sys
from losscli.cli.main import main
for line in json.load(sys.stdin):
    print(line, flush=True)
    print(main(line.split()), flush=True)
"""


def test_every_command_prints_the_same() -> None:
    examples = [declaration(name).facts["example"] for name in names()]
    lines = [example.removeprefix("loss ") + " -f json" for example in examples]
    lines += [*COMMANDS.values(), "rule", "ce --help", "help", "list -f json", "rule L204 -f json"]
    lines += [f"{name} {'ce ' * tool.on_loss}--help" for name, tool in TOOLS.items()]
    environment = os.environ | {"COLUMNS": "80"}
    plain, optimized = (
        subprocess.run(
            [sys.executable, *flags, "-c", SCRIPT],
            input=json.dumps(lines).encode(),
            capture_output=True,
            cwd=ROOT,
            env=environment,
        )
        for flags in ([], ["-OO"])
    )
    assert (optimized.returncode, optimized.stderr) == (0, plain.stderr)
    assert optimized.stdout == plain.stdout
    assert b"Traceback" not in plain.stderr


def test_without_source_there_is_no_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kept_away.py").write_text("def kernel():\n    'A text.'\n")
    monkeypatch.syspath_prepend(tmp_path)
    from importlib import import_module

    kernel = import_module("kept_away").kernel
    assert docstring(kernel) == "A text."
    kernel.__doc__ = None
    (tmp_path / "kept_away.py").unlink()
    assert docstring(kernel) == ""
