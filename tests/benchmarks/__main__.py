"""All tables in one run: `python -m tests.benchmarks [TABLE ...] [--peers PYTHON]`.

The tables are startup, commands, kernels, metrics, streaming, formats and causes; all of them
unless some are named.
PYTHON is an interpreter that has the libraries to compare with, whichever of PyTorch, JAX with
Optax, scikit-learn, pandas, polars and pyarrow; by default the one that runs this. `--scale 0.01`
is a quick look at small data. A star marks figures beyond the limit that the project has set
itself.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.benchmarks import causes, commands, formats, streaming
from tests.benchmarks.kernel_rows import NAMES
from tests.benchmarks.machine import head, versions, with_project

TABLES = ("startup", "commands", "kernels", "metrics", "streaming", "formats", "causes")


def main() -> None:
    """Print the tables that are asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=", ".join(TABLES))
    parser.add_argument("--peers", metavar="PYTHON", default=sys.executable)
    parser.add_argument("--scale", type=float, default=1.0, help="a part of the data only")
    parser.add_argument("--runs", type=int, default=5, help="turns of each; of kernels always 7")
    parser.add_argument("--only", choices=NAMES, metavar="LOSS", help="of the kernels only this")
    given = parser.parse_args()
    if unknown := set(given.tables) - set(TABLES):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; tables: {', '.join(TABLES)}")
    wanted = given.tables or TABLES
    has = versions(given.peers)
    print(head(has))
    if given.scale != 1:
        print(f"{given.scale:g} of the data: the limits are those of all of it")
    scale, times = ["--scale", str(given.scale)], ["--times", str(given.runs)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if "startup" in wanted:
            commands.start_up(folder, given.runs)
        if "commands" in wanted:
            commands.whole(folder, given.runs, given.peers, has, given.scale)
        if "kernels" in wanted and ("torch" in has or "jax" in has):
            only = ["--only", given.only] if given.only else []
            with_project(["tests.benchmarks.kernels", *scale, *only], given.peers)
        if "metrics" in wanted and "scikit-learn" in has:
            with_project(["tests.benchmarks.metrics", *scale, *times], given.peers)
        if "streaming" in wanted:
            streaming.tables(folder, given.peers, has, given.scale)
        if "formats" in wanted:
            formats.tables(folder, given.peers, has, given.scale, given.runs)
        if "causes" in wanted:
            causes.tables(folder, given.scale, given.runs)


if __name__ == "__main__":
    main()
