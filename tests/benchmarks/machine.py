"""The circumstances of a measurement: the processor, and the versions of all that is compared."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
LIBRARIES = {
    "torch": "PyTorch",
    "scikit-learn": "scikit-learn",
    "jax": "JAX",
    "optax": "Optax",
    "pandas": "pandas",
    "polars": "polars",
    "pyarrow": "pyarrow",
    "safetensors": "safetensors",
    "h5py": "h5py",
    "openpyxl": "openpyxl",
}
ASK = f"""
import json, platform
from importlib import metadata
found = {{"Python": platform.python_version()}}
for name in {("numpy", *LIBRARIES)}:
    try:
        found[name] = metadata.version(name)
    except metadata.PackageNotFoundError:
        pass
print(json.dumps(found))
"""


def versions(python: str) -> dict[str, str]:
    """Return the versions that an interpreter has of what is compared, by name."""
    asked = subprocess.run([python, "-c", ASK], check=True, capture_output=True, text=True)
    found: dict[str, str] = json.loads(asked.stdout)
    return found


def processor() -> str:
    """Return the model of the processor where the system names it, else its kind."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, "") or platform.processor() or platform.machine()


def head(other: dict[str, str]) -> str:
    """Return the lines above all tables; `other` is what the compared interpreter has."""
    own = f"losscli {metadata.version('losscli')}, NumPy {metadata.version('numpy')}"
    theirs = [f"{LIBRARIES.get(name, name)} {other[name]}" for name in LIBRARIES if name in other]
    missing = [said for name, said in LIBRARIES.items() if name not in other]
    lines = [
        f"{processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        f"{own}, Python {platform.python_version()}",
        f"against {', '.join(theirs) or 'nothing'}, Python {other['Python']}",
    ]
    if missing:
        lines.append(f"not there, so not compared: {', '.join(missing)} (--peers PYTHON)")
    return "\n".join(lines)


def with_project(command: list[str], python: str) -> None:
    """Run a module of the benchmarks with another interpreter; its failure is this one's."""
    sys.stdout.flush()
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": path}
    subprocess.run([python, "-m", *command], cwd=ROOT, env=environment, check=True)
