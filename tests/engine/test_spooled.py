"""Numbers kept for the end of a run: the same in memory and in a file, figures included."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from losscli.engine import spooled as module
from losscli.engine.spooled import Spooled, quantiles_of
from losscli.errors import DataError
from losscli.numerics.elementary import quantiles
from tests.conftest import Loss

AT = (0.0, 0.001, 0.01, 0.5, 0.9, 0.999, 1.0)


@pytest.fixture
def few_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make ten numbers too many for the memory."""
    monkeypatch.setattr(module, "IN_MEMORY", 10)
    monkeypatch.setattr(module, "PIECE", 4)


def _added(values: Any, dtype: Any = np.float64) -> Spooled:
    kept = Spooled(dtype)
    for part in np.split(values, [0, 1, 3, 8, 20, len(values) - 1]):
        kept.add(part)
    return kept


@pytest.mark.usefixtures("few_in_memory")
@pytest.mark.parametrize("dtype", ["f8", "i8", "u1"])
@pytest.mark.parametrize("size", [5, 10, 11, 40])
def test_what_was_added_is_read_back(dtype: str, size: int) -> None:
    values = np.arange(size).astype(dtype)
    kept = Spooled(dtype)
    for part in np.array_split(values, 4):
        kept.add(part)
    assert kept.size == size
    assert kept.read(3, 5).tolist() == [3, 4]
    pieces = list(kept.pieces())
    assert [piece.size for piece in pieces[:-1]] == [4] * (len(pieces) - 1)
    assert np.array_equal(np.concatenate(pieces), values)
    assert pieces[0].dtype == np.dtype(dtype)


def test_nothing_was_added() -> None:
    assert list(Spooled().pieces()) == []
    assert all(map(math.isnan, quantiles_of(Spooled().pieces, AT)))


def _columns() -> Iterator[Any]:
    rng = np.random.default_rng(0)
    yield rng.normal(size=999)
    yield rng.lognormal(0, 20, 1000)
    yield np.zeros(100)
    yield np.where(np.arange(500) % 2, -0.0, 0.0)
    yield rng.integers(-3, 3, 800).astype(float)
    yield np.array([np.inf, -np.inf, 1e308, -1e308, 5e-324, -5e-324, 0.0] * 9)
    yield 1 + np.arange(300) * 2.0**-52
    yield np.array([1.0, np.nan] * 30)


@pytest.mark.usefixtures("few_in_memory")
@pytest.mark.parametrize("values", list(_columns()))
def test_quantiles_are_those_of_the_sorted_numbers(values: Any) -> None:
    kept = _added(values)
    with np.errstate(all="ignore"):
        assert np.array_equal(quantiles_of(kept.pieces, AT), quantiles(values, AT), equal_nan=True)


@pytest.mark.parametrize(
    "call",
    [
        ["ce", "-i", "x.npy", "-t", "y.npy", "--hist", "-f", "json"],
        ["ce", "-i", "x.npy", "-t", "y.npy", "--ci", "-f", "json"],
        ["entropy", "-i", "p.npy", "-t", "q.npy", "-f", "json"],
        ["entropy", "-i", "p.npy", "-t", "q.npy", "-f", "csv"],
        ["entropy", "-i", "p.npy", "-t", "q.npy"],
        ["entropy", "-i", "p.npy", "-q"],
        ["compare", "-i", "x.npy", "--reference", "r.npy", "-f", "json"],
        ["compare", "-i", "x.npy", "--reference", "r.npy", "-t", "y.npy", "-f", "json"],
        ["compare", "-i", "x.npy", "--reference", "r.npy", "-t", "y.npy", "-f", "csv"],
        ["compare", "-i", "x.npy", "--reference", "r.npy", "-t", "y.npy", "-q", "-o", "o.npy"],
    ],
)
def test_commands_say_the_same_of_few_and_of_many(
    call: list[str], loss: Loss, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(0, 3, (3000, 4))
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "r.npy", x + rng.normal(0, 0.1, x.shape))
    np.save(tmp_path / "y.npy", np.where(np.arange(3000) % 7, np.arange(3000) % 4, -100))
    for name, table in (("p.npy", np.exp(x)), ("q.npy", np.exp(-x))):
        np.save(tmp_path / name, table / table.sum(axis=1, keepdims=True))
    arguments = [tmp_path / word if word.endswith(".npy") else word for word in call]
    output = tmp_path / "o.npy"
    few = loss(*arguments), output.exists() and output.read_bytes()
    monkeypatch.setattr(module, "IN_MEMORY", 1000)
    many = loss(*arguments), output.exists() and output.read_bytes()
    assert few == many


@pytest.mark.usefixtures("few_in_memory")
def test_a_full_disk_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with open("/dev/full", "r+b", buffering=0) as full:
        monkeypatch.setattr(tempfile, "TemporaryFile", lambda: full)
        kept = Spooled()
        kept.add(np.zeros(10))
        with pytest.raises(DataError, match="no room for the output"):
            kept.add(np.zeros(1))


@pytest.mark.usefixtures("few_in_memory")
def test_no_folder_for_temporary_files_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: ["/nowhere"])
    with pytest.raises(DataError, match=r"temporary files: no room .* set TMPDIR"):
        Spooled().add(np.zeros(11))
