"""Arrays in files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest


@pytest.fixture
def saved(tmp_path: Path) -> Any:
    """Write arrays to a file each and return their paths."""

    def save(**arrays: Any) -> dict[str, str]:
        for name, array in arrays.items():
            np.save(tmp_path / f"{name}.npy", array)
        return {name: str(tmp_path / f"{name}.npy") for name in arrays}

    return save
