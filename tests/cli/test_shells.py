"""Completion in real shells, on a terminal, with the script that each of them is given."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from losscli.cli.scripts import script_of
from losscli.errors import UsageError
from tests.conftest import ROOT

PATIENCE = 60
START = {
    "bash": ["--norc", "--noprofile", "-i"],
    "zsh": ["-f", "-i"],
    "fish": ["--no-config", "-i"],
}
BEFORE = {"bash": "", "zsh": "autoload -Uz compinit; compinit -u -D; ", "fish": ""}
TABLE = "id,cat,dog,label,sample weight\n1,0.5,0.25,0,1\n"
ALL = {
    "bce-l": ["bce-logits"],
    "explain cosine-e": ["explain", "cosine-embedding"],
    "ce --label-b": ["ce", "--label-base"],
    "ce -i da": ["ce", "-i", "data.csv"],
    "ce --input=da": ["ce", "--input=data.csv"],
    "ce -i my\\ f": ["ce", "-i", "my file.csv"],
    'ce -i "my f': ["ce", "-i", "my file.csv"],
    "ce -i sh": ["ce", "-i", "shards/"],
    "ce -i shards/": ["ce", "-i", "shards/one.csv"],
    "ce -i ~/da": ["ce", "-i", "{home}/data.csv"],
    "ce -i csv:da": ["ce", "-i", "csv:data.csv"],
    "ce -i .hid": ["ce", "-i", ".hidden.csv"],
    "ce -i data.csv::la": ["ce", "-i", "data.csv::label"],
    "ce -i data.csv::cat,d": ["ce", "-i", "data.csv::cat,dog"],
    "ce -i data.csv::sam": ["ce", "-i", "data.csv::sample weight"],
    "ce -i data.csv -t ::la": ["ce", "-i", "data.csv", "-t", "::label"],
    "ce -i ~/data.csv::la": ["ce", "-i", "{home}/data.csv::label"],
    "ce -i ~/data.csv -t ::la": ["ce", "-i", "{home}/data.csv", "-t", "::label"],
    "ce --from=pro": ["ce", "--from=probs"],
}
"""What is typed before the Tab key, and the words that are there after it."""
VARIABLE = {
    "ce -i $HOME/da": ["ce", "-i", "{home}/data.csv"],
    "ce -i $HOME/data.csv::la": ["ce", "-i", "{home}/data.csv::label"],
}
"""The same, in shells that leave the start of a word as it is typed."""


class Terminal:
    """A shell on a terminal of its own."""

    def __init__(self, shell: str, home: Path) -> None:
        child, self.line = pty.fork()
        if not child:
            os.chdir(home)
            os.environ |= {
                "HOME": str(home),
                "PATH": f"{home}/.bin:{os.environ['PATH']}",
                "TERM": "xterm",
                "INPUTRC": os.devnull,
                "HISTFILE": "",
            }
            os.execvp(shell, [shell, *START[shell]])
        self.child = child

    def type(self, keys: str) -> str:
        """Type keys, then Return, and return what is written until the next command would run."""
        os.write(self.line, f"{keys}; printf '%s-%s\\n' all done\n".encode())
        found, end = b"", time.monotonic() + PATIENCE
        while b"all-done" not in found and time.monotonic() < end:
            if select.select([self.line], [], [], 1)[0]:
                found += os.read(self.line, 1 << 16)
        return found.decode(errors="replace")

    def close(self) -> None:
        """End the shell."""
        os.kill(self.child, signal.SIGKILL)
        os.close(self.line)
        os.waitpid(self.child, 0)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a folder with files, and the command in a folder of the path."""
    (tmp_path / ".bin").mkdir()
    command = tmp_path / ".bin" / "loss"
    command.write_text(
        f"#!/bin/sh\nPYTHONPATH='{ROOT}' exec '{sys.executable}' -m losscli \"$@\"\n"
    )
    command.chmod(0o755)
    (tmp_path / "shards").mkdir()
    for name in ("data.csv", "my file.csv", ".hidden.csv", "shards/one.csv"):
        (tmp_path / name).write_text(TABLE)
    return tmp_path


@pytest.mark.parametrize("shell", list(START))
def test_completion(shell: str, home: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    (home / ".script").write_text(script_of(shell))
    lines = ALL if shell == "fish" else {**ALL, **VARIABLE}
    terminal = Terminal(shell, home)
    try:
        terminal.type(f"{BEFORE[shell]}source {home}/.script")
        for line, words in lines.items():
            # Ctrl-A and Ctrl-E go to the ends of the line, whose words are printed.
            written = terminal.type(f"loss {line}\t\x01printf '<%s>' \x05; echo")
            found = re.findall(r"<loss>(?:<[^<>\r\n]*>)*", written)
            assert found == [f"<loss><{'><'.join(words)}>".format(home=home)]
    finally:
        terminal.close()


LOADED = {
    "bash": "source ~/.bashrc",
    "zsh": "fpath+=~/.zfunc; autoload -Uz compinit; compinit -u -D",
    "fish": "source ~/.config/fish/completions/loss.fish",
}


@pytest.mark.parametrize("shell", list(START))
def test_scripts_are_shown_and_installed(shell: str, home: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    place = {
        "bash": ".bash_completions/loss.sh",
        "zsh": ".zfunc/_loss",
        "fish": ".config/fish/completions/loss.fish",
    }[shell]
    environment = {**os.environ, "HOME": str(home), "PATH": f"{home}/.bin:{os.environ['PATH']}"}

    def run(command: str) -> subprocess.CompletedProcess[str]:
        # The last command of a shell may take its place, and its parent is then another one.
        words = [shell, "-c", f"{command}; true"]
        return subprocess.run(words, env=environment, capture_output=True, text=True, check=True)

    assert run("loss --show-completion").stdout == script_of(shell)
    ran = run("loss --install-completion")
    assert str(home / place) in ran.stdout
    assert ran.stderr == ""
    assert (home / place).read_text() == script_of(shell)
    terminal = Terminal(shell, home)
    try:
        terminal.type(LOADED[shell])
        for line, word in (("bce-l", "bce-logits"), ("expl", "explain")):
            assert f"<loss><{word}>" in terminal.type(f"loss {line}\t\x01printf '<%s>' \x05; echo")
    finally:
        terminal.close()


def test_what_cannot_be_installed_is_said_in_a_line(home: Path) -> None:
    place = home / "data.csv"
    environment = {**os.environ, "HOME": str(place), "PATH": f"{home}/.bin:{os.environ['PATH']}"}
    words = ["bash", "-c", "loss --install-completion; echo $?"]
    ran = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout == "3\n"
    assert ran.stderr.startswith(f"loss: {place}")
    assert "add what loss --show-completion prints" in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
    with pytest.raises(UsageError, match="not for 'tcsh'"):
        script_of("tcsh")
    assert "Register-ArgumentCompleter" in script_of("pwsh")
