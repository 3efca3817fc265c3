"""`loss help plugins` is true: its module is installed, and its commands print what it shows.

`python -m tests.plugins.test_topic --write` writes the present outputs into the page.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from losscli.commands.help.topics import FOLDER
from losscli.losses import declare
from tests.conftest import ROOT
from tests.examples import FENCE, blocks
from tests.plugins.installed import BAKERY, install

PAGE = FOLDER / "plugins.md"


def shown(text: str, folder: Path) -> str:
    """Return a block of commands with what they print where the page's module is installed."""
    (module,) = (block.text for block in blocks(PAGE) if block.language == "py")
    (points,) = (block.text for block in blocks(PAGE) if block.language == "toml")
    ((name, value),) = re.findall(r'^(\w+) = "(\w+)"$', points, re.MULTILINE)
    install(folder, value, f"[losscli.losses]\n{name} = {value}", **{value: module})
    for program, words in (("loss", "-m losscli"), ("python", "")):
        path = folder / program
        path.write_text(f'#!/bin/sh\nexec {sys.executable} {words} "$@"\n')
        path.chmod(0o755)
    lines = re.findall(r"^\$ (.*)$", text, re.MULTILINE)
    return "".join(f"$ {line}\n{printed(line, folder)}" for line in lines)


def printed(line: str, folder: Path) -> str:
    """Return what a shell's command prints."""
    ran = subprocess.run(
        ["/bin/sh", "-c", line],
        cwd=folder,
        env={"PYTHONPATH": f"{ROOT}:{folder}", "PATH": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return ran.stdout.decode()


def test_the_outputs_are_those_of_its_commands(tmp_path: Path) -> None:
    texts = [block.text for block in blocks(PAGE) if block.language == "text"]
    assert len(texts) == 2
    for number, text in enumerate(texts):
        assert text == shown(text, tmp_path / str(number))


def test_it_is_the_example_package() -> None:
    (module,) = (block.text for block in blocks(PAGE) if block.language == "py")
    (points,) = (block.text for block in blocks(PAGE) if block.language == "toml")
    assert module.partition("@losscli.loss")[2] in (BAKERY / "loss_bakery.py").read_text()
    assert points in (BAKERY / "pyproject.toml").read_text()


def test_every_name_of_a_declaration_is_on_it() -> None:
    named = set(re.findall(r"`(\w+)`", PAGE.read_text()))
    assert set(declare.__all__) - named == set()


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:

    def rewritten(match: re.Match[str]) -> str:
        with tempfile.TemporaryDirectory() as folder:
            return f"```text\n{shown(match['text'], Path(folder))}```\n"

    page = PAGE.read_text()
    PAGE.write_text(FENCE.sub(lambda m: rewritten(m) if m["language"] == "text" else m[0], page))
