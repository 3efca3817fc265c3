"""Pipes, closed streams, full devices, signals: the documented status and at most one line."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import ROOT, default_signals, process
from tests.forked import forked

SAMPLE = ROOT / "samples" / "log-softmax"
DIGITS = ROOT / "samples" / "digits"
LOSS = f"{sys.executable} -m losscli"
FILES = f"-i {DIGITS}/logits.npy -t {DIGITS}/labels.npy"
FORMATS = ("table", "json", "jsonl", "csv", "tsv", "value")


def shell(command: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run a shell command from the project's root; pipefail is on."""
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("format", FORMATS)
def test_reader_that_goes_away(format: str, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((20000, 4)))
    np.save(tmp_path / "y.npy", np.zeros(20000, np.int64))
    call = f"ce -i {tmp_path}/x.npy -t {tmp_path}/y.npy --reduction none -f {format}"
    call += "" if format == "value" else " --all"
    for unbuffered in ("", "1"):
        ran = forked(call.split(), one_line=True, PYTHONUNBUFFERED=unbuffered)
        # JSON is one line: its reader takes it all and nothing breaks.
        assert ran.status == (0 if format == "json" else 141)
        assert ran.out.count(b"\n") == 1
        assert ran.err == b""


def test_readers_in_a_shell(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((20000, 4)))
    ran = shell(f"{LOSS} softmax -i {tmp_path}/x.npy -f csv | head -n 1 | wc -l")
    assert (ran.returncode, ran.stdout.split(), ran.stderr) == (141, [b"1"], b"")
    ran = shell(f"{LOSS} --help | true")
    assert ran.returncode in (0, 141)
    assert ran.stderr == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
@pytest.mark.parametrize("command", [f"ce {FILES} -f {name}" for name in FORMATS] + ["--help"])
def test_full_device(command: str) -> None:
    with open("/dev/full", "wb") as full:
        ran = forked(command.split(), out=full.fileno())
    assert ran.status == 3
    assert ran.err.count(b"\n") == 1
    assert b"standard output: cannot be written: no space left" in ran.err


def test_closed_streams() -> None:
    ran = shell(f"{LOSS} ce {FILES} -q >&-")
    assert ran.returncode == 3
    assert b"standard output is closed" in ran.stderr
    assert shell(f"{LOSS} --help >&-").stderr.count(b"\n") == 1
    assert shell(f"{LOSS} ce {FILES} -q 2>&-").returncode == 0
    assert shell(f"{LOSS} ce {FILES} --label-base 1 2>&-").returncode == 3
    ran = shell(f"{LOSS} ce -i - -t {DIGITS}/labels.npy <&-")
    assert ran.returncode == 3
    assert ran.stderr.count(b"\n") == 1


def test_a_redirected_input_is_not_an_output(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes((SAMPLE / "logits.csv").read_bytes())
    before = path.read_bytes()
    for output in (f"-o {path}", f">> {path}"):
        ran = shell(f"{LOSS} ce -q -i - -t {SAMPLE}/labels.csv {output} < {path}")
        assert ran.returncode == 2
        assert path.read_bytes() == before


def test_standard_output_is_not_the_input(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes((SAMPLE / "logits.csv").read_bytes())
    ran = shell(f"{LOSS} ce -q -i {path} -t {SAMPLE}/labels.csv >> {path}")
    assert ran.returncode == 2
    assert path.read_bytes() == (SAMPLE / "logits.csv").read_bytes()


def test_narrow_locales(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("Katze,犬\n1,2\n3,1\n", "utf-8")
    (tmp_path / "y.csv").write_text("犬\nKatze\n", "utf-8")
    call = ["ce", "-i", f"{tmp_path}/x.csv", "-t", f"{tmp_path}/y.csv"]
    for name in FORMATS:
        ran = forked([*call, "-f", name], PYTHONIOENCODING="latin-1")
        assert (ran.status, ran.err) == (0, b""), name
    started = process(call, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert (started.returncode, started.stderr) == (0, b"")


def test_markup_and_escapes_in_files_stay_text(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("x[red]a[/red],b[/\n1,2\n3,1\n")
    (tmp_path / "y.csv").write_text("b[/\nx[red]a[/red]\n")
    files = ["ce", "-i", str(tmp_path / "x.csv"), "-t", str(tmp_path / "y.csv")]
    for color in ("", "1"):
        ran = forked(files, FORCE_COLOR=color, COLUMNS="100")
        assert ran.status == 0
        assert b"[red]a[/red]" in ran.out
    (tmp_path / "x.csv").write_text("\x1b[2Ja,b\n1,2\n3,1\n")
    (tmp_path / "y.csv").write_text("0\n1\n")
    for color in ("", "1"):
        ran = forked(files, FORCE_COLOR=color, COLUMNS="100")
        assert b"\x1b[2J" not in ran.out
        assert b"\\x1b[2Ja" in ran.out
    (tmp_path / "y.csv").write_text("[/red]\n\x1b[31m\n")
    ran = forked(files)
    assert ran.status == 3
    assert b"\x1b" not in ran.err


def test_color_only_where_it_belongs() -> None:
    files = ["ce", *FILES.split(), "--top", "3"]
    assert b"\x1b[" not in forked(files).out
    assert b"\x1b[" in forked(files, FORCE_COLOR="1").out
    assert b"\x1b[3" not in forked(files, FORCE_COLOR="1", NO_COLOR="1").out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_leave_no_file(number: signal.Signals, tmp_path: Path) -> None:
    fifo, output = tmp_path / "logits.csv", tmp_path / "terms.csv"
    os.mkfifo(fifo)
    output.write_text("old")
    command = [
        sys.executable,
        "-m",
        "losscli",
        "ce",
        "-i",
        str(fifo),
        "-t",
        str(DIGITS / "labels.npy"),
    ]
    with default_signals():
        child = subprocess.Popen([*command, "-o", str(output)], cwd=ROOT, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 20
    while len(list(tmp_path.iterdir())) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    child.send_signal(number)
    _, err = child.communicate(timeout=20)
    assert child.returncode == (130 if number is signal.SIGINT else 128 + number)
    assert err == (b"loss: interrupted\n" if number is signal.SIGINT else b"")
    assert b"Traceback" not in err
    assert output.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_are_told_to_programs_that_read_the_output(
    number: signal.Signals, tmp_path: Path
) -> None:
    fifo = tmp_path / "logits.csv"
    os.mkfifo(fifo)
    call = ["ce", "-i", str(fifo), "-t", str(SAMPLE / "labels.csv"), "-f", "json"]
    with default_signals():
        child = subprocess.Popen(
            [sys.executable, "-m", "losscli", *call],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    with open(fifo, "wb"):
        child.send_signal(number)
        out, _ = child.communicate(timeout=20)
    why = "interrupted" if number is signal.SIGINT else f"ended by {number.name}"
    assert json.loads(out) == {"schema": 1, "error": {"status": 128 + number, "message": why}}
    assert child.returncode == 128 + number


def test_a_signal_adds_nothing_to_what_was_printed() -> None:
    code = """
import os, signal, sys
from losscli.output.ending import at_a_signal, last_words
from losscli.output.streams import Streams
def chunks():
    yield "half"
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGINT)
with at_a_signal():
    last_words[signal.SIGINT] = b"the end"
    Streams().write(chunks())
"""
    with default_signals():
        ran = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False
        )
    assert (ran.returncode, ran.stdout) == (130, b"half")


def test_ignored_signals_stay_ignored(tmp_path: Path) -> None:
    fifo = tmp_path / "logits.csv"
    os.mkfifo(fifo)
    call = ["ce", "-q", "-i", str(fifo), "-t", str(SAMPLE / "labels.csv")]
    # As nohup and a script's background job start it.
    before = {one: signal.signal(one, signal.SIG_IGN) for one in (signal.SIGHUP, signal.SIGINT)}
    try:
        child = subprocess.Popen(
            [sys.executable, "-m", "losscli", *call], cwd=ROOT, stdout=subprocess.PIPE
        )
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
    with open(fifo, "wb") as pipe:
        # It has opened its input, so it runs: neither signal may end it.
        for one in before:
            child.send_signal(one)
        pipe.write((SAMPLE / "logits.csv").read_bytes())
    out, _ = child.communicate(timeout=60)
    assert child.returncode == 0
    assert math.isfinite(float(out))


SWALLOWED = {
    "in a class that is being made": "class Owner: field = Sender()",
    "in a destructor": "Sender()",
    "by whoever catches all": "try: Sender().__set_name__()\nexcept BaseException: pass",
}


@pytest.mark.parametrize("how", SWALLOWED)
def test_a_signal_ends_the_run_where_its_exception_would_be_lost(how: str, tmp_path: Path) -> None:
    code = f"""
import os, signal
from losscli.output.output_files import Destination
from losscli.output.ending import at_a_signal
class Sender:
    def __set_name__(self, *_): os.kill(os.getpid(), signal.SIGINT)
    __del__ = __set_name__
with at_a_signal():
    Destination({str(tmp_path / "half.csv")!r}).open()
    assert os.listdir({str(tmp_path)!r})
{textwrap.indent(SWALLOWED[how], "    ")}
print("went on")
"""
    with default_signals():
        ran = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False
        )
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, b"", b"loss: interrupted\n")
    assert list(tmp_path.iterdir()) == []
