"""NPZ archives as other programs write them, and as hostile ones would."""

from __future__ import annotations

import io
import struct
import sys
import tracemalloc
import zipfile
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest

from losscli.readers import spooled
from losscli.readers.binary import npz
from tests.readers.opening import load, refusal, same

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

VALUES = np.array([[0.5, -1.0], [2.0, 3.25]])
STORED, DEFLATED, BZIP2, LZMA, ZSTD = 0, 8, 12, 14, 93


def npy(array: NDArray[np.float64]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def archive(path: Path, members: dict[str, bytes], compression: int = STORED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return path


def by_hand(
    path: Path,
    name: bytes,
    data: bytes,
    *,
    method: int = STORED,
    flags: int = 0,
    size: int | None = None,
    checksum: int | None = None,
    times: int = 1,
) -> Path:
    """Write an archive of one member, whose compressed bytes and claims are given."""
    size = len(data) if size is None else size
    checksum = zlib.crc32(data) if checksum is None else checksum
    claims = struct.pack("<5H3I2H", 20, flags, method, 0, 33, checksum, len(data), size, 0, 0)
    claims = claims[:-4] + struct.pack("<2H", len(name), 0)
    local = b"PK\x03\x04" + claims + name + data
    entry = b"PK\x01\x02\x14\x00" + claims + bytes(14) + name
    directory = b"".join(entry.replace(b"?", b"%d" % n) for n in range(times))
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, times, times, len(directory), len(local), 0)
    path.write_bytes(local + directory + end)
    return path


def test_names(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    data, other = npy(VALUES), npy(VALUES + 1)
    # Other programs write no extension.
    archive(path, {"logits": data, "labels": other, "readme": b"hello", "empty": b""})
    assert same(load(f"{path}::logits"), VALUES)
    assert same(load(path), VALUES)
    assert "choose one of 'logits', 'labels'" in refusal(f"{path}::readme")
    # NumPy finds an array under both names.
    archive(path, {"val/logits.npy": data, "val/": b"", "layer.0.weight": other})
    assert same(load(f"{path}::val/logits"), VALUES)
    assert same(load(f"{path}::val/logits.npy"), VALUES)
    assert same(load(f"{path}::layer.0.weight"), VALUES + 1)
    # The Finder of macOS adds members of its own.
    archive(path, {"x.npy": data, "__MACOSX/._x.npy": b"\0\5\x16\7"})
    assert same(load(path), VALUES)
    archive(path, {"x.npy": data, "x": other})
    assert "'x' appears twice; save the archive again" in refusal(path)
    assert "'' is not an array" in refusal(by_hand(path, b"", b"hello"))
    archive(path, {"x.csv": b"1,2\n", "y.csv": b"1\n"})
    assert refusal(f"npz:{path}").endswith(
        "the archive holds no array: 'x.csv' is not an array; extract it first"
    )


def test_few_members_without_extension_are_examined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(npz, "_MOST_OTHERS", 3)
    path = archive(tmp_path / "x.npz", {**{str(n): b"" for n in range(3)}, "x": npy(VALUES)})
    assert "no array" in refusal(path)


def test_every_compression(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    zstandard = pytest.importorskip("zstandard")
    path, data = tmp_path / "x.npz", npy(VALUES)
    for method in (STORED, DEFLATED, BZIP2, LZMA):
        assert same(load(archive(path, {"x.npy": data}, method)), VALUES)
    compressed = zstandard.ZstdCompressor().compress(data)
    by_hand(path, b"x.npy", compressed, method=ZSTD, size=len(data), checksum=zlib.crc32(data))
    assert same(load(path), VALUES)
    for name in ("zstandard", "compression.zstd"):
        monkeypatch.setitem(sys.modules, name, None)
    assert refusal(path) == (
        f"{path}::x: compressed by zstd, which needs zstandard; run pip install 'losscli[zst]'"
    )
    by_hand(path, b"x.npy", data, method=9)
    assert "unknown compression (method 9); save it with numpy.savez_compressed" in refusal(path)


def test_sizes_of_64_bits(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    with zipfile.ZipFile(path, "w") as file, file.open("x.npy", "w", force_zip64=True) as member:
        member.write(npy(VALUES))
    assert same(load(path), VALUES)


def test_encrypted_archives(tmp_path: Path) -> None:
    for method in (DEFLATED, 99):
        path = by_hand(tmp_path / "x.npz", b"x.npy", b"secret", method=method, flags=1)
        assert refusal(path) == f"{path}::x: encrypted with a password; save it without one"
        by_hand(path, b"x.csv", b"secret", method=method, flags=1)
        assert refusal(path) == f"{path}: encrypted with a password; save it without one"


def test_bytes_that_members_share(tmp_path: Path) -> None:
    path = by_hand(tmp_path / "x.npz", b"?.npy", npy(VALUES), times=2)
    assert "::0: its bytes overlap other parts of the archive; save it again" in refusal(
        f"{path}::0"
    )


@pytest.mark.parametrize("method", [DEFLATED, BZIP2, LZMA])
def test_no_more_is_decompressed_than_is_claimed(
    method: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spooled, "IN_MEMORY", 1 << 18)
    whole = archive(tmp_path / "whole.npz", {"x.npy": npy(VALUES) + bytes(1 << 24)}, method)
    with zipfile.ZipFile(whole) as file:
        member = file.infolist()[0]
    start = 30 + len("x.npy")
    data = whole.read_bytes()[start : start + member.compress_size]
    path, flags = tmp_path / "x.npz", member.flag_bits
    size = len(npy(VALUES))
    by_hand(path, b"x.npy", data, method=method, flags=flags, size=size, checksum=0)
    tracemalloc.start()
    assert "the data are damaged (corrupt)" in refusal(path)
    # A decoder of LZMA has 8 MB of its own.
    assert tracemalloc.get_traced_memory()[1] < 12_000_000
    tracemalloc.stop()


def test_truncation_at_any_byte(tmp_path: Path) -> None:
    whole = archive(tmp_path / "whole.npz", {"x": npy(VALUES)}, DEFLATED).read_bytes()
    path = tmp_path / "x.npz"
    for size in range(4, len(whole)):
        path.write_bytes(whole[:size])
        assert "the ZIP archive is damaged or truncated" in refusal(path)
