"""Pickles: values of every protocol, nothing called, and memory in proportion to the file."""

from __future__ import annotations

import collections
import io
import os
import pickle
import sys
import time
import tracemalloc
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from losscli.errors import DataError
from losscli.readers import open_sources
from losscli.readers.document import ReadOptions
from tests.each import for_each
from tests.readers.opening import LABELS, ONE, ROLES, load, refusal, same, whole
from tests.readers.tensors import call, opcodes

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

ARRAYS = {
    **{kind: np.arange(12).reshape(3, 4).astype(kind) for kind in ("?", "u1", ">i2", "f2", ">f8")},
    "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "permuted": np.arange(24.0).reshape(2, 3, 4).transpose(1, 0, 2),
    "strided": np.arange(24.0).reshape(4, 6)[:, ::2],
    "scalar": np.array(3.5),
    "empty": np.zeros((0, 3)),
    "large": np.random.default_rng(0).random((100, 300)),
}


def written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "x.pkl"
    path.write_bytes(content)
    return path


def labels(tmp_path: Path, text: str, *classes: str) -> NDArray[Any]:
    """Return labels whose classes have these names."""
    np.save(tmp_path / "logits.npy", np.ones((3, len(classes))))
    given = {"input": str(tmp_path / "logits.npy"), "target": text}
    return whole(open_sources(given, ROLES, ReadOptions(classes=classes))[0]["target"])


@for_each("protocol", range(6))
def test_arrays_and_lists_of_every_protocol(protocol: int, tmp_path: Path) -> None:
    lists = {
        "ints": [1, -300, 70_000, -(2**40)],
        "rows": ((0.5, float("inf")), (float("-inf"), -0.0)),
        "bools": [True, False],
        "numpy": [np.float32(0.5), np.int8(-3)],
        "words": ["dog", "cat", "dog"],
        "exact": [2**60 + 1, 5],
        "same": [[0.5] * 10] * 1000,
        "nested": collections.OrderedDict(val={"logits": [1.5]}, **{"a.b": [2.5]}),
        "other": [None, b"x" * 70_000, {1, 2}, 2**900, collections.defaultdict(list, a=[1])],
        7: [7],
    }
    path = written(tmp_path, pickle.dumps({"arrays": ARRAYS, **lists}, protocol))
    for name, array in ARRAYS.items():
        native = array.astype(array.dtype.newbyteorder("="))
        assert same(load(f"{path}::arrays.{name}"), native)
    assert same(load(f"{path}::ints"), np.array(lists["ints"], float))
    assert same(load(f"{path}::rows"), np.array(lists["rows"]))
    assert same(load(f"{path}::bools"), np.array([True, False]))
    assert same(load(f"{path}::numpy"), np.array([0.5, -3]))
    assert same(load(f"{path}::exact", LABELS), np.array([2**60 + 1, 5]))
    assert load(f"{path}::same").shape == (1000, 10)
    assert load(f"{path}::nested.val.logits").tolist() == [1.5]
    assert load(f"{path}::nested.a.b").tolist() == [2.5]
    assert load(f"{path}::other.4.a").tolist() == [1]
    assert load(f"{path}::7").tolist() == [7]
    assert "'dog' is a word" in refusal(f"{path}::words", LABELS)
    assert labels(tmp_path, f"{path}::words", "cat", "dog").tolist() == [1, 0, 1]
    assert "a set, which has no order" in refusal(f"{path}::other.2")
    assert "an integer of" in refusal(f"{path}::other.3")
    path = written(tmp_path, pickle.dumps([[1.0, 2.0], [3.0, 4.0]], protocol))
    assert same(load(path), np.array([[1.0, 2.0], [3.0, 4.0]]))


def test_roles_are_found_by_name(tmp_path: Path) -> None:
    path = written(tmp_path, pickle.dumps({"logits": np.ones((2, 3)), "labels": [2, 0]}))
    sources, notes = open_sources({"input": str(path)}, ROLES)
    assert sources["target"].read(0, 2).tolist() == [2, 0]
    assert "'labels'" in notes[0]


def test_python_2_and_older_numpy(tmp_path: Path) -> None:
    dtype = (
        call("numpy.dtype", b"U\x02f4", b"K\x00", b"K\x01") + b"(K\x03U\x01<NNNJ\xff\xff\xff\xff"
    )
    dtype += b"J\xff\xff\xff\xffK\x00tb"
    head = call("numpy.core.multiarray._reconstruct", b"cnumpy\nndarray\n", b"K\x00\x85", b"U\x01b")
    data = np.array([1.5, -2], "<f4").tobytes()
    state = b"(K\x01K\x02\x85" + dtype + b"\x89U\x08" + data + b"tb"
    path = written(tmp_path, b"\x80\x02}U\x06logits" + head + state + b"s.")
    assert load(path).tolist() == [1.5, -2]
    assert load(written(tmp_path, b"(lp0\nI1\naF2.5\naL3L\na.")).tolist() == [1, 2.5, 3]
    path = written(tmp_path, b"(lp0\nS'dog'\naS'cat'\na.")
    assert labels(tmp_path, str(path), "cat", "dog").tolist() == [1, 0]


class _Runs:
    def __init__(self, function: Any, *args: Any) -> None:
        self.made = (function, args)

    def __reduce__(self) -> Any:
        return self.made


def test_nothing_is_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for protocol in range(6):
        evil = pickle.dumps({"x": np.ones(2), "y": _Runs(os.mkdir, "made")}, protocol)
        message = refusal(f"{written(tmp_path, evil)}::x")
        assert "would call" in message
        assert "mkdir, which is never done" in message
    calls = {
        b"\x80\x02cbuiltins\neval\n(X\x01\x00\x00\x001tR.": "builtins.eval",
        b"(S'made'\nios\nmkdir\n.": "os.mkdir",
        b"(cos\nmkdir\nS'made'\no.": "os.mkdir",
        b"\x80\x02cos\nmkdir\nU\x04made\x85\x81.": "os.mkdir",
        b"\x80\x04\x8c\x02os\x8c\x05mkdir\x93\x8c\x04made\x85}\x92.": "os.mkdir",
        b"ccopy_reg\n_reconstructor\n(cmy.code\nThing\nc__builtin__\nobject\nNtR.": "my.code.Thing",
        b"cno_such_module\nThing\n(tR.": "no_such_module.Thing",
    }
    for content, name in calls.items():
        assert f"would call {name}, which is never done" in refusal(written(tmp_path, content))
    assert "no_such_module" not in sys.modules
    assert "made" not in os.listdir(tmp_path)
    fixes = {
        "pandas.core.frame.DataFrame": "save the table with to_csv",
        "joblib.numpy_pickle.NumpyArrayWrapper": "numpy.save",
        "scipy.sparse._csr.csr_matrix": "matrix.toarray()",
        "torch.storage._load_from_bytes": "save tensors with torch.save, not with pickle",
    }
    for name, fix in fixes.items():
        content = b"\x80\x02" + call(name, opcodes("x")) + b"."
        assert fix in refusal(written(tmp_path, content))


def test_values_that_are_not_arrays_of_numbers(tmp_path: Path) -> None:
    def message(value: Any, role: Any = ONE) -> str:
        return refusal(written(tmp_path, pickle.dumps(value)), role)

    assert "row 2: a list of 1, expected 2" in message([[1, 2], [3]])
    assert "row 2: expected a list, found '3'" in message([[1, 2], 3])
    assert "row 1 column 2 (index [0, 1]): expected a number, found a list" in message([[1, [2]]])
    assert "row 2: expected a number, found None (a missing value)" in message([1, None])
    assert "row 2: 'x' is text, not a number" in message([1, "x"])
    with pytest.raises(DataError, match="row 1: 'bird' is not a class name"):
        labels(tmp_path, str(written(tmp_path, pickle.dumps(["bird"]))), "cat", "dog")
    assert "label 73786976294838206464 is out of range" in message([1, 2**66], LABELS)
    assert "the list is empty" in message([])
    assert "without any key" in message({})
    assert "found '3.5'" in message(3.5)
    assert "dtype '<U1' means strings" in message(np.array(["a"]))
    assert "Python objects" in message(np.array([1, None]))
    assert "has fields" in message(np.zeros(2, "i4,f8"))
    assert "a complex number" in message(1j)
    assert "found a list with the keys '0', '1'" in message([np.ones(2), np.ones(2)])
    assert "the key '1' appears twice" in message({1: [1], "1": [2]})
    assert "a key of a mapping is not text or a number" in message({((1,),): 1})
    two = pickle.dumps([1.0]) + pickle.dumps([2.0])
    assert "bytes after the first value (a second one?)" in refusal(written(tmp_path, two))
    assert "not a pickle, or truncated" in refusal(written(tmp_path, b"1,2\n3,4\n"))
    buffers: list[Any] = []
    outside = pickle.dumps(np.ones(3), 5, buffer_callback=buffers.append)
    assert "out-of-band" in refusal(written(tmp_path, outside))


def test_arrays_stay_in_the_file(tmp_path: Path) -> None:
    array = np.ones((200_000, 10))
    for protocol in (3, 4, 5):
        path = written(tmp_path, pickle.dumps({"y": [1, 2], "x": array}, protocol))
        tracemalloc.start()
        source = open_sources({"input": f"{path}::x"}, ONE)[0]["input"]
        assert same(source.read(100_000, 100_100), array[:100])
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
        tracemalloc.stop()


def test_hostile_pickles_end_soon(tmp_path: Path) -> None:
    cycle: list[Any] = []
    cycle.append(cycle)
    bomb: Any = [0.0]
    for _ in range(30):
        bomb = [bomb] * 10
    deep = b"\x80\x02" + b"(" * 50_000 + b"t" * 50_000 + b"."
    big = (2**31 - 1).to_bytes(4, "little")
    known = {
        pickle.dumps(cycle): "contains itself",
        pickle.dumps(bomb): "the list repeats itself",
        b"\x80\x02" + b"]" * 50_000 + b"a" * 49_999 + b".": "nested deeper than 32",
        deep: "",
        b"\x80\x02}" + deep[2:-1] + b"NsN.": "",
        b"\x80\x02" + b"N" + b"2" * 50_000 + b".": "values are left over",
        b"\x80\x02\x8b" + big + b"\0.": "truncated",
        b"\x80\x02X" + big + b"\0.": "truncated",
        b"\x80\x04\x8e" + b"\xff" * 7 + b"\x7f.": "truncated",
        b"\x80\x02\x8a\xff" + b"\x01" * 255 + b".": "an integer of 255 bytes",
        b"L" + b"9" * 50_000 + b"L\n.": "an integer of 50000 digits",
        b"\x80\x02]r\xff\xff\xff\xff.": "the list is empty",
        b"\x80\x02h\x05.": "opcodes contradict",
        b"\x80\x07N.": "protocol 7 is unknown",
        b"\x80\x02N(.": "values are left over",
        b"\x80\x02\xff.": "not an opcode",
        b"\x80\x02" + opcodes({"x": 1})[:-1] + b"(NNNu.": "",
        b"\x80\x02X\x01\x00\x00\x00aNa.": "opcodes contradict",
        b"Pname\n.": "refers to data outside",
    }
    ends_soon(tmp_path, known)
    whole = pickle.dumps({"x": np.arange(3.0), "y": [1, "a", (2.5, None)]})
    for size in range(1, len(whole)):
        refusal(written(tmp_path, whole[:size]))


def ends_soon(tmp_path: Path, known: dict[bytes, str]) -> None:
    """Check that pickles are refused in time and memory in proportion to their size."""
    for content, says in known.items():
        path = written(tmp_path, content)
        start = time.process_time()
        tracemalloc.start()
        assert says in refusal(path)
        assert tracemalloc.get_traced_memory()[1] < 100 * len(content) + 10_000_000
        tracemalloc.stop()
        assert time.process_time() - start < 3


def test_values_that_repeat_take_no_more_memory(tmp_path: Path) -> None:
    long, many = 10_000, 5000
    text = b"X" + long.to_bytes(4, "little") + b"a" * long + b"q\x00"
    old = b"T" + long.to_bytes(4, "little") + b"a" * long + b"q\x00"
    pairs = b"](" + b"".join(opcodes([str(i), i]) for i in range(200)) + b"eq\x05"

    def again(start: bytes, each: bytes) -> bytes:
        return b"\x80\x02](" + start + each * many + b"e."

    codec = b"c_codecs\nencode\nq\x01"
    ordered = b"ccollections\nOrderedDict\nq\x01"
    lists = b"cbuiltins\nlist\nq\x01"
    kind = b"cnumpy.core.multiarray\nscalar\nq\x01"
    twice = b""
    for _ in range(40):
        # Each tuple holds the one before it twice, and the last two are equal only by their items.
        twice += b"q\x02h\x02\x86"
    twins = b")" + twice + b")" + twice + b"\x86"
    buffer = (b"U\x00", b"N", opcodes((0, 0)), b"U\x01K")
    ends_soon(
        tmp_path,
        {
            again(text + codec, b"h\x01h\x00\x85R"): "repeats itself too often",
            again(old, b"}h\x00Ns"): "repeats itself too often",
            again(text, b"}h\x00h\x00\x86Ns"): "repeats itself too often",
            again(text, b"h\x00h\x00\x93"): "contradict",
            again(pairs + ordered, b"h\x01h\x05\x85R"): "repeats itself too often",
            again(text + lists, b"h\x01h\x00\x85R"): "",
            again(text + kind, b"h\x01Nh\x00\x86R"): "",
            b"\x80\x02" + twins + b".": "",
            b"\x80\x02" + call("numpy.core.multiarray._reconstruct", twins) + b".": "contradict",
            b"\x80\x02" + call("numpy.core.numeric._frombuffer", *buffer, twins) + b".": "",
        },
    )


def test_arrays_whose_parts_do_not_fit(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    pickle.dump(np.arange(3.0), buffer, 5)
    whole = buffer.getvalue()
    three = b"K\x03\x85"
    assert whole.count(three) == 1
    assert "of shape (4,) and dtype float64 has 24 bytes" in refusal(
        written(tmp_path, whole.replace(three, b"K\x04\x85"))
    )
    assert "not a tuple" in refusal(written(tmp_path, whole.replace(three, b"N\x85\x85")))
    bare = b"\x80\x02" + call("numpy.core.multiarray._reconstruct", b"cnumpy\nndarray\n") + b"."
    assert "an array is not complete" in refusal(written(tmp_path, bare))
    kind = call("numpy.core.multiarray._reconstruct", b"cnumpy\nrecarray\n")
    assert "would call numpy.recarray" in refusal(written(tmp_path, b"\x80\x02" + kind + b"."))
