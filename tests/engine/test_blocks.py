"""What is printed and written is the same whether a run has one block or many."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from losscli.contract.cases import Variant
from losscli.engine.problem import grid as layout
from losscli.output import encoders, spool
from losscli.readers import pages
from losscli.readers.binary import stored
from tests.conftest import Loss, is_silent_or_an_error
from tests.losses.cases import LOSSES, VARIANTS

FORMS = ("json", "jsonl", "csv", "tsv", "value", "table")


def variant_of(name: str) -> Variant:
    def is_usual(variant: Variant) -> bool:
        chosen = variant.choices.items()
        return all(o.default == value for key, value in chosen if (o := variant.loss.option(key)))

    return next(v for v in VARIANTS if v.loss.name == name and is_usual(v))


def call(name: str, folder: Path, axes: tuple[int, ...]) -> list[str | Path]:
    """Write drawn roles and return a call that reads them."""
    variant = variant_of(name)
    case = variant.draw(np.random.default_rng(91), axes)
    typed: list[str | Path] = [name]
    for role, values in case.roles.items():
        np.save(folder / f"{role}.npy", values)
        typed += [f"--{role.replace('_', '-')}", folder / f"{role}.npy"]
    return typed


def everything(loss: Loss, typed: list[Any], folder: Path) -> dict[str, str | bytes]:
    """Return all that a call prints and writes, in every format."""
    found: dict[str, str | bytes] = {}
    # A mean's value and table say all of its summary; the rest prints term by term.
    calls = [(form, "none") for form in FORMS] + [("json", "mean"), ("table", "mean")]
    for form, reduction in calls:
        ran = loss(*typed, "-f", form, "--grad", "-r", reduction)
        found[f"{form} {reduction}"] = ran.out
    folder.mkdir()
    for extension in ("csv", "jsonl", "npy"):
        ran = loss(*typed, "-q", "--grad", "-o", folder / f"terms.{extension}")
        assert ran.status in (0, 4), ran.err
    for extension in ("csv", "npy"):
        loss(*typed, "-q", "--grad-output", folder / f"grad.{extension}")
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.iterdir()}
    assert len(files) >= 5
    return {**found, **files}


@pytest.mark.parametrize("name", [entry.name for entry in LOSSES])
def test_blocks_and_waiting_text_change_no_byte(
    name: str, loss: Loss, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = call(name, tmp_path, (6, 2))
    # Tiles of one size: another may change the last digits of a sum.
    monkeypatch.setattr(layout, "TILE_BYTES", 300)
    whole = everything(loss, typed, tmp_path / "whole")
    monkeypatch.setattr(layout, "BLOCK_BYTES", 1)
    monkeypatch.setattr(spool, "IN_MEMORY", 10)
    cut = everything(loss, typed, tmp_path / "cut")
    assert cut.keys() == whole.keys()
    assert [key for key in cut if cut[key] != whole[key]] == []


@pytest.mark.parametrize("name", ["ce", "multi-margin", "ctc"])
@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("gathered", [1, 1 << 25])
def test_gradients_lie_as_the_file_does(
    name: str, axis: int, gathered: int, loss: Loss, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "TILE_BYTES", 300)
    monkeypatch.setattr(layout, "BLOCK_BYTES", 1)
    monkeypatch.setattr(encoders, "GATHERED", gathered)
    typed = call(name, tmp_path, (5, 3))
    plain = loss(*typed, "-q", "--grad-output", tmp_path / "plain.npy")
    usual = 2 if name == "ctc" else 1
    path = tmp_path / "input.npy"
    np.save(path, np.moveaxis(np.load(path), usual, axis))
    turned = loss(*typed, "-q", "--class-axis", str(axis), "--grad-output", tmp_path / "turned.npy")
    assert turned.out == plain.out
    expected = np.moveaxis(np.load(tmp_path / "plain.npy"), usual, axis)
    assert (np.load(tmp_path / "turned.npy") == expected).all()


def test_memory_where_samples_are_not_the_first_axis(
    loss: Loss, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "TILE_BYTES", 1 << 14)
    monkeypatch.setattr(layout, "BLOCK_BYTES", 1 << 18)
    monkeypatch.setattr(stored, "WINDOW", 1 << 14)
    monkeypatch.setattr(pages, "ROOM", 1 << 20)
    monkeypatch.setattr(encoders, "GATHERED", 1 << 20)
    np.save(tmp_path / "x.npy", np.zeros((4, 500_000)))
    np.save(tmp_path / "y.npy", np.zeros(500_000, np.int64))
    files = ("-i", tmp_path / "x.npy", "--class-axis", "0")
    written = tmp_path / "written.npy"
    for call in (
        ("ce", *files, "-t", tmp_path / "y.npy", "-q", "-j", "2", "--grad-output", written),
        ("softmax", *files, "-j", "2", "-o", written),
    ):
        tracemalloc.start()
        assert loss(*call).status == 0
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert np.load(written).shape == (4, 500_000)
        assert peak < written.stat().st_size


def test_nothing_is_printed_of_a_run_that_fails_in_its_last_row(
    loss: Loss, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "TILE_BYTES", 64)
    monkeypatch.setattr(layout, "BLOCK_BYTES", 1)
    np.save(tmp_path / "x.npy", np.zeros((50, 2)))
    np.save(tmp_path / "y.npy", np.array([0] * 49 + [7]))
    (tmp_path / "old.csv").write_text("kept")
    files = ("-i", tmp_path / "x.npy", "-t", tmp_path / "y.npy")
    for form in FORMS:
        ran = loss("ce", *files, "-f", form, "-o", tmp_path / "old.csv", "-r", "none")
        assert ran.status == 3
        assert is_silent_or_an_error(ran)
        assert "row 50" in ran.err
    assert (tmp_path / "old.csv").read_text() == "kept"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["old.csv", "x.npy", "y.npy"]
