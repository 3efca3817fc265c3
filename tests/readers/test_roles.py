"""Several roles from one file, by name or by selector, and what is said when one is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from losscli.errors import LossError, UsageError
from losscli.readers import WantedRole, open_sources
from losscli.readers.file import open_file
from tests.readers.opening import ONE, ROLES, checked, load, whole, write

if TYPE_CHECKING:
    from pathlib import Path

    from losscli.readers.file import File
    from losscli.readers.spec import Spec

TEXTS = {
    "all.yaml": "logits: [[1, 2], [3, 4]]\nlabels: [1, 0]\nweight: [0.5, 2]\n",
    "all.json": '{"logits": [[1, 2], [3, 4]], "labels": [1, 0], "weight": [0.5, 2]}',
    "all.jsonl": '{"logits": [1, 2], "labels": 1, "weight": 0.5}\n'
    '{"logits": [3, 4], "labels": 0, "weight": 2}\n',
    "records.json": '[{"logits": [1, 2], "labels": 1, "weight": 0.5},\n'
    '{"weight": 2, "logits": [3, 4], "labels": 0}]',
}


def all_in_one(tmp_path: Path, name: str) -> Path:
    """Write a file that holds logits, labels and weight."""
    path = tmp_path / name
    if name == "all.npz":
        np.savez(path, logits=[[1.0, 2.0], [3.0, 4.0]], labels=[1, 0], weight=[0.5, 2])
        return path
    return write(path, TEXTS[name])


NAMES = (*TEXTS, "all.npz")


@pytest.mark.parametrize("name", NAMES)
def test_missing_roles_are_found_in_the_first_file(name: str, tmp_path: Path) -> None:
    path = all_in_one(tmp_path, name)
    sources, notes = open_sources({"input": str(path)}, ROLES)
    assert list(sources) == ["input", "target"]
    assert whole(sources["input"]).tolist() == [[1, 2], [3, 4]]
    assert whole(sources["target"]).tolist() == [1, 0]
    place = ", column 'labels'" if name in ("all.jsonl", "records.json") else " under 'labels'"
    assert notes == [f"target is read from {path}{place}"]


@pytest.mark.parametrize("name", NAMES)
def test_optional_roles_are_read_when_they_are_named(name: str, tmp_path: Path) -> None:
    path = all_in_one(tmp_path, name)
    sources, _ = open_sources({"input": str(path), "weight": "::weight"}, ROLES)
    assert whole(sources["weight"]).tolist() == [0.5, 2]
    assert sources["weight"].label == f"{path}::weight"
    sources, _ = open_sources({"input": str(path), "weight": str(path)}, ROLES)
    assert whole(sources["weight"]).tolist() == [0.5, 2]


@pytest.mark.parametrize("name", ["all.yaml", "all.npz", "x.csv"])
def test_one_file_is_opened_once(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def count(spec: Spec) -> File:
        opened.append(spec.path)
        return open_file(spec)

    monkeypatch.setattr("losscli.readers.roles.open_file", count)
    if name == "x.csv":
        path = write(tmp_path / name, "logits,labels\n1,0\n")
    else:
        path = all_in_one(tmp_path, name)
    (tmp_path / f"link-{name}").symlink_to(path)
    given = {"input": f"{path}::logits", "target": f"{tmp_path}/link-{name}::labels"}
    open_sources(given, ROLES)
    assert opened == [str(path)]


def test_a_dotted_path_looks_for_the_others_beside_it(tmp_path: Path) -> None:
    text = (
        "target: [9]\nval:\n  logits: [[1, 2]]\n  labels: [1]\nruns:\n- {input: [5], target: [6]}\n"
    )
    path = write(tmp_path / "x.yaml", text)
    sources, notes = open_sources({"input": f"{path}::val.logits"}, ROLES)
    assert whole(sources["target"]).tolist() == [1]
    assert sources["target"].label == f"{path}::val.labels"
    assert notes == [f"target is read from {path} under 'val.labels'"]
    sources, _ = open_sources({"input": f"{path}::runs.0.input"}, ROLES)
    assert whole(sources["target"]).tolist() == [6]


@pytest.mark.parametrize("name", ["one.npz", "one.yaml", "one.json"])
def test_a_lone_array_needs_no_key(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if name == "one.npz":
        np.savez(path, scores=[1.0, 2.0])
    else:
        write(path, '{"scores": [1.0, 2.0], "seed": 7}')
    assert load(path).tolist() == [1, 2]


def refuse(given: dict[str, str], wanted: tuple[WantedRole, ...] = ROLES) -> str:
    with pytest.raises(LossError) as caught:
        open_sources(given, wanted)
    return checked(str(caught.value))


def test_a_lone_array_of_another_role_is_not_taken(tmp_path: Path) -> None:
    path = write(tmp_path / "x.yaml", "labels: [1, 0]\n")
    assert "expected a key input or logits, found a mapping with the keys" in refuse(
        {"input": str(path)}
    )


def test_several_arrays_need_a_key(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, a=[1.0], b=[2.0])
    message = refuse({"input": str(path)})
    assert "'a', 'b'" in message
    assert f"{path}::a" in message
    assert "no array 'c'" in refuse({"input": f"{path}::c"})


@pytest.mark.parametrize("name", ["x.csv", "x.npy", "x.json"])
def test_a_file_of_one_array_lacks_the_target(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if name == "x.npy":
        np.save(path, np.eye(2))
    else:
        write(path, "[[1, 2]]" if name == "x.json" else "1,2\n")
    with pytest.raises(UsageError, match="--target"):
        open_sources({"input": str(path)}, ROLES)


def test_messages_say_what_is_missing(tmp_path: Path) -> None:
    labels = write(tmp_path / "y.csv", "1\n")
    assert "--input" in refuse({"target": str(labels)})
    assert "--input" in refuse({})
    assert "--input" in refuse({"weight": "::w"})
    path = write(tmp_path / "x.yaml", "input: [[1]]\nTarget: [0]\n")
    message = refuse({"input": str(path)})
    assert "--target" in message
    assert "'input', 'Target'" in message


def test_an_npy_file_has_no_keys(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.eye(2))
    assert "holds one array" in refuse({"input": f"{tmp_path}/x.npy::a"}, ONE)


def test_memory_that_runs_out_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: object, **__: object) -> None:
        raise MemoryError

    path = write(tmp_path / "x.csv", "1\n")
    monkeypatch.setattr("losscli.readers.tables.table.read_head", exhausted)
    assert "do not fit in memory" in refuse({"input": str(path)}, ONE)
