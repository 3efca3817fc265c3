"""Paths and what they lead to: odd names, links, pipes, devices, closed streams."""

from __future__ import annotations

import io
import os
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from losscli.errors import DataError, UsageError
from losscli.readers import open_sources, spooled
from losscli.readers.file import open_file
from losscli.readers.nested import json_lines
from losscli.readers.spec import parse_spec
from losscli.readers.tables import table
from tests.readers.opening import LABELS, ONE, checked, load, refusal, write

ODD_NAMES = [
    "with space.csv",
    "a:b.csv",
    "csv:x.csv",
    "-.csv",
    "--input.csv",
    "ünï.csv",
    "line\nbreak.csv",
    "\x1b[31mred.csv",
    "[red].csv",
    "%s{0}.csv",
    "$(echo).csv",
    "x.CSV",
    "http:x.csv",
    "*.csv",
    "..csv",
    os.fsdecode(b"\xff\xfe.csv"),
    "n" * 200 + ".csv",
]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(Path(name), "1,2\n3,4\n")
    text = f"./{name}" if name.startswith("csv:") else name
    assert load(text).tolist() == [[1, 2], [3, 4]]
    assert load(f"{text}::1").tolist() == [2, 4]
    write(Path(name), "1,2\n3,cat\n")
    assert "line 2 column 2: 'cat'" in refusal(text)
    Path(name).unlink()
    assert "no such file" in refusal(text)


def test_double_colons_in_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(Path("a::b.csv"), "1,2\n")
    assert load("a::b.csv::").tolist() == [[1, 2]]
    assert load("a::b.csv::1").tolist() == [2]
    assert "no such file" in refusal("csv:a::b.csv")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("x.csv", (None, "x.csv", None)),
        ("csv:x", ("csv", "x", None)),
        ("npz:a.zip::k", ("npz", "a.zip", "k")),
        ("-::k", (None, "-", "k")),
        ("json:-", ("json", "-", None)),
        ("::weight", (None, "", "weight")),
        ("C:\\x.csv", (None, "C:\\x.csv", None)),
        ("csv:csv:x", ("csv", "csv:x", None)),
        ("a.yaml::b::c", (None, "a.yaml::b", "c")),
    ],
)
def test_specs(text: str, parts: tuple[str | None, str, str | None]) -> None:
    spec = parse_spec(text)
    assert (spec.format and spec.format.name, spec.path, spec.selector) == parts


@pytest.mark.parametrize("text", ["", "::", "csv:", "npz:::a", "a\0b.csv"])
def test_specs_that_name_no_file(text: str) -> None:
    with pytest.raises(UsageError, match="names no file"):
        parse_spec(text)


def test_paths_that_are_not_files(tmp_path: Path) -> None:
    file = write(tmp_path / "x.csv", "1\n")
    (tmp_path / "empty").mkdir()
    assert "this folder holds no data" in refusal(tmp_path / "empty")
    assert "this folder holds no data" in refusal(f"csv:{tmp_path / 'empty'}")
    assert "no such file" in refusal(tmp_path / "missing.csv")
    assert "no such file" in refusal(file / "below.csv")
    assert "not readable" in refusal("x" * 5000)
    assert "device" in refusal("/dev/null")
    assert "device" in refusal("csv:/dev/zero")


def test_links(tmp_path: Path) -> None:
    write(tmp_path / "x.csv", "1\n2\n")
    (tmp_path / "link.csv").symlink_to("x.csv")
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    (tmp_path / "gone.csv").symlink_to("nothing")
    assert load(tmp_path / "link.csv").tolist() == [1, 2]
    assert "not readable" in refusal(tmp_path / "loop.csv")
    assert "no such file" in refusal(tmp_path / "gone.csv")


def test_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Permissions do not stop root, so the answer of the system is simulated.
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    assert "check the permissions" in refusal(tmp_path / "x.csv")


@pytest.mark.parametrize("name", ["pipe", "pipe.csv"])
def test_a_named_pipe_serves_several_roles(name: str, tmp_path: Path) -> None:
    pipe = tmp_path / name
    os.mkfifo(pipe)
    feed = threading.Thread(target=pipe.write_text, args=("a,b,label\n1,2,b\n3,4,a\n",))
    feed.start()
    wanted = (*ONE, *LABELS)
    sources, _ = open_sources({"input": f"{pipe}::a-b", "target": f"{pipe}::label"}, wanted)
    feed.join()
    assert sources["input"].read(0, 9).tolist() == [[1, 2], [3, 4]]
    assert sources["target"].read(0, 9).tolist() == [1, 0]


class TestStandardInput:
    @staticmethod
    def feed(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))

    def test_is_named_in_words(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.feed(monkeypatch, b"1,2\n3,cat\n")
        assert "standard input line 2 column 2: 'cat'" in refusal("-")
        self.feed(monkeypatch, b"")
        assert "standard input: the file is empty" in refusal("-")

    def test_serves_one_role_and_keys_of_the_same_file(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        wanted = (*ONE, *LABELS)
        self.feed(monkeypatch, b"a,b\n1,0\n2,1\n")
        sources, _ = open_sources({"input": "-::a", "target": "::b"}, wanted)
        assert sources["target"].read(0, 2).tolist() == [0, 1]
        with pytest.raises(UsageError, match="given for both input and target"):
            open_sources({"input": "-", "target": "-"}, wanted)

    @pytest.mark.parametrize("stream", [None, io.StringIO("1"), "closed"])
    def test_closed(self, stream: object, monkeypatch: pytest.MonkeyPatch) -> None:
        if stream == "closed":
            stream = io.TextIOWrapper(io.BytesIO(b"1"))
            stream.close()
        monkeypatch.setattr(sys, "stdin", stream)
        assert "closed" in refusal("-")

    def test_a_redirected_file_is_not_copied(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = write(tmp_path / "x.csv", "1,2\n3,4\n")
        monkeypatch.setattr(tempfile, "TemporaryFile", None)
        with path.open() as stream:
            monkeypatch.setattr(sys, "stdin", stream)
            assert load("-").tolist() == [[1, 2], [3, 4]]

    def test_a_partly_read_file_is_read_from_there(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = write(tmp_path / "x.csv", "1,2\n3,4\n")
        with path.open() as stream:
            os.lseek(stream.fileno(), 4, os.SEEK_SET)
            monkeypatch.setattr(sys, "stdin", stream)
            assert load("-").tolist() == [[3, 4]]

    def test_a_copy_that_does_not_fit(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        self.feed(monkeypatch, b"1\n")
        monkeypatch.setattr(spooled, "IN_MEMORY", 0)
        monkeypatch.setattr(spooled, "_write", full)
        assert "standard input: no room for a copy in " in refusal("-")

    def test_without_a_folder_for_a_copy(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.feed(monkeypatch, b"1\n")
        monkeypatch.setattr(spooled, "IN_MEMORY", 0)
        monkeypatch.setattr(tempfile, "tempdir", None)
        monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: ["/nowhere"])
        assert "standard input: no room for a copy; set TMPDIR to a folder" in refusal("-")

    def test_that_breaks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class Broken(io.RawIOBase):
            def readable(self) -> bool:
                return True

            def readinto(self, _: object) -> int:
                raise OSError(5, "Input/output error")

        broken = io.TextIOWrapper(io.BufferedReader(Broken()))
        monkeypatch.setattr(sys, "stdin", broken)
        assert "standard input: not readable: input/output error" in refusal("-")


def _truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _extend(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"1\n")


def _overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(-2, os.SEEK_END)
        file.write(b"8")


@pytest.mark.parametrize("name", ["x.npy", "x.csv", "x.jsonl", "x.npz", "compressed.npz"])
@pytest.mark.parametrize(
    ("change", "says"),
    [(_truncate, "became shorter"), (_extend, "grew"), (_overwrite, "was written to")],
)
def test_a_file_that_changes_between_opening_and_reading(
    name: str,
    change: Callable[[Path], None],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for reader in (table, json_lines):
        monkeypatch.setattr(reader, "WHOLE", 0)
    path, values = tmp_path / name, np.random.default_rng(0).random(70_000)
    if name in ("x.csv", "x.jsonl"):
        np.savetxt(path, values)
    else:
        save = {"x.npy": np.save, "x.npz": np.savez}.get(name, np.savez_compressed)
        save(path, values)
    # The clock of a file system is coarse: it must show this change.
    os.utime(path, (1, 1))
    sources, _ = open_sources({"input": str(path)}, ONE)
    change(path)
    with pytest.raises(DataError) as caught:
        sources["input"].read(60_000, 70_000)
    message = f"{path}: the file {says} while it was read; run again when nothing writes to it"
    assert str(caught.value) == message


def test_a_read_error_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "x.csv", "1\n2\n")
    file = open_file(parse_spec(str(path)))

    def fail(*_: object) -> int:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "preadv", fail)
    with pytest.raises(DataError) as caught:
        file.head()
    assert "not readable: input/output error" in checked(str(caught.value))
