"""The digits in a call, and what JSON says of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.conftest import ROOT, Loss

DIGITS = ROOT / "samples" / "digits"
TABLE = f"{DIGITS}/predictions.csv"
CALL = ("ce", "-i", f"{TABLE}::zero-nine", "-t", f"{TABLE}::label")
WEIGHT = ("--weight", "0.5,1,2,1,1,1,3,1,1,0.25")


def printed(loss: Loss, *arguments: str | Path) -> dict[str, Any]:
    """Return what JSON says."""
    ran = loss(*arguments, "-f", "json")
    assert ran.status == 0, ran
    found: dict[str, Any] = json.loads(ran.out)
    return found


def groups_file(tmp_path: Path, labels: list[Any]) -> Path:
    path = tmp_path / "groups.csv"
    path.write_text("\n".join(map(str, labels)) + "\n")
    return path
