"""Parquet and Arrow files: columns by name, exact or refused with the row."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from losscli.errors import LossError
from losscli.readers import ReadOptions, WantedRole, open_sources
from losscli.readers.class_names import Words
from losscli.readers.columnar import table
from tests.readers.columnar import arrow
from tests.readers.opening import LABELS, ONE, ROLES, checked, load, refusal, same, whole

if TYPE_CHECKING:
    from pathlib import Path

KINDS = ("parquet", "arrow", "arrows")
WORDS = (WantedRole("groups", ("groups",), required=True, labels=True, words=Words()),)
LOGITS = np.random.default_rng(0).normal(size=(5, 2)).astype(np.float32)


def write(folder: Path, kind: str, columns: Any, rows: int = 2) -> Path:
    path = folder / f"x.{kind}"
    path.write_bytes(arrow(kind, columns, rows))
    return path


def test_columns_of_every_type_are_exact(tmp_path: Path) -> None:
    big = 2**60 + np.arange(5)
    tensor = pa.fixed_shape_tensor(pa.float32(), [2, 1], permutation=[1, 0])
    fixed = pa.FixedSizeListArray.from_arrays(pa.array(LOGITS.ravel()), 2)
    columns = {
        "half": (pa.array(LOGITS[:, 0].astype(np.float16)), LOGITS[:, 0].astype(np.float16)),
        "bool": (pa.array([True, False] * 2 + [True]), np.array([True, False] * 2 + [True])),
        "uint64": (pa.array(big, pa.uint64()), big.astype(np.uint64)),
        "price": (pa.array([Decimal("0.10")] * 5), np.full(5, 0.1)),
        "count": (pa.array([Decimal(2**60 + 1)] * 5), np.full(5, 2**60 + 1)),
        "coded": (pa.array([1.5, 2.5, 1.5, 2.5, 1.5]).dictionary_encode(), [1.5, 2.5] * 2 + [1.5]),
        "list": (pa.array(LOGITS.tolist(), pa.list_(pa.float32())), LOGITS),
        "large": (pa.array(LOGITS.tolist(), pa.large_list(pa.float32())), LOGITS),
        "fixed": (fixed, LOGITS),
        "nested": (pa.array([LOGITS.tolist()] * 5), np.stack([LOGITS.astype(float)] * 5)),
        "tensor": (pa.ExtensionArray.from_storage(tensor, fixed), LOGITS.reshape(5, 1, 2)),
        "struct": (pa.array([{"a": 0, "b": {"c": row}} for row in range(5)]), np.arange(5)),
    }
    for kind in KINDS:
        path = write(tmp_path, kind, {name: column for name, (column, _) in columns.items()})
        for name, (_, expected) in columns.items():
            found = load(f"{path}::{name}{'.b.c' * (name == 'struct')}")
            assert same(found, np.asarray(expected)), (kind, name)


def test_several_columns_are_one_table_and_no_integer_is_rounded(tmp_path: Path) -> None:
    count, big = np.arange(5), 2**60 + np.arange(5)
    columns = {"a": LOGITS[:, 0], "b": LOGITS[:, 1], "n": count, "big": big}
    for kind in KINDS:
        path = write(tmp_path, kind, columns)
        assert same(load(f"{path}::a-b"), LOGITS)
        assert load(f"{path}::n,a").tolist() == [[n, float(a)] for n, a in enumerate(LOGITS[:, 0])]
        assert same(load(f"{path}::n,big"), np.stack([count, big], 1))
        assert "row 1 column 'big': 1152921504606846976 is not exact" in refusal(f"{path}::a,big")


def test_roles_and_class_names(tmp_path: Path) -> None:
    words = ["dog", "cat", "dog", "dog", "cat"]
    for kind, coded in ((kind, coded) for kind in KINDS for coded in (False, True)):
        labels = pa.array(words).dictionary_encode() if coded else pa.array(words)
        path = write(
            tmp_path, kind, {"cat": LOGITS[:, 0], "dog": LOGITS[:, 1], "label": labels, "id": words}
        )
        sources, _ = open_sources({"input": f"{path}::cat-dog", "target": f"{path}::label"}, ROLES)
        assert sources["input"].names == ("cat", "dog")
        assert whole(sources["target"]).tolist() == [1, 0, 1, 1, 0]
        assert "'dog' is a word, but" in refusal(f"{path}::label", LABELS)
        assert "column 'label' holds text, not numbers; choose columns of numbers" in (
            refusal(f"{path}::label")
        )
        lists = write(tmp_path, kind, {"logits": LOGITS.tolist(), "labels": [0, 1, 0, 1, 1]})
        sources, notes = open_sources({"input": str(lists)}, ROLES)
        assert sources["input"].shape == (5, 2)
        assert whole(sources["target"]).tolist() == [0, 1, 0, 1, 1]
        assert any("'labels'" in note for note in notes)


def test_the_index_of_pandas_is_left_out(tmp_path: Path) -> None:
    path = write(
        tmp_path, "parquet", {"a": LOGITS[:, 0], "b": LOGITS[:, 1], "__index_level_0__": [4] * 5}
    )
    sources, _ = open_sources({"input": str(path)}, ONE)
    assert same(whole(sources["input"]), LOGITS)
    assert "'__index_level_0__' is left out: it is the index of pandas" in sources["input"].notes[0]
    other = tmp_path / "y.parquet"
    other.write_bytes(arrow("parquet", {"label": [0] * 5, "__index_level_0__": [4, 4, 4, 3, 4]}))
    with pytest.raises(LossError, match=r"in row 4 is '3', in .* '4'; use --by-id"):
        open_sources({"input": str(path), "target": str(other)}, ROLES)


def test_pages_are_the_same_in_any_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.random.default_rng(1).normal(size=(1000, 3))
    monkeypatch.setattr(table, "_PAGE", 17 * 24)
    columns = {"a": rows[:, 0], "b": rows[:, 1], "c": rows[:, 2]}
    for kind, group in ((kind, group) for kind in KINDS for group in (7, 100, 1000)):
        path = write(tmp_path, kind, columns, group)
        sources, _ = open_sources({"input": str(path)}, ONE)
        for start in (0, 990, 500, 517, 480, 0, 999, 340, 990):
            assert same(sources["input"].read(start, start + 40), rows[start : start + 40])


def test_many_columns_are_decoded_a_few_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = np.random.default_rng(2).normal(size=(50, 7))
    monkeypatch.setattr(table, "_AT_ONCE", 3 * 2 * 8 * 20)
    path = write(tmp_path, "parquet", {f"c{at}": rows[:, at] for at in range(7)}, 20)
    source = open_sources({"input": str(path)}, ONE)[0]["input"]
    assert type(source).__name__ == "WideSource"
    for start in (0, 30, 12, 45):
        assert same(source.read(start, start + 9), rows[start : start + 9])
    assert source.place((3, 6)) == "row 4 column 'c6'"
    assert source.names == tuple(f"c{at}" for at in range(7))


def test_what_is_not_a_number_is_refused(tmp_path: Path) -> None:
    lists = [[1.0, 2.0]] * 3
    columns: dict[str, tuple[Any, str]] = {
        "null": ([1.0, 2.0, 3.0, None, 5.0], "row 4 column 'null': null, a missing value (pandas"),
        "ragged": ([*lists, [1.0], [1.0, 2.0]], "row 4 column 'ragged': a list of length 1, exp"),
        "inner": ([*lists, [1.0, None], [1.0, 2.0]], "row 4 column 'inner': null"),
        "outer": ([*lists, None, [1.0, 2.0]], "row 4 column 'outer': null"),
        "digits": (["1", "2", "3", "4", "5"], "row 1 column 'digits': '1' is text, not a number"),
        "word": (["cat", "cat", None, "cat", "cat"], "row 3 column 'word': null"),
        "bytes": ([b"1"] * 5, "column 'bytes' holds 'binary', not numbers"),
        "time": (pa.array([0] * 5, pa.timestamp("us")), "holds 'timestamp[us]', not numbers"),
        "map": (pa.array([[("a", 1)]] * 5, pa.map_(pa.string(), pa.int8())), "'map<string, int8"),
        "records": ([[{"a": 1}]] * 5, "column 'records' holds"),
        "words": ([["a"]] * 5, "column 'words' holds"),
        "nothing": (pa.nulls(5), "column 'nothing' holds 'null', not numbers"),
        "wide": ([Decimal(2**70)] * 5, "out of range: expected a 64-bit integer"),
    }
    for kind in KINDS:
        path = write(
            tmp_path, kind, {name: pa.array(value) for name, (value, _) in columns.items()}
        )
        for name, (_, expected) in columns.items():
            message = refusal(f"{path}::{name}", WORDS)
            assert expected.replace('"', "'") in message.replace('"', "'"), (kind, name)
        assert "column 'ragged' holds lists; choose it alone" in refusal(f"{path}::null,ragged")


def test_odd_tables(tmp_path: Path) -> None:
    for kind in KINDS:
        twice = pa.table([[1.0], [2.0]], names=["a", "a"])
        path = write(tmp_path, kind, twice)
        assert "'a' appears twice; choose it by its index" in refusal(f"{path}::a")
        assert load(f"{path}::1").tolist() == [2]
        assert "the table has no rows" in refusal(write(tmp_path, kind, {"a": np.zeros(0)}))
        assert "the table has no columns" in refusal(write(tmp_path, kind, {}))
    path = tmp_path / "x.parquet"
    with pa.parquet.ParquetWriter(path, pa.schema([("a", pa.float64())])):
        pass
    assert "the table has no rows" in refusal(path)


def test_damaged_and_foreign_files(tmp_path: Path) -> None:
    columns = {"a": LOGITS[:, 0], "b": LOGITS[:, 1], "label": ["x", "y", "x", "x", "y"]}
    random = Random(0)
    for kind in KINDS:
        path = write(tmp_path, kind, columns)
        data = path.read_bytes()
        for size in range(4, len(data), 7):
            path.write_bytes(data[:size])
            # A stream may end after any batch.
            assert _ends(f"{path}::a-b") or kind == "arrows"
        for _ in range(300):
            changed = bytearray(data)
            for _ in range(random.choice((1, 3))):
                changed[random.randrange(4, len(changed))] = random.randrange(256)
            path.write_bytes(changed)
            _ends(f"{path}::a-b")
            _ends(f"{path}::label", WORDS)
    foreign = {
        "parquet": {b"PARE" + bytes(40): "is encrypted; save it without encryption"},
        "feather": {
            b"FEA1" + bytes(40): "Feather version 1 is not read; save it again with pandas"
        },
        "arrow": {b"PAR1" + bytes(40): "expected an Arrow file, found a Parquet file; rename it"},
    }
    for extension, files in foreign.items():
        for content, expected in files.items():
            path = tmp_path / f"y.{extension}"
            path.write_bytes(content)
            assert expected in refusal(path)


def _ends(source: str, wanted: tuple[WantedRole, ...] = ONE) -> str:
    """Return the message of the error that reading ends in, if it does."""
    try:
        load(source, wanted)
    except LossError as error:
        return checked(str(error))
    return ""


def test_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, "parquet", {"a": [1.0]})
    for name in [name for name in sys.modules if name.startswith("losscli.readers.columnar")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert "needs pyarrow; run pip install 'losscli[parquet]'" in refusal(path)


def test_no_other_file_imports_pyarrow(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("1,2\n")
    code = f"from tests.readers.opening import load; load({str(path)!r}); import sys; " + (
        "sys.exit(any(name in sys.modules for name in ('pyarrow', 'h5py', 'python_calamine')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_options_of_text_change_nothing(tmp_path: Path) -> None:
    path = write(tmp_path, "parquet", {"a": [1.0, 2.0]})
    options = ReadOptions(header=False, delimiter=";")
    assert (
        load(path).tolist()
        == whole(open_sources({"input": str(path)}, ONE, options)[0]["input"]).tolist()
    )
