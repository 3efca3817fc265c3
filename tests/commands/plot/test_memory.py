"""Pictures of files of any size take the same memory."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from losscli.engine import spooled
from losscli.engine.problem import grid
from tests.conftest import Loss

SIZES = 200_000, 800_000


def peak(loss: Loss, call: list[str]) -> int:
    """Return the most bytes that a call held at once."""
    tracemalloc.start()
    try:
        assert loss(*call).status == 0
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", ["hist", "calibration", "confusion", "scatter", "compare"])
def test_memory_does_not_grow(
    loss: Loss, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(spooled, "IN_MEMORY", 1 << 15)
    monkeypatch.setattr("losscli.engine.paired.losses.IN_MEMORY", 1 << 15)
    monkeypatch.setattr(grid, "BLOCK_BYTES", 1 << 18)
    monkeypatch.setattr(grid, "TILE_BYTES", 1 << 17)
    rng = np.random.default_rng(0)
    peaks = []
    for size in SIZES:
        for name in ("x", "x2"):
            np.save(tmp_path / f"{name}.npy", rng.normal(size=size))
        np.save(tmp_path / "y.npy", (rng.random(size) < 0.5).astype(float))
        call = ["plot", kind, "bce-logits", "-i", f"{tmp_path}/x.npy", "-t", f"{tmp_path}/y.npy"]
        call += ["-i", f"{tmp_path}/x2.npy"] if kind == "compare" else []
        peaks.append(peak(loss, [*call, "-j", "1", "-o", f"{tmp_path}/p.svg"]))
    assert peaks[1] < 1.3 * peaks[0], peaks
