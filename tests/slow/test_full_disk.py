"""Outputs on a disk that is full at any byte: of every kind of output every byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Loss
from tests.output.test_full_disk import CALLS, check_full_disk


@pytest.mark.parametrize("name", CALLS)
def test_every_byte(name: str, loss: Loss, tmp_path: Path) -> None:
    for old in (b"old", None):
        check_full_disk(loss, tmp_path / name, CALLS[name], old, 1)
