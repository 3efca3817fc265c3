"""Files of some models in the working directory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.conftest import Loss


@pytest.fixture
def files(loss: Loss, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    """Make files of models in the working directory."""
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(21)
    x = random.normal(size=(40, 3)) * 2
    labels = random.integers(0, 3, 40)
    for name, noise in (("ref", 0.0), ("a", 0.2), ("b", 0.2), ("far", 3.0)):
        np.save(f"{name}.npy", x + random.normal(size=x.shape) * noise)
    np.save("y.npy", labels)
    np.save("p.npy", np.exp(x) / np.exp(x).sum(axis=1, keepdims=True))
    np.save("wide.npy", np.zeros((40, 4)))
    np.save("real.npy", x[:, 0])
    np.save("other.npy", x[:, 1])
