"""Compressed files: the numbers of the files inside, or one line; memory and disk are bounded."""

from __future__ import annotations

import bz2
import gc
import gzip
import io
import lzma
import os
import sys
import tarfile
import threading
import tracemalloc
import zlib
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from losscli.errors import DataError, LossError
from losscli.readers import lines, open_sources, spooled
from losscli.readers.compression import decoders
from losscli.readers.file import open_file
from losscli.readers.nested import json_lines
from losscli.readers.spec import parse_spec
from losscli.readers.tables import ahead, table
from losscli.readers.tables.ahead import PagesAhead
from tests.readers.opening import KINDS, ONE, checked, file_of, load, refusal, same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

VALUES = np.array([[1.5, -0.25], [3.0, 1e-3], [0.1, 7.0]])


def zst(data: bytes, **options: Any) -> bytes:
    """Compress with the package zstandard, where it is installed."""
    zstandard = pytest.importorskip("zstandard")
    packed: bytes = zstandard.ZstdCompressor(write_checksum=True, **options).compress(data)
    return packed


COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zst,
}
EACH = pytest.mark.parametrize("extension", COMPRESS)


def compressed(path: Path, extension: str) -> Path:
    """Compress a file; return the path of the new one."""
    new = path.with_name(f"{path.name}.{extension}")
    new.write_bytes(COMPRESS[extension](path.read_bytes()))
    return new


@EACH
def test_every_format_has_the_same_bits(extension: str, tmp_path: Path) -> None:
    for kind in KINDS:
        plain = file_of(tmp_path, kind, VALUES)
        expected = load(plain)
        path = compressed(plain, extension)
        assert same(load(path), expected), kind
        # The first bytes say that a file is compressed, whatever its name.
        misnamed = path.rename(tmp_path / f"odd.{kind}")
        assert same(load(misnamed), expected), kind
        unnamed = misnamed.rename(tmp_path / "odd")
        assert same(load(f"{kind}:{unnamed}"), expected), kind
        # A file that a browser decompressed keeps its name.
        assert same(load(plain.rename(path)), expected), kind


@EACH
def test_standard_input_and_pipes(
    extension: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = COMPRESS[extension](b"1,2\n3,4\n")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert load("-").tolist() == [[1, 2], [3, 4]]
    path = tmp_path / "x.csv"
    path.write_bytes(data)
    with path.open() as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        assert load("-").tolist() == [[1, 2], [3, 4]]
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    feed = threading.Thread(target=pipe.write_bytes, args=(data,))
    feed.start()
    assert load(pipe).tolist() == [[1, 2], [3, 4]]
    feed.join()


@EACH
def test_several_members_and_padding(extension: str, tmp_path: Path) -> None:
    path, compress = tmp_path / "x.csv", COMPRESS[extension]
    first, second, nothing = compress(b"1,2\n3,"), compress(b"4\n"), compress(b"")
    for data in (
        first + second,
        first + nothing + second + nothing,
        nothing + first + second,
        first + second + bytes(100_000),
        first + bytes(512) + second,
    ):
        path.write_bytes(data)
        assert load(path).tolist() == [[1, 2], [3, 4]]
    path.write_bytes(first + second + b"more")
    assert "other bytes follow the " in refusal(path)
    path.write_bytes(nothing)
    assert "the file is empty (0 bytes)" in refusal(path)


def test_zstd_frames_to_skip(tmp_path: Path) -> None:
    skip = b"\x53\x2a\x4d\x18\x04\0\0\0abcd"
    path = tmp_path / "x.csv"
    path.write_bytes(skip + zst(b"1,2\n") + skip + zst(b"3,4\n") + skip)
    assert load(path).tolist() == [[1, 2], [3, 4]]


def test_text_that_begins_like_a_compression(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"BZh,BZh9\n1,2\n")
    assert load(path).tolist() == [[1, 2]]


@EACH
def test_truncation_at_any_byte(extension: str, tmp_path: Path) -> None:
    whole = COMPRESS[extension]("".join(f"{n},{n * n}\n" for n in range(30)).encode())
    path = tmp_path / f"x.csv.{extension}"
    for size in range(FEWEST, len(whole)):
        path.write_bytes(whole[:size])
        message = refusal(path)
        assert message.startswith(f"{path}: the ")
        assert "data are truncated; copy or save the file again" in message


FEWEST = 10
"""With fewer bytes a bzip2 file is not recognized."""


@EACH
def test_damage_in_any_byte(extension: str, tmp_path: Path) -> None:
    whole = COMPRESS[extension](b"".join(b"%d\n" % (n * n) for n in range(1, 31)))
    path = tmp_path / f"x.csv.{extension}"
    path.write_bytes(whole)
    expected = load(path)
    for at in range(len(whole)):
        for bit in (1, 16, 128):
            data = bytearray(whole)
            data[at] ^= bit
            path.write_bytes(data)
            try:
                found = load(path)
            except LossError as error:
                message = checked(str(error))
            else:
                # A time or a name in the header may be any.
                assert same(found, expected)
                continue
            assert message.startswith(str(path))


def test_damage_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.csv.gz"
    data = bytearray(gzip.compress(b"1\n2\n3\n"))
    data[-6] ^= 1
    path.write_bytes(data)
    message = f"{path}: the gzip data are damaged (corrupt); copy or save the file again"
    assert refusal(path) == message


@EACH
def test_a_file_that_is_compressed_twice(extension: str, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("1\n")
    path = compressed(compressed(tmp_path / "x.csv", "gz"), extension)
    assert "compressed twice; decompress it once, e.g. " in refusal(path)


def test_a_missing_decoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.csv.zst"
    path.write_bytes(b"\x28\xb5\x2f\xfd" + bytes(20))
    for name in ("zstandard", "compression.zstd", "bz2"):
        monkeypatch.setitem(sys.modules, name, None)
    assert refusal(path) == f"{path}: a zstd file needs zstandard; run pip install 'losscli[zst]'"
    path = tmp_path / "x.csv.bz2"
    path.write_bytes(bz2.compress(b"1\n"))
    assert "needs bz2; decompress the file first, e.g. bzip2 -dc FILE > NEW" in refusal(path)


def test_the_decoder_of_python_3_14_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.csv.zst"
    path.write_bytes(zst(b"1,2\n") + zst(b"3,4\n"))
    standard = ModuleType("compression.zstd")
    standard.__dict__["ZstdDecompressor"] = decoders._Zstandard
    monkeypatch.setattr(decoders, "import_module", {"compression.zstd": standard}.__getitem__)
    with pytest.raises(KeyError, match="zstandard"):
        load(path)
    monkeypatch.undo()
    monkeypatch.setitem(sys.modules, "compression", ModuleType("compression"))
    monkeypatch.setitem(sys.modules, "compression.zstd", standard)
    assert load(path).tolist() == [[1, 2], [3, 4]]


def test_other_packers_are_named(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    with tarfile.open(tmp_path / "x.tar.gz", "w:gz") as archive:
        path.write_text("1,2\n")
        archive.add(path, "x.csv")
    assert "a tar archive; extract the file first, e.g. tar -xf FILE" in refusal(
        tmp_path / "x.tar.gz"
    )
    for start, says in (
        (b"\x1f\x9d", "a file of compress; run gzip -dc FILE > NEW"),
        (b"\x04\x22\x4d\x18", "an lz4 file; decompress it first"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive; extract the file first"),
        (b"Rar!\x1a\x07", "a RAR archive; extract the file first"),
    ):
        path.write_bytes(start + bytes(30))
        assert says in refusal(path)


def test_a_window_that_takes_too_much_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoders, "_MEMORY", 1 << 20)
    path = tmp_path / "x.csv.xz"
    path.write_bytes(lzma.compress(b"1\n"))
    assert "take too much memory to decompress; compress the file again" in refusal(path)


@EACH
def test_a_page_at_a_time(extension: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (table, json_lines):
        monkeypatch.setattr(module, "WHOLE", 0)
    monkeypatch.setattr(spooled, "IN_MEMORY", 10_000)
    monkeypatch.setattr(decoders, "_PIECE", 1000)
    for page in (1000, lines.PAGE):
        monkeypatch.setattr(lines, "PAGE", page)
        values = np.random.default_rng(0).random((3000, 2))
        for kind in ("csv", "jsonl", "npy", "npz"):
            path = compressed(file_of(tmp_path, kind, values), extension)
            source = open_sources({"input": str(path)}, ONE)[0]["input"]
            assert same(source.read(2900, 2990), values[2900:2990])
            assert same(source.read(0, 3000), values)


def test_threads_read_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoders, "_PIECE", 100)
    data = np.random.default_rng(0).bytes(60_000)
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(data))
    for limit in (1000, 1 << 20):
        monkeypatch.setattr(spooled, "IN_MEMORY", limit)
        file = open_file(parse_spec(str(path)))
        found: dict[int, bytes] = {}

        def read(start: int, file: Any = file, found: dict[int, bytes] = found) -> None:
            buffer = bytearray(6000)
            file.read_at(start, memoryview(buffer))
            found[start] = bytes(buffer)

        threads = [threading.Thread(target=read, args=(at,)) for at in range(0, 60_000, 6000)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert b"".join(found[at] for at in sorted(found)) == data


def repeated(path: Path, unit: bytes, times: int) -> Path:
    """Write a gzip file of a unit of text that is repeated very often."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, 31)
    with path.open("wb") as file:
        for _ in range(times):
            file.write(compressor.compress(unit))
        file.write(compressor.flush())
    return path


@pytest.fixture
def peak() -> Iterator[Callable[[], int]]:
    """Trace memory; yields a function that returns the peak."""
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()


def test_a_line_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, peak: Callable[[], int]
) -> None:
    monkeypatch.setattr(lines, "LONGEST", 1 << 21)
    monkeypatch.setattr(json_lines, "WHOLE", 1 << 20)
    for name in ("x.csv.gz", "x.tsv.gz", "x.jsonl.gz", "x.gz"):
        for unit in (b"1,2," * (1 << 18), bytes(1 << 20)):
            path = repeated(tmp_path / name, unit, 16)
            gc.collect()
            assert "line 1: the line is longer than 2 MB; write one row per line" in refusal(path)
    assert peak() < 10_000_000


def test_more_than_a_file_may_become(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, peak: Callable[[], int]
) -> None:
    monkeypatch.setattr(spooled, "ALWAYS", 1 << 20)
    monkeypatch.setattr(spooled, "IN_MEMORY", 1 << 18)
    path = repeated(tmp_path / "x.csv.gz", b"1,2\n" * (1 << 18), 40)
    message = refusal(path)
    assert "decompresses to more than 3 MB, unlike most files of numbers of its size" in message
    assert message.endswith("decompress the file first, e.g. gzip -dc FILE > NEW")
    assert peak() < 10_000_000


def test_what_is_read_as_a_whole_may_become_less(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, peak: Callable[[], int]
) -> None:
    monkeypatch.setattr(spooled, "ALWAYS_AT_ONCE", 1 << 21)
    for name in ("x.json.gz", "x.yaml.gz"):
        path = repeated(tmp_path / name, b"[1,2,\n" * (1 << 16), 10)
        tracemalloc.reset_peak()
        assert "decompresses to more than 2 MB, unlike most files" in refusal(path)
        assert peak() < 8_000_000


def test_an_array_is_compared_before_it_is_decompressed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, peak: Callable[[], int]
) -> None:
    """A header says how large the array is, which may be more than text could become."""
    monkeypatch.setattr(spooled, "ALWAYS", 1 << 20)
    monkeypatch.setattr(spooled, "IN_MEMORY", 1 << 18)
    path = compressed(file_of(tmp_path, "npy", np.zeros((1 << 18, 4))), "gz")
    tracemalloc.reset_peak()
    source = open_sources({"input": str(path)}, ONE)[0]["input"]
    assert source.shape == (1 << 18, 4)
    assert source.read(5, 7).tolist() == [[0] * 4] * 2
    assert peak() < 2_000_000
    data = gzip.decompress(path.read_bytes())
    path.write_bytes(gzip.compress(data + bytes(1 << 23)))
    assert "8388608 bytes of numbers, found extra data (a second array" in refusal(path)
    path.write_bytes(gzip.compress(data[:-1]))
    assert "expected 8388608 bytes of numbers, found 8388607; copy" in refusal(path)
    path.write_bytes(gzip.compress(data)[:-1])
    assert "the gzip data are truncated" in refusal(path)
    monkeypatch.setattr(os, "statvfs", lambda _: NoRoom)
    assert "a copy of 8 MB takes most of the free room in " in refusal(path)


class NoRoom:
    """A disk that is almost full."""

    f_bavail = 1
    f_frsize = 500


@EACH
def test_a_bomb_takes_little_memory(
    extension: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, peak: Callable[[], int]
) -> None:
    monkeypatch.setattr(spooled, "ALWAYS", 1 << 20)
    monkeypatch.setattr(spooled, "IN_MEMORY", 1 << 18)
    path = tmp_path / "x.csv"
    path.write_bytes(COMPRESS[extension](b"0\n" * (1 << 22)))
    tracemalloc.reset_peak()
    assert "decompresses to more than" in refusal(path)
    # A decoder of xz has 8 MB of its own; zstandard returns what 2 kB of data become.
    assert peak() < 20_000_000


def test_a_copy_leaves_some_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fstatvfs", lambda _: NoRoom)
    path = tmp_path / "x.csv.gz"
    path.write_bytes(gzip.compress(b"1\n" * 4000))
    assert load(path).size == 4000
    monkeypatch.setattr(spooled, "IN_MEMORY", 1000)
    message = refusal(path)
    assert "a copy of 0 MB takes most of the free room in " in message
    assert "set TMPDIR to a folder with room" in message


def test_a_failure_does_not_become_an_end(tmp_path: Path) -> None:
    path = tmp_path / "x.csv.gz"
    path.write_bytes(gzip.compress(b"1\n" * 400_000)[:-1])
    file = open_file(parse_spec(str(path)))
    for _ in range(2):
        with pytest.raises(DataError, match="truncated"):
            file.extent(sys.maxsize)
    assert file.lazy


def test_pages_are_parsed_while_a_table_is_decompressed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "WHOLE", 0)
    monkeypatch.setattr(lines, "PAGE", 1000)
    monkeypatch.setattr(PagesAhead, "close", lambda self: self._pool.shutdown())
    monkeypatch.setattr(ahead, "START", 1)
    values = np.random.default_rng(0).random((3000, 2))
    path = compressed(file_of(tmp_path, "csv", values), "gz")
    known: list[bool] = []

    def take(self: PagesAhead, page: int, width: int) -> Any:
        rows = original(self, page, width)
        known.append(rows is not None)
        return rows

    original = PagesAhead.take
    monkeypatch.setattr(PagesAhead, "take", take)
    for room in (ahead.ROOM, 10_000):
        monkeypatch.setattr(ahead, "ROOM", room)
        source = open_sources({"input": str(path)}, ONE)[0]["input"]
        known.clear()
        assert same(source.read(0, 3000), values)
        assert known[1]
        assert all(known[1:-1]) == (room > 10_000)
    assert same(source.read(0, 3000), values)


def test_pages_that_are_not_known_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "START", 1)
    pages = PagesAhead(",")
    for page, text in enumerate((b"1,2\n", b"3,4\n", b"x,5\n", b"6,7\n")):
        pages.add(page, text)
    pages._pool.shutdown()
    assert pages.take(0, 2) is None  # Among the first bytes.
    rows = pages.take(1, 2)
    assert rows is not None
    assert rows.tolist() == [[3, 4]]
    assert pages.take(1, 2) is None  # Kept once.
    assert pages.take(2, 2) is None  # Not numbers.
    assert pages.take(3, 1) is None  # Of another width.
