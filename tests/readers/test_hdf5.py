"""HDF5 files: data sets by their paths, and nothing outside the file."""

from __future__ import annotations

import sys
from random import Random
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest

from losscli.errors import LossError
from losscli.readers import WantedRole, open_sources
from losscli.readers.class_names import Words
from losscli.readers.columnar import dataset
from tests.readers.columnar import hdf5
from tests.readers.opening import LABELS, ONE, ROLES, checked, load, refusal, same, whole

if TYPE_CHECKING:
    from pathlib import Path

LOGITS = np.random.default_rng(0).normal(size=(50, 3))
WORDS = (WantedRole("groups", ("groups",), required=True, labels=True, words=Words()),)


def write(folder: Path, sets: dict[str, Any], name: str = "x.h5", **options: Any) -> Path:
    path = folder / name
    path.write_bytes(hdf5(sets, **options))
    return path


def test_every_type_and_shape(tmp_path: Path) -> None:
    kinds = ["?", "i1", "u1", "<i2", ">i4", "<i8", "<u8", "<f2", ">f4", "<f8"]
    shapes: list[tuple[int, ...]] = [(), (0,), (5,), (4, 3), (2, 3, 4)]
    sets = {
        f"{number}/{shape}": np.asarray(
            np.arange(np.prod(shape, dtype=int)).reshape(shape) % 5
        ).astype(kind)
        for number, kind in enumerate(kinds)
        for shape in shapes
    }
    path = write(tmp_path, sets)
    for name, array in sets.items():
        assert same(load(f"{path}::{name}"), array.astype(array.dtype.newbyteorder("=")))


def test_chunks_filters_and_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset, "_PAGE", 200)
    for options in ({"compression": "gzip", "shuffle": True}, {"compression": "lzf"}, {}):
        for chunks in ((7, 2), (50, 1), (1, 3), None):
            if options and chunks is None:
                continue
            path = write(tmp_path, {"x": LOGITS}, chunks=chunks, **options)
            source = open_sources({"input": str(path)}, ONE)[0]["input"]
            for start in (0, 45, 13, 14, 0):
                assert same(source.read(start, start + 9), LOGITS[start : start + 9])


def test_roles_paths_and_class_names(tmp_path: Path) -> None:
    words = ["dog", "cat"] * 25
    sets = {"logits": LOGITS, "labels": np.arange(50) % 3, "val/logits": LOGITS + 1}
    path = write(tmp_path, {**sets, "val/labels": np.arange(50) % 2, "val/words": words})
    sources, notes = open_sources({"input": str(path)}, ROLES)
    assert same(whole(sources["input"]), LOGITS)
    assert "'labels'" in notes[0]
    beside, _ = open_sources({"input": f"{path}::val/logits"}, ROLES)
    assert same(whole(beside["target"]), np.arange(50) % 2)
    assert same(load(f"{path}::val.logits"), LOGITS + 1)
    named, _ = open_sources(
        {"input": f"{path}::val/logits", "groups": f"{path}::val/words"}, (*ONE, *WORDS)
    )
    assert whole(named["groups"]).tolist() == [Words.FIRST, Words.FIRST + 1] * 25
    assert "row 1: 'dog' is a word" in refusal(f"{path}::val/words", LABELS)
    assert "it holds text, not numbers" in refusal(f"{path}::val/words")
    assert "'val' is a group with the data sets 'labels', 'logits', 'words'" in (
        refusal(f"{path}::val")
    )
    assert "no data set 'nope'; choose one of 'labels', 'logits'" in refusal(f"{path}::nope")


def test_nothing_outside_the_file_is_opened(tmp_path: Path) -> None:
    other = write(tmp_path, {"x": LOGITS}, "other.h5")
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        file["near"] = LOGITS
        file["soft"] = h5py.SoftLink("/near")
        file["ext"] = h5py.ExternalLink(str(other), "/x")
        file["through"] = h5py.SoftLink("/ext/x")
        file["circle"] = h5py.SoftLink("/circle")
        file.create_dataset("stored", shape=(3,), dtype="f8", external=[("/etc/passwd", 0, 24)])
        layout = h5py.VirtualLayout(shape=(50, 3), dtype="f8")
        layout[:] = h5py.VirtualSource(str(other), "x", shape=(50, 3))
        file.create_virtual_dataset("virtual", layout)
        file["group/again"] = file["/"]
    assert same(load(f"{path}::soft"), LOGITS)
    for name in ("ext", "through", "circle"):
        assert "a link out of the file or a circle, which is not followed" in (
            refusal(f"{path}::{name}")
        )
    assert "its numbers are in other files, which are never opened" in refusal(f"{path}::stored")
    assert "in other data sets (virtual), which are never opened" in refusal(f"{path}::virtual")


def test_what_is_not_numbers_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        file["near"] = LOGITS
        file["compound"] = np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")])
        file["complex"] = np.array([1j])
        file["ref"] = np.array([file["near"].ref], dtype=h5py.ref_dtype)
        file.create_dataset("null", shape=None, dtype="f8")
        file.create_dataset("never", shape=(10**12,), chunks=(1000,), dtype="f8")
        part = file.create_dataset("part", shape=(100,), chunks=(10,), dtype="f8")
        part[:10] = 1
        kind = h5py.h5t.IEEE_F32LE.copy()
        kind.set_fields(15, 7, 8, 0, 7)
        kind.set_size(2)
        kind.set_ebias(127)
        space = h5py.h5s.create_simple((3,))
        short = h5py.h5d.create(file.id, b"short", kind, space)
        short.write(h5py.h5s.ALL, h5py.h5s.ALL, np.array([1, -2.5, 3], "f4"))
    for name, expected in {
        "compound": "it is a compound of the fields 'a', 'b'; save each field as a data set",
        "complex": "it holds 'complex128', not real numbers",
        "ref": "it holds references, not numbers",
        "null": "it is empty; save it again",
        "never": "it was never written; save it again",
    }.items():
        assert f"x.h5::{name}: {expected}" in refusal(f"{path}::{name}")
    sources, _ = open_sources({"input": f"{path}::part"}, ONE)
    assert "only 1 of 10 of its chunks were written" in sources["input"].notes[0]
    sources, _ = open_sources({"input": f"{path}::short"}, ONE)
    assert whole(sources["input"]).tolist() == [1, -2.5, 3]
    assert "are read as bfloat16" in sources["input"].notes[0]
    monkeypatch.setattr(dataset, "_FILTERS", set())
    packed = write(tmp_path, {"x": LOGITS}, compression="gzip")
    assert "it is compressed by 'deflate', which HDF5 needs a plug-in for" in refusal(packed)
    monkeypatch.undo()
    monkeypatch.setattr(dataset, "_LARGEST_CHUNK", 100)
    assert "its chunks have 1200 bytes, more than 100" in (
        refusal(write(tmp_path, {"x": LOGITS}, chunks=(50, 3)))
    )


def test_matlab(tmp_path: Path) -> None:
    sets = {
        "x": LOGITS.T,
        "y": np.zeros((1, 50)),
        "row": np.zeros((50, 1)),
        "c": np.ones((2, 1), "u2"),
    }
    path = write(tmp_path, {**sets, "flag": np.ones((1, 4), bool)}, "x.mat", matlab=True)
    sources, _ = open_sources({"input": f"{path}::x"}, ONE)
    assert same(whole(sources["input"]), LOGITS)
    assert same(sources["input"].read(3, 9), LOGITS[3:9])
    assert "axes as MATLAB shows them, shape (50, 3)" in sources["input"].notes[0]
    assert load(f"{path}::y").shape == load(f"{path}::row", LABELS).shape == (50,)
    assert load(f"{path}::row").shape == (1, 50)
    assert load(f"{path}::flag").dtype == bool
    assert "it holds text (char), not numbers" in refusal(f"{path}::c")
    old = tmp_path / "old.mat"
    old.write_bytes(b"MATLAB 5.0 MAT-file, Platform: GLNXA64".ljust(200))
    assert "version 5 is not read; save it with save(..., '-v7.3')" in refusal(old)


def test_damaged_files(tmp_path: Path) -> None:
    sets = {"logits": LOGITS[:5], "words": ["a", "b", "c"]}
    good = hdf5(sets)
    path = tmp_path / "x.h5"
    random = Random(0)
    for size in range(9, len(good), 211):
        path.write_bytes(good[:size])
        assert "x.h5" in refusal(f"{path}::logits")
    for _ in range(200):
        changed = bytearray(good)
        for _ in range(random.choice((1, 3))):
            changed[random.randrange(8, len(good))] = random.randrange(256)
        path.write_bytes(changed)
        for name, wanted in (("logits", ONE), ("words", WORDS)):
            try:
                load(f"{path}::{name}", wanted)
            except LossError as error:
                checked(str(error))


def test_a_heap_at_which_the_library_hangs_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, {"words": ["a", "b"]})
    data = bytearray(path.read_bytes())
    # The size of the first object.
    at = data.index(b"GCOL") + 24
    data[at : at + 8] = b"\xf0" + 7 * b"\xff"
    path.write_bytes(data)
    assert "the texts of the file are damaged; copy or save it again" in refusal(path, WORDS)


def test_without_h5py(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, {"x": LOGITS})
    for name in [name for name in sys.modules if name.startswith("losscli.readers.columnar")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "h5py", None)
    assert "needs h5py; run pip install 'losscli[hdf5]'" in refusal(path)
