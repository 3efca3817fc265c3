"""Packages as pip leaves them: a folder with their modules and what it says about them."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest

from losscli.losses.declare import plugins

BAKERY = Path(__file__).parent / "bakery"


def install(folder: Path, package: str, entry_points: str, **modules: str) -> None:
    """Put a package with these lines of entry points and these modules into a folder."""
    about = folder / f"{package}-0.1.dist-info"
    about.mkdir(parents=True)
    (about / "entry_points.txt").write_text(f"[console_scripts]\nx = y\n\n{entry_points}\n")
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 0.1\n")
    for name, code in modules.items():
        (folder / f"{name}.py").write_text(code)


def install_bakery(folder: Path) -> None:
    """Install the example."""
    project = tomllib.loads((BAKERY / "pyproject.toml").read_text())["project"]
    points = project["entry-points"]["losscli.losses"]
    lines = "\n".join(f"{name} = {module}" for name, module in points.items())
    code = (BAKERY / "loss_bakery.py").read_text()
    install(folder, "loss_bakery", f"[losscli.losses]\n{lines}", loss_bakery=code)


def use(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process find what is installed in a folder, as if it had just been started."""
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr(plugins, "_known", plugins._Known())
    for path in folder.glob("*.py"):
        sys.modules.pop(path.stem, None)
