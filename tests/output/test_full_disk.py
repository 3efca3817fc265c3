"""Outputs are complete or untouched, at whatever byte the disk is full and whoever else writes."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import ROOT, Loss, is_silent_or_an_error

SAMPLE = ROOT / "samples" / "log-softmax"
FILES = ("-i", f"{SAMPLE}/logits.npy", "-t", f"{SAMPLE}/labels.npy")
CALLS = {
    **{f"terms{dot}": ("ce", *FILES, "-q", "-o") for dot in (".csv", ".tsv", ".jsonl", ".npy")},
    "gradient.csv": ("ce", *FILES, "-q", "--grad-output"),
    "gradient.npy": ("ce", *FILES, "-q", "--grad-output"),
    "softmax.csv": ("softmax", *FILES[:2], "-o"),
    "softmax.npy": ("softmax", *FILES[:2], "-o"),
    "turned.npy": ("softmax", *FILES[:2], "--class-axis", "0", "-o"),
    "compare.csv": ("compare", *FILES, "--reference", FILES[1], "-q", "-o"),
}

EVERY_BYTE = {"terms.csv", "gradient.npy"}
STEP = 11
"""Bytes between the sizes that the other outputs are tried at."""


@contextmanager
def _largest_file(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size, as on a disk that is full there."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def check_full_disk(
    loss: Loss, output: Path, call: tuple[str, ...], old: bytes | None, step: int
) -> None:
    """Run a call with a limit at every step of its output; nothing may be left but old or whole."""
    assert loss(*call, output).status == 0
    whole = output.read_bytes()
    for size in [*range(0, len(whole) - 1, step), *range(len(whole) - 1, len(whole) + 2)]:
        output.write_bytes(old) if old else output.unlink(missing_ok=True)
        with _largest_file(size):
            ran = loss(*call, output)
        left = output.read_bytes() if output.exists() else None
        fits = size >= len(whole)
        assert (ran.status, left) == ((0, whole) if fits else (3, old)), size
        assert fits or (ran.out == "" and ran.err.count("\n") == 1), ran
        assert [path for path in output.parent.iterdir() if path != output] == []


@pytest.mark.parametrize("name", CALLS)
def test_disk_that_is_full_at_any_byte(name: str, loss: Loss, tmp_path: Path) -> None:
    for old in (b"old", None):
        step = 1 if old and name in EVERY_BYTE else STEP
        check_full_disk(loss, tmp_path / name, CALLS[name], old, step)


def test_two_files_of_one_call(loss: Loss, tmp_path: Path) -> None:
    terms, gradient = tmp_path / "terms.csv", tmp_path / "gradient.npy"
    call = ("ce", *FILES, "-q", "-o", terms, "--grad-output", gradient)
    with _largest_file(150):
        assert loss(*call).status == 3
    assert list(tmp_path.iterdir()) == []


def test_an_error_in_the_last_row(loss: Loss, tmp_path: Path) -> None:
    rows = 30_000
    (tmp_path / "x.csv").write_text("0.5,1.5\n" * (rows - 1) + "0.5,word\n")
    np.save(tmp_path / "y.npy", np.zeros(rows, np.int64))
    outputs = [tmp_path / name for name in ("terms.csv", "gradient.npy")]
    for output in outputs:
        output.write_text("old")
    call = ("ce", "-i", tmp_path / "x.csv", "-t", tmp_path / "y.npy")
    for form in ("table", "csv", "json", "jsonl"):
        ran = loss(*call, "-f", form, "-o", outputs[0], "--grad-output", outputs[1])
        assert ran.status == 3
        assert is_silent_or_an_error(ran)
        assert f"line {rows}" in ran.err
        assert [output.read_text() for output in outputs] == ["old", "old"]
        assert len(list(tmp_path.iterdir())) == 4


def test_two_runs_on_one_target(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.save(tmp_path / "y.npy", rng.integers(0, 3, 20_000))
    output, children, wholes = tmp_path / "terms.csv", [], []
    for i in range(2):
        np.save(tmp_path / f"x{i}.npy", rng.normal(size=(20_000, 3)))
        call = [sys.executable, "-m", "losscli", "ce", "-q", "-i", f"{tmp_path}/x{i}.npy"]
        call += ["-t", f"{tmp_path}/y.npy", "-o"]
        children.append(subprocess.Popen([*call, str(output)], cwd=ROOT, stdout=subprocess.PIPE))
        alone = tmp_path / f"alone{i}.csv"
        subprocess.run([*call, str(alone)], cwd=ROOT, check=True, capture_output=True)
        wholes.append(alone.read_bytes())
    for child in children:
        child.communicate()
        assert child.returncode == 0
    assert output.read_bytes() in wholes
    assert len(list(tmp_path.iterdir())) == 6


@pytest.mark.parametrize("name", ["terms.csv", "gradient.npy", "turned.npy"])
def test_fifos_are_written_directly(name: str, loss: Loss, tmp_path: Path) -> None:
    fifo, plain = tmp_path / f"fifo-{name}", tmp_path / name
    os.mkfifo(fifo)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(fifo.read_bytes()))
    reader.start()
    assert loss(*CALLS[name], fifo).status == 0
    reader.join(20)
    assert fifo.is_fifo()
    assert loss(*CALLS[name], plain).status == 0
    assert read == [plain.read_bytes()]


def test_a_fifo_whose_reader_goes_away(tmp_path: Path) -> None:
    fifo = tmp_path / "terms.csv"
    os.mkfifo(fifo)
    np.save(tmp_path / "x.npy", np.zeros((50_000, 2)))
    np.save(tmp_path / "y.npy", np.zeros(50_000, np.int64))
    call = f"{sys.executable} -m losscli ce -q -i {tmp_path}/x.npy -t {tmp_path}/y.npy -o {fifo}"
    ran = subprocess.run(
        ["bash", "-c", f"head -n 1 {fifo} > /dev/null & {call}"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert ran.returncode == 3
    assert ran.stdout == b""
    assert ran.stderr.count(b"\n") == 1
    assert b"the reader of the pipe went away" in ran.stderr
