"""`loss samples`: the files of all examples, written whole or not at all, never over another."""

from __future__ import annotations

import filecmp
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest

from losscli.cli.catalogue import TOOLS
from losscli.commands.samples import folder
from losscli.losses import declaration, names
from losscli.output.output_files import Destination
from tests.conftest import ROOT, Loss

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLES = ROOT / "samples"
EXAMPLES = [
    *(tool.example for tool in TOOLS.values()),
    *(declaration(name).facts["example"] for name in names()),
]


@pytest.fixture
def here(loss: Loss, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:  # noqa: ARG001
    """Run the command line in an empty folder: `loss` went to the root of the project before."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _files(place: Path) -> Iterator[str]:
    return (path.relative_to(place).as_posix() for path in sorted(place.rglob("*")))


def test_all_examples_run_in_the_folder(loss: Loss, here: Path) -> None:
    ran = loss("samples")
    assert (ran.status, ran.err) == (0, "")
    assert [*_files(here / "samples")] == [*_files(SAMPLES)]
    tried = [line.removeprefix("try: ") for line in ran.out.splitlines() if "try: " in line]
    assert len(tried) == 3
    for example in [*tried, *EXAMPLES]:
        ran = loss(*shlex.split(example)[1:])
        assert (ran.status in (0, 4), "no such file" in ran.err) == (True, False), example
        assert ran.out, example


def test_only_what_is_missing_is_written(loss: Loss, here: Path) -> None:
    loss("samples", "one/two")
    gone = here / "one/two/digits/log.jsonl"
    gone.unlink()
    kept = (here / "one/two/digits/labels.npy").stat().st_mtime_ns
    assert "1 file written to one/two, which had the other" in loss("samples", "one/two").out
    assert "nothing was written" in loss("samples", "one/two").out
    assert filecmp.cmp(gone, SAMPLES / "digits/log.jsonl", shallow=False)
    assert (here / "one/two/digits/labels.npy").stat().st_mtime_ns == kept


@pytest.mark.parametrize("what", ["file", "folder", "link"])
def test_another_file_is_never_replaced(what: str, loss: Loss, here: Path) -> None:
    own = here / "samples/ranking/order.csv"
    own.parent.mkdir(parents=True)
    match what:
        case "file":
            own.write_text("mine\n")
        case "folder":
            own.mkdir()
        case _:
            own.symlink_to("nowhere")
    ran = loss("samples")
    assert (ran.status, ran.out) == (2, "")
    assert "samples/ranking/order.csv: exists and is not the sample file" in ran.err
    assert [*_files(here)] == ["samples", "samples/ranking", "samples/ranking/order.csv"]


def test_all_or_nothing(loss: Loss, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "own").mkdir()
    finish, done = Destination.finish, []

    def fail_at_the_tenth(self: Destination) -> None:
        done.append(self)
        if len(done) == 10:
            raise OSError(28, "no space left on device")
        finish(self)

    monkeypatch.setattr(Destination, "finish", fail_at_the_tenth)
    ran = loss("samples", "own/more/samples")
    assert (ran.status, ran.out) == (3, "")
    assert "no space left" in ran.err
    assert [*_files(here)] == ["own"]


@pytest.mark.parametrize(
    ("name", "words"), [("taken", "not a directory"), ("", "is not the name of a folder")]
)
def test_folders_that_cannot_be(name: str, words: str, loss: Loss, here: Path) -> None:
    (here / "taken").write_text("")
    ran = loss("samples", name)
    assert ran.status in (2, 3)
    assert words in ran.err
    assert [*_files(here)] == ["taken"]


def test_the_wheel_has_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = pytest.importorskip("hatchling.builders.wheel", reason="hatchling builds the wheel")
    [built] = wheel.WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with ZipFile(built) as archive:
        archive.extractall(tmp_path)
    monkeypatch.setattr(folder, "__file__", str(tmp_path / "losscli/commands/samples/folder.py"))
    assert folder.packaged() == {
        name: (SAMPLES / name).read_bytes()
        for name in _files(SAMPLES)
        if not os.path.isdir(SAMPLES / name)
    }
