"""NPY and NPZ: types, orders, damage, and memory that follows the file, not its claims."""

from __future__ import annotations

import gc
import io
import threading
import tracemalloc
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from losscli.readers import open_sources, pages, spooled
from losscli.readers.binary import stored as stored_arrays
from losscli.readers.binary.encodings import Encoding
from losscli.readers.binary.stored import StoredArray, StoredSource
from losscli.readers.file import open_file
from losscli.readers.source import AnyAxis
from losscli.readers.spec import parse_spec
from tests.each import for_each
from tests.readers.opening import ONE, load, refusal, same

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def npy(array: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


NUMERIC = ["?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8"]


@pytest.mark.parametrize("kind", NUMERIC)
@for_each("order", ["<", ">"])
@for_each("fortran", [False, True])
@for_each("shape", [(), (0,), (5,), (4, 3), (0, 3), (3, 0), (2, 3, 4)])
@for_each("compressed", [False, True])
def test_every_type_order_and_shape(
    kind: str, order: str, fortran: bool, shape: tuple[int, ...], compressed: bool, tmp_path: Path
) -> None:
    values = np.random.default_rng(0).integers(0, 100, shape)
    array = np.array(values, kind if kind == "?" else order + kind, order="F" if fortran else "C")
    path = tmp_path / ("x.npz" if compressed else "x.npy")
    if compressed:
        np.savez(path, array)
    else:
        np.save(path, array)
    native = array.astype(array.dtype.newbyteorder("="))
    assert same(load(path), native)
    if shape:
        source = open_sources({"input": str(path)}, ONE)[0]["input"]
        assert same(source.read(1, 3), native[1:3])
        assert source.place((1, 2)) == "row 2 column 3 (index [1, 2])"


def named(path: Path, stored: NDArray[Any], descr: str) -> Path:
    """Save an array under another name of its dtype, as ml_dtypes does."""
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        buffer, {"descr": descr, "fortran_order": False, "shape": stored.shape}
    )
    path.write_bytes(buffer.getvalue() + stored.tobytes())
    return path


@for_each("descr", ["|V2", "<V2", "V2", "bfloat16", "<bfloat16", ">V2"])
def test_bfloat16_is_the_upper_half_of_float32(descr: str, tmp_path: Path) -> None:
    wide = np.array([[1.5, -2.0, 0.0], [np.inf, np.nan, 3e38]], np.float32)
    half = (wide.view(np.uint32) >> 16).astype(np.uint16)
    path = named(tmp_path / "x.npy", half.astype(">u2") if descr == ">V2" else half, descr)
    expected = (half.astype(np.uint32) << 16).view(np.float32)
    assert same(load(path), expected)
    source = open_sources({"input": str(path)}, ONE)[0]["input"]
    assert "bfloat16" in source.notes[0]


def test_8_bit_floats_are_read_by_name(tmp_path: Path) -> None:
    codes = np.array([0x00, 0x01, 0x38, 0x7E, 0x7F, 0x80, 0xB8, 0xFF], np.uint8)
    known = {
        "float8_e4m3fn": [0, 2**-9, 1, 448, np.nan, -0.0, -1, np.nan],
        "float8_e5m2": [0, 2**-16, 0.5, np.nan, np.nan, -0.0, -0.5, np.nan],
        "<f1": [0, 2**-16, 0.5, np.nan, np.nan, -0.0, -0.5, np.nan],
        "float8_e4m3": [0, 2**-9, 1, np.nan, np.nan, -0.0, -1, np.nan],
        "float8_e3m4": [0, 2**-6, 1.5, np.nan, np.nan, -0.0, -1.5, np.nan],
        "float8_e5m2fnuz": [0, 2**-17, 0.25, 49152, 57344, np.nan, -0.25, -57344],
        "float8_e4m3fnuz": [0, 2**-10, 0.5, 224, 240, np.nan, -0.5, -240],
        "float8_e4m3b11fnuz": [0, 2**-13, 1 / 16, 28, 30, np.nan, -1 / 16, -30],
        "float8_e8m0fnu": [2.0 ** (code - 127) for code in codes[:-1].tolist()] + [np.nan],
    }
    for descr, values in known.items():
        array = load(named(tmp_path / "x.npy", codes, descr))
        assert array.dtype == np.float32
        assert np.array_equal(array, np.array(values, np.float32), equal_nan=True), descr
        assert np.signbit(array[5]) == (values[5] == 0 and descr != "float8_e8m0fnu")
    for descr in ("<V1", "|V1"):
        assert "float8_e4m3fn" in refusal(named(tmp_path / "x.npy", codes, descr))


@for_each("width", [12, 2000])
def test_arrays_with_gaps(width: int, tmp_path: Path) -> None:
    everything = np.random.default_rng(0).random((150, width, 6))
    path = tmp_path / "x"
    path.write_bytes(b"head" + everything.tobytes())
    views = (
        everything[:, 0, :],
        everything[1::2, -1],
        everything[:, 1:5:2, 1:3],
        everything[::3, :, 2].T,
        everything[:, :, 4:5].transpose(2, 0, 1),
        everything[3, 2],
        everything[3, 2, 1:2].reshape(()),
    )
    file = open_file(parse_spec(str(path)))
    for view in views:
        first = (view.__array_interface__["data"][0] - everything.ctypes.data) + 4
        strides = tuple(stride // 8 for stride in view.strides)
        array = StoredArray(view.shape, strides, Encoding(np.dtype("<f8")), first)
        source = StoredSource("x", array, file.read_at)
        assert same(source.read(0, 10**6), view)
        for axis, length in enumerate(view.shape):
            start, stop = length // 3, length // 2 + 1
            part = (slice(None),) * axis + (slice(start, stop),)
            assert same(source.read_along(axis, start, stop), view[part])


@pytest.mark.skipif(np.longdouble is np.float64, reason="long double is float64 here")
def test_long_doubles_become_float64_or_an_error(tmp_path: Path) -> None:
    array = np.array([1.5, np.nan, -np.inf], np.longdouble)
    np.save(tmp_path / "x.npy", array)
    assert same(load(tmp_path / "x.npy"), array.astype(np.float64))
    np.save(tmp_path / "x.npy", np.array([np.longdouble("1e400")]))
    if np.isfinite(np.longdouble("1e400")):
        assert "overflows float64" in refusal(tmp_path / "x.npy")


@pytest.mark.parametrize(
    "array",
    [
        np.array([1j]),
        np.array(["a"]),
        np.array([b"a"]),
        np.array(["2020-01-01"], "M8[D]"),
        np.array([1], "m8[s]"),
        np.array([(1, 2.0)], "i4,f8"),
        np.array([b"abc"], "V3"),
        np.array([{}]),
    ],
    ids=lambda array: str(array.dtype),
)
@pytest.mark.parametrize("compressed", [False, True])
def test_arrays_without_numbers_are_refused(
    array: NDArray[Any], compressed: bool, tmp_path: Path
) -> None:
    path = tmp_path / ("x.npz" if compressed else "x.npy")
    if compressed:
        np.savez(path, array)
    else:
        np.save(path, array)
    message = refusal(path)
    assert "dtype" in message
    assert "allow_pickle" not in message


def test_a_claim_is_checked_before_memory_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    data = npy(np.zeros((3, 3)))
    path.write_bytes(data.replace(b"(3, 3), }      ", b"(300000000, 3)}"))
    tracemalloc.start()
    assert "truncated" in refusal(path)
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


def test_rows_in_the_middle_cost_their_own_size(tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    np.save(path, np.ones((200_000, 10)))
    source = open_sources({"input": str(path)}, ONE)[0]["input"]
    tracemalloc.start()
    source.read(100_000, 100_100)
    assert tracemalloc.get_traced_memory()[1] < 100_000
    tracemalloc.stop()


@pytest.mark.parametrize("shape", [(7,), (7, 3), (4, 7, 3), (3, 2, 5, 2)])
@pytest.mark.parametrize("kind", ["<f4", ">f4", ">i8", "<f2", "?", "V2"])
@for_each("fortran", [False, True])
@for_each("window", [1, 50, stored_arrays.WINDOW])
def test_any_axis_is_read_in_windows(
    shape: tuple[int, ...],
    kind: str,
    fortran: bool,
    window: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stored_arrays, "WINDOW", window)
    stored = np.random.default_rng(0).integers(0, 2**15, shape).astype("u2").view("V2")
    if kind != "V2":
        stored = stored.view("u2").astype(kind)
    np.save(tmp_path / "x.npy", np.asfortranarray(stored) if fortran else stored)
    values = stored.astype(stored.dtype.newbyteorder("="))
    if kind == "V2":
        values = (stored.view("u2").astype(np.uint32) << 16).view(np.float32)
    source = open_sources({"input": str(tmp_path / "x.npy")}, ONE)[0]["input"]
    assert isinstance(source, AnyAxis)
    for axis, length in enumerate(shape):
        for start, stop in ((0, length), (1, 2), (1, length - 1), (length, length), (0, 99)):
            expected = values[(slice(None),) * axis + (slice(start, stop),)]
            assert same(source.read_along(axis, start, stop), expected)
    assert same(source.read(1, 3), values[1:3])


@pytest.mark.parametrize("fortran", [False, True])
@pytest.mark.parametrize("kind", [">f4", "V2", "f4"])
def test_columns_and_odd_types_cost_a_few_windows(
    fortran: bool, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_arrays, "WINDOW", 1 << 16)
    monkeypatch.setattr(pages, "ROOM", 1 << 18)
    array = np.ones((200_000, 10), np.uint32).astype(">f4")
    array = array.view("V2")[:, ::2] if kind == "V2" else array.astype(kind)
    np.save(
        tmp_path / "x.npy", np.asfortranarray(array) if fortran else np.ascontiguousarray(array)
    )
    source = open_sources({"input": str(tmp_path / "x.npy")}, ONE)[0]["input"]
    tracemalloc.start()
    for start in range(0, 200_000, 1000):
        source.read(start, start + 1000)
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("suffix", ["npy", "npz"])
@pytest.mark.parametrize("fortran", [False, True])
def test_threads_read_at_once(suffix: str, fortran: bool, tmp_path: Path) -> None:
    array = np.random.default_rng(0).normal(size=(1000, 50))
    array = np.asfortranarray(array) if fortran else array
    path = tmp_path / f"x.{suffix}"
    if suffix == "npz":
        np.savez_compressed(path, array)
    else:
        np.save(path, array)
    source = open_sources({"input": str(path)}, ONE)[0]["input"]
    parts: dict[int, NDArray[Any]] = {}

    def read(start: int) -> None:
        parts[start] = source.read(start, start + 100)

    threads = [threading.Thread(target=read, args=(start,)) for start in range(0, 1000, 100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert same(np.concatenate([parts[start] for start in sorted(parts)]), array)


class TestArchive:
    def test_the_shape_is_known_before_anything_is_inflated(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "x.npz"
        np.savez_compressed(path, np.zeros((100, 7)))
        source = open_sources({"input": str(path)}, ONE)[0]["input"]
        assert source.shape == (100, 7)
        tracemalloc.start()
        source.place((1, 1))
        assert tracemalloc.get_traced_memory()[1] < 2000
        tracemalloc.stop()

        def exhausted(*_: object, **__: object) -> None:
            raise MemoryError

        monkeypatch.setattr(np, "empty", exhausted)
        assert "do not fit in memory" in refusal(path)

    @pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
    @pytest.mark.parametrize("in_memory", [0, spooled.IN_MEMORY])
    def test_damage_in_the_numbers_is_detected(
        self, save: Any, in_memory: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(spooled, "IN_MEMORY", in_memory)
        path = tmp_path / "x.npz"
        save(path, np.random.default_rng(0).random(100))
        assert load(path).shape == (100,)
        data = bytearray(path.read_bytes())
        data[400] ^= 1
        path.write_bytes(data)
        assert "damaged" in refusal(path)

    @pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
    @pytest.mark.parametrize("fortran", [False, True])
    def test_blocks_of_a_large_member(
        self, save: Any, fortran: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(spooled, "IN_MEMORY", 0)
        monkeypatch.setattr(stored_arrays, "WINDOW", 1 << 16)
        monkeypatch.setattr(pages, "ROOM", 1 << 18)
        array = np.random.default_rng(0).random((100_000, 10))
        save(tmp_path / "x.npz", y=np.arange(3), x=np.asfortranarray(array) if fortran else array)
        source = open_sources({"input": f"{tmp_path / 'x.npz'}::x"}, ONE)[0]["input"]
        # The first read compares the checksum.
        assert same(source.read(99_990, 100_000), array[99_990:])
        tracemalloc.start()
        for start in range(0, 100_000, 1000):
            assert same(source.read(start, start + 1000), array[start : start + 1000])
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
        tracemalloc.stop()
        assert isinstance(source, AnyAxis)
        assert same(source.read_along(1, 3, 5), array[:, 3:5])

    def test_a_false_stored_size(self, tmp_path: Path) -> None:
        path = tmp_path / "x.npz"
        np.savez(path, np.zeros(100))
        data = path.read_bytes()
        size = (928).to_bytes(4, "little")
        at = data.rindex(size * 2)
        # The central directory claims fewer bytes than the array has, or more.
        path.write_bytes(data[:at] + (800).to_bytes(4, "little") + data[at + 4 :])
        assert "cannot hold" in refusal(path)
        path.write_bytes(data[:at] + (929).to_bytes(4, "little") + data[at + 4 :])
        assert "its bytes overlap other parts" in refusal(path)

    def test_a_size_that_compression_cannot_reach(self, tmp_path: Path) -> None:
        path = tmp_path / "x.npz"
        np.savez(path, np.zeros(3))
        data = path.read_bytes().replace(b"(3,), }       ", b"(99999999,), }")
        size = (152).to_bytes(4, "little")
        claim = (99999999 * 8 + 128).to_bytes(4, "little")
        at = data.rindex(size)
        path.write_bytes(data[:at] + claim + data[at + 4 :])
        assert "cannot hold" in refusal(path)

    def test_a_false_compressed_size_takes_no_memory(self, tmp_path: Path) -> None:
        path = tmp_path / "x.npz"
        np.savez_compressed(path, np.arange(3.0))
        with zipfile.ZipFile(path) as archive:
            size = archive.infolist()[0].compress_size.to_bytes(4, "little")
        data = path.read_bytes()
        at = data.rindex(size)
        path.write_bytes(data[:at] + (1 << 28).to_bytes(4, "little") + data[at + 4 :])
        tracemalloc.start()
        assert "its bytes overlap other parts" in refusal(path)
        assert tracemalloc.get_traced_memory()[1] < 1 << 24
        tracemalloc.stop()

    @pytest.mark.parametrize(
        "compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
    )
    def test_damage_under_any_compression(self, tmp_path: Path, compression: int) -> None:
        path = tmp_path / "x.npz"
        with zipfile.ZipFile(path, "w", compression) as archive:
            archive.writestr("x.npy", npy(np.arange(6.0)))
        assert load(path).size == 6
        data = bytearray(path.read_bytes())
        # The local header and the name take 35 bytes, the settings of LZMA 9.
        data[55] ^= 255
        path.write_bytes(data)
        assert "damaged" in refusal(path)

    def test_other_members_are_ignored(self, tmp_path: Path) -> None:
        path = tmp_path / "x.npz"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("notes.txt", "hello")
            archive.writestr("x.npy", npy(np.ones(2)))
        assert load(path).tolist() == [1, 1]
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("notes.txt", "hello")
        assert "'notes.txt' is not an array" in refusal(path)

    def test_an_empty_archive(self, tmp_path: Path) -> None:
        np.savez(tmp_path / "x.npz")
        assert "holds no array" in refusal(tmp_path / "x.npz")


def test_an_array_is_freed_with_its_source(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "x.npz", input=np.zeros((1000, 100)))
    gc.disable()
    tracemalloc.start()
    assert load(tmp_path / "x.npz").size == 100_000
    assert tracemalloc.get_traced_memory()[0] < 400_000
    tracemalloc.stop()
    gc.enable()
