"""Pipes, full devices, closed streams and narrow locales, for every command there is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from losscli.cli.catalogue import TOOLS
from tests.forked import CLOSED, forked

DIGITS = "samples/digits"
FILES = f"-i {DIGITS}/logits.npy -t {DIGITS}/labels.npy"
COMMANDS = {
    "ce": f"ce {FILES} -f csv",
    "diagnose": f"diagnose ce {FILES} --calibration",
    "reconcile": f"reconcile ce {FILES} --value 1.5547",
    "explain": f"explain ce {FILES}",
    "rule": "rule L101",
    "compare": f"compare {FILES} --reference {DIGITS}/logits_int4.npy -f csv",
    "plot": f"plot scatter ce {FILES}",
    "report": f"report ce {FILES}",
    "list": "list",
    "formats": "formats -f csv",
    "info": "info ce",
    "softmax": f"softmax -i {DIGITS}/logits.npy -f csv",
    "log-softmax": f"log-softmax -i {DIGITS}/logits.npy -f jsonl",
    "sigmoid": "sigmoid -i samples/binary/logits.csv",
    "log-sigmoid": "log-sigmoid -i samples/binary/logits.csv -f json",
    "entropy": "entropy -i samples/entropy/p.csv",
    "samples": "samples",
    "help": "help sources",
}


def test_every_command_is_here() -> None:
    assert set(TOOLS) <= set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_reader_that_is_gone(name: str) -> None:
    for unbuffered in ("", "1"):
        reading, writing = os.pipe()
        # The reader has closed its end before the command starts.
        os.close(reading)
        ran = forked(COMMANDS[name].split(), out=writing, PYTHONUNBUFFERED=unbuffered)
        os.close(writing)
        assert (ran.status, ran.err) == (141, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
@pytest.mark.parametrize("name", COMMANDS)
def test_streams_that_take_nothing(name: str) -> None:
    with open("/dev/full", "wb") as full:
        for out, says in (
            (full.fileno(), b"no space left"),
            (CLOSED, b"standard output is closed"),
        ):
            ran = forked(COMMANDS[name].split(), out=out)
            assert ran.status == 3
            assert ran.err.count(b"\n") == 1
            assert says in ran.err
    # A message that cannot be printed is dropped; the status still reports the failure.
    assert forked([*COMMANDS[name].split(), "-z"], err=CLOSED).status == 2


@pytest.mark.parametrize("name", COMMANDS)
def test_ascii_streams(name: str) -> None:
    ran = forked(COMMANDS[name].split(), PYTHONIOENCODING="ascii")
    assert (ran.status, ran.err) == (0, b""), ran
    assert ran.out.isascii()
