"""Shards: files that are one array, in their natural order."""

from __future__ import annotations

import os
import resource
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from losscli.errors import DataError
from losscli.readers import ReadOptions, open_sources
from losscli.readers.shard_paths import gap_note
from tests.readers.opening import (
    KINDS,
    LABELS,
    ONE,
    ROLES,
    file_of,
    load,
    refusal,
    same,
    whole,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

    from losscli.readers.source import Source
    from tests.conftest import Loss

TABLE = np.arange(60.0).reshape(20, 3) / 8


def npy(folder: Path, parts: dict[str, Any]) -> str:
    """Write arrays to files of these names; return the pattern of all of them."""
    for name, rows in parts.items():
        np.save(folder / name, rows)
    return str(folder / "*.npy")


def opened(text: str, **options: Any) -> Source:
    return open_sources({"input": text}, ONE, ReadOptions(**options))[0]["input"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_format_has_the_bits_of_one_file(kind: str, tmp_path: Path) -> None:
    for number in range(12):
        file_of(tmp_path, kind, TABLE[number : number + 1 if number < 11 else 20], f"p-{number}")
    rows = load(tmp_path / f"p-*.{kind}")
    assert same(rows, load(file_of(tmp_path, kind, TABLE, "joined")))
    (tmp_path / f"joined.{kind}").unlink()
    assert same(load(tmp_path), rows)
    source = opened(str(tmp_path))
    for start, stop in ((0, 0), (3, 4), (9, 15), (11, 20), (18, 99), (20, 30)):
        assert same(source.read(start, stop), rows[start:stop])


def test_an_entry_is_named_by_its_shard(tmp_path: Path, loss: Loss) -> None:
    pattern = npy(tmp_path, {"p2": TABLE[:5], "p10": TABLE[5:]})
    source = opened(pattern)
    assert source.label == pattern
    assert source.locate((6, 1)) == f"{tmp_path / 'p10.npy'} row 2 column 2 (index [1, 1])"
    for number in (1, 2):
        write(tmp_path / f"t{number}.csv", "c\n0\n1\n" if number == 1 else "c\n0\nx\n")
    assert f"{tmp_path / 't2.csv'} line 3" in refusal(tmp_path / "t*.csv")
    np.save(tmp_path / "y.npy", np.array([0] * 10 + [7] * 10))
    ran = loss("ce", "-i", pattern.replace("*", "p*"), "-t", tmp_path / "y.npy")
    assert f"{tmp_path / 'y.npy'} row 11" in ran.err
    npy(tmp_path, {"q1": np.zeros(15, int), "q2": np.array([0, 1, 9, 0, 0])})
    ran = loss("ce", "-i", tmp_path / "p*.npy", "-t", tmp_path / "q*.npy")
    assert ran.err.startswith(f"loss: {tmp_path / 'q2.npy'} row 3: label 9")


def test_tables_share_roles_ids_and_classes(tmp_path: Path) -> None:
    write(tmp_path / "part-9.csv", "id,cat,dog,labels\n7,1,2,cat\n8,3,4,dog\n")
    write(tmp_path / "part-10.csv", "id,cat,dog,labels\n9,5,6,dog\n")
    write(tmp_path / "y.csv", "id,labels\n9,dog\n7,cat\n8,dog\n")
    folder = tmp_path / "part-*.csv"
    sources, notes = open_sources({"input": str(folder)}, ROLES)
    assert whole(sources["input"]).tolist() == [[1, 2], [3, 4], [5, 6]]
    assert whole(sources["target"]).tolist() == [0, 1, 1]
    assert any("read from" in note for note in notes)
    given = {"input": str(folder), "target": str(tmp_path / "y.csv")}
    sources, _ = open_sources(given, ROLES, ReadOptions(by_id="id"))
    assert whole(sources["target"]).tolist() == [0, 1, 1]
    assert sources["target"].place((0,)) == "line 3 column 2"
    with pytest.raises(DataError, match="--by-id none"):
        open_sources(given, ROLES)
    assert load(f"{folder}::dog").tolist() == [2, 4, 6]


def test_keys_and_selectors_apply_to_every_shard(tmp_path: Path) -> None:
    for number in (1, 2):
        np.savez(tmp_path / f"a{number}.npz", logits=TABLE[:number], labels=np.arange(number))
    sources, _ = open_sources({"input": str(tmp_path)}, ROLES)
    assert whole(sources["input"]).shape == (3, 3)
    assert whole(sources["target"]).tolist() == [0, 0, 1]
    np.savez(tmp_path / "a3.npz", logits=TABLE)
    assert "has 'logits', but" in refusal(tmp_path)
    for number in (1, 2):
        write(tmp_path / f"n{number}.json", '{"val": {"logits": [[1, 2]], "labels": [1]}}')
    sources, _ = open_sources({"input": f"{tmp_path / 'n*.json'}::val.logits"}, ROLES)
    assert whole(sources["target"]).tolist() == [1, 1]


def test_large_labels_stay_exact_across_shards(tmp_path: Path) -> None:
    write(tmp_path / "y1.csv", "1\n2\n")
    write(tmp_path / "y2.csv", f"3\n{2**60 + 1}\n")
    source = open_sources({"target": str(tmp_path / "y*.csv")}, LABELS)[0]["target"]
    labels = source.read(0, 4)
    assert labels.tolist() == [1, 2, 3, 2**60 + 1]
    write(tmp_path / "y3.csv", "0.5\n")
    assert opened(str(tmp_path / "y*.csv")).read(0, 5).dtype == np.float64


def test_shards_that_differ_are_refused_by_name(tmp_path: Path) -> None:
    good = TABLE[:2]
    cases = {
        "shape (2, 4), but": np.zeros((2, 4)),
        "shape (2,), but": np.zeros(2),
        "dtype float32, but": good.astype(np.float32),
        "a single number": np.float64(3),
    }
    for message, rows in cases.items():
        text = refusal(npy(tmp_path, {"a1": good, "a2": rows}))
        assert message in text
        assert "a2.npy" in text
    write(tmp_path / "b1.csv", "cat,dog\n1,2\n")
    for second, message in {
        "dog,cat\n1,2\n": "has 'dog' in column 1, but",
        "cat,dog,bird\n1,2,3\n": "has 3 columns, but",
        "1,2\n": "has no header, but",
    }.items():
        write(tmp_path / "b2.csv", second)
        text = refusal(tmp_path / "b*.csv")
        assert message in text
        assert "b1.csv" in text
    write(tmp_path / "b2.csv", "")
    assert f"{tmp_path / 'b2.csv'}: the file is empty" in refusal(tmp_path / "b*.csv")
    write(tmp_path / "c1.csv", "cat\n1\n")
    write(tmp_path / "c2.csv", "dog\n1\n")
    assert "has 'dog', but" in refusal(tmp_path / "c*.csv")
    write(tmp_path / "d1.csv", "1\n")
    np.save(tmp_path / "d2.npy", good)
    assert "the same format" in refusal(tmp_path / "d*")


def test_shards_without_rows(tmp_path: Path) -> None:
    empty = np.zeros((0, 3))
    pattern = npy(
        tmp_path, {"a0": empty, "a1": TABLE[:2], "a2": empty, "a3": TABLE[2:], "a4": empty}
    )
    assert same(load(pattern), TABLE)
    assert opened(pattern).locate((2, 0)).startswith(f"{tmp_path / 'a3.npy'} row 1")
    np.save(tmp_path / "a4.npy", np.zeros(0))
    assert "has shape (0,), but" in refusal(pattern)


def test_which_files_a_pattern_means(tmp_path: Path) -> None:
    np.save(tmp_path / "a[1]*.npy", TABLE[:1])
    np.save(tmp_path / "a1x.npy", TABLE)
    assert len(load(tmp_path / "a[1]*.npy")) == 1
    (tmp_path / "a[1]*.npy").unlink()
    assert len(load(tmp_path / "a[1]*.npy")) == 20
    assert "as a pattern it matches none" in refusal(tmp_path / "none-*.npy")
    for name in ("deep/1/x.npy", "deep/10/x.npy", "deep/9/x.npy"):
        (tmp_path / name).parent.mkdir(parents=True)
        np.save(tmp_path / name, np.array([float(name.split("/")[1])]))
    assert load(tmp_path / "deep/*/x.npy").tolist() == [1, 9, 10]
    assert load(tmp_path / "deep/**/*.npy").tolist() == [1, 9, 10]
    assert load(tmp_path / "deep/**").tolist() == [1, 9, 10]
    assert "deep/1 also matches the pattern" in refusal(tmp_path / "deep/1*")
    (tmp_path / "deep/9/y.npy").symlink_to(tmp_path / "gone.npy")
    assert "deep/9/y.npy: no such file" in refusal(tmp_path / "deep/*/*.npy")


def test_missing_shards(tmp_path: Path) -> None:
    one = np.zeros((1, 3))
    npy(tmp_path, {f"x-{n:05}-of-00004": one for n in range(4)})
    pattern = str(tmp_path / "x-?????-of-00004.npy")
    assert len(load(pattern)) == 4
    (tmp_path / "x-00002-of-00004.npy").unlink()
    for path in (pattern, tmp_path):
        assert "x-00002-of-00004.npy is missing (3 of 4 are there)" in refusal(path)
    (tmp_path / "x-00000-of-00004.npy").unlink()
    assert "x-00000-of-00004.npy is missing" in refusal(pattern)
    npy(tmp_path, {f"x-{n:05}-of-00004": one for n in (2, 4)})
    assert len(load(pattern)) == 4
    np.save(tmp_path / "x-00001-of-00005.npy", one)
    assert "not shards of one set" in refusal(tmp_path)
    assert gap_note(["a-1.npy", "a-2.npy", "a-4.npy"]) == (
        "a-2.npy is followed by a-4.npy; is a shard missing?"
    )
    assert gap_note(["a-1.npy", "a-2.npy", "a-3.npy"]) is None
    assert gap_note(["step-100.npy", "step-200.npy", "step-400.npy"]) is None


def test_what_a_folder_holds(tmp_path: Path) -> None:
    assert "holds no data" in refusal(tmp_path)
    npy(tmp_path, {"part-0": TABLE[:1], "part-1": TABLE[1:]})
    for name in ("_SUCCESS", ".part-0.npy.crc", "part-1.crc", ".DS_Store"):
        write(tmp_path / name, "x")
    (tmp_path / "_temporary").mkdir()
    assert same(load(f"{tmp_path}/"), TABLE)
    for name, message in {
        "part-2.npy.part": "unfinished copy",
        "readme.md": f"e.g. '{tmp_path}/*.npy'",
    }.items():
        write(tmp_path / name, "x")
        assert message in refusal(tmp_path)
        (tmp_path / name).unlink()
    (tmp_path / "more").mkdir()
    assert "such as more" in refusal(tmp_path)


def test_a_thousand_shards_with_few_open_files(tmp_path: Path) -> None:
    for number in range(1000):
        np.save(tmp_path / f"s{number}.npy", np.full((2, 2), float(number)))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")) + 40, hard))
    try:
        rows = load(tmp_path / "s*.npy")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert rows[:, 0].tolist() == [n // 2 for n in range(2000)]


def test_a_shard_that_changes_is_refused(tmp_path: Path) -> None:
    pattern = npy(tmp_path, {f"s{n:02}": TABLE for n in range(12)})
    source = opened(pattern)
    np.save(tmp_path / "s00.npy", TABLE + 1)
    with pytest.raises(DataError, match=r"s00\.npy: the file was written to while it was read"):
        source.read(0, 1)


def test_a_pattern_without_quotes(tmp_path: Path, loss: Loss) -> None:
    ran = loss("softmax", "-i", tmp_path / "p-1.npy", tmp_path / "p-2.npy", tmp_path / "p-3.npy")
    assert ran.status == 2
    assert "p-2.npy is one word too many" in ran.err
    assert "quote a pattern: '*.npy'" in ran.err


def test_a_shard_is_no_output(tmp_path: Path, loss: Loss) -> None:
    pattern = npy(tmp_path, {"x1": TABLE[:1], "x2": TABLE[1:]})
    np.save(tmp_path / "labels", np.zeros(20, int))
    before = (tmp_path / "x2.npy").read_bytes()
    ran = loss("softmax", "-i", pattern.replace("*", "x*"), "-o", tmp_path / "x2.npy")
    assert ran.status == 2
    assert (tmp_path / "x2.npy").read_bytes() == before
