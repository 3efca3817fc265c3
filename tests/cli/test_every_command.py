"""Pipes, full devices, closed streams and narrow locales, for every command there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from losscli.cli.catalogue import TOOLS
from tests.conftest import process
from tests.output.test_streams import LOSS, shell

DIGITS = "samples/digits"
FILES = f"-i {DIGITS}/logits.npy -t {DIGITS}/labels.npy"
COMMANDS = {
    "ce": f"ce {FILES} -f csv",
    "diagnose": f"diagnose ce {FILES} --calibration",
    "reconcile": f"reconcile ce {FILES} --value 1.5547",
    "explain": f"explain ce {FILES}",
    "rule": "rule L101",
    "compare": f"compare {FILES} --reference {DIGITS}/logits_int4.npy -f csv",
    "list": "list",
    "info": "info ce",
    "softmax": f"softmax -i {DIGITS}/logits.npy -f csv",
    "log-softmax": f"log-softmax -i {DIGITS}/logits.npy -f jsonl",
    "sigmoid": "sigmoid -i samples/binary/logits.csv",
    "log-sigmoid": "log-sigmoid -i samples/binary/logits.csv -f json",
    "entropy": "entropy -i samples/entropy/p.csv",
    "help": "help sources",
}


def test_every_command_is_here() -> None:
    assert set(TOOLS) <= set(COMMANDS)


@pytest.mark.parametrize(
    ("name", "unbuffered"), [(name, "1" if i % 2 else "") for i, name in enumerate(COMMANDS)]
)
def test_reader_that_is_gone(name: str, unbuffered: str) -> None:
    # The reader has closed its end before the command starts.
    ran = shell(f"( sleep 0.1; {LOSS} {COMMANDS[name]} ) | true", PYTHONUNBUFFERED=unbuffered)
    assert (ran.returncode, ran.stderr) == (141, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
@pytest.mark.parametrize("name", COMMANDS)
def test_streams_that_take_nothing(name: str) -> None:
    for to, says in (("> /dev/full", b"No space left"), (">&-", b"standard output is closed")):
        ran = shell(f"{LOSS} {COMMANDS[name]} {to}")
        assert ran.returncode == 3
        assert ran.stderr.count(b"\n") == 1
        assert says in ran.stderr
    # What cannot be said is not said; the status says it still.
    assert shell(f"{LOSS} {COMMANDS[name]} -z 2>&-").returncode == 2


@pytest.mark.parametrize("name", COMMANDS)
def test_ascii_locale(name: str) -> None:
    ran = process(COMMANDS[name].split(), LC_ALL="C", PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert (ran.returncode, ran.stderr) == (0, b""), ran
    assert ran.stdout.isascii()
