"""Files of every format: whole commands beside the library that people read such a file with.

The files are written by the interpreter that has the libraries. Its script computes the loss with
PyTorch, or only reads the file into NumPy arrays where the title says so. The second table reads
files of 4 GB; what a command takes is measured over an interpreter that has imported NumPy.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.commands import LOSS
from tests.benchmarks.measure import Command, cost, costs, marked

SLOWEST = 1.0
"""How long a command may take, as a fraction of the library's whole process."""
OVER = 300
"""Megabytes over the interpreter's own that a command may take."""


class Way(NamedTuple):
    """A format: how its files are written and read by the library of its users."""

    title: str
    needs: tuple[str, ...]
    """The modules that write and read it."""
    input: str
    target: str
    write: str
    """Python that writes `x` (rows, classes) and `y` (rows,), NumPy arrays."""
    read: str
    """Python that reads them into `x` and `y`, tensors where it needs PyTorch."""
    large: bool = False
    """Whether it is read in blocks, and tried with a large file of one array."""
    rows: int = 1_000_000


_DATA = "import numpy as np; r = np.random.default_rng(0); n = {rows}; c = {classes};"
_DATA += "x = np.resize(r.normal(0, 3, (min(n, 4096), c)).astype(np.float32), (n, c));"
_DATA += "y = r.integers(0, c, n); np.save('y.npy', y);"
_LOSS = "\nprint(torch.nn.functional.cross_entropy(x, y).item())"
_DONE = "\nopen('took', 'w').write(str(time.time() - start))"
_NAMES = "list('abcdefghij')"
_FRAME = f"import pandas as pd; d = pd.DataFrame(x, columns={_NAMES})"
_TAKE = f"x = torch.from_numpy(d[{_NAMES}].to_numpy(np.float32)); "
_START = "import numpy as np, torch; y = torch.from_numpy(np.load('y.npy')); "
_LIST = "pa.FixedSizeListArray.from_arrays(pa.array(x.reshape(-1)), c)"

WAYS = (
    Way(
        "NPY",
        ("torch",),
        "x.npy",
        "y.npy",
        "np.save('x.npy', x)",
        f"{_START}x = torch.from_numpy(np.load('x.npy'))",
        large=True,
    ),
    Way(
        "NPZ",
        ("torch",),
        "x.npz",
        "y.npy",
        "np.savez('x.npz', x=x)",
        f"{_START}x = torch.from_numpy(np.load('x.npz')['x'])",
        large=True,
    ),
    Way(
        "NPZ, compressed",
        ("torch",),
        "x.npz",
        "y.npy",
        "np.savez_compressed('x.npz', x=x)",
        f"{_START}x = torch.from_numpy(np.load('x.npz')['x'])",
    ),
    Way(
        "torch.save",
        ("torch",),
        "x.pt::x",
        "x.pt::y",
        "import torch; torch.save({'x': torch.from_numpy(x), 'y': torch.from_numpy(y)}, 'x.pt')",
        "import torch; d = torch.load('x.pt'); x, y = d['x'], d['y']",
        large=True,
    ),
    Way(
        "pickle",
        ("torch",),
        "x.pkl",
        "y.npy",
        "import pickle; pickle.dump(x, open('x.pkl', 'wb'))",
        f"{_START}import pickle; x = torch.from_numpy(pickle.load(open('x.pkl', 'rb')))",
    ),
    Way(
        "safetensors",
        ("torch", "safetensors"),
        "x.safetensors::x",
        "x.safetensors::y",
        "from safetensors.numpy import save_file; save_file({'x': x, 'y': y}, 'x.safetensors')",
        "from safetensors.torch import load_file; d = load_file('x.safetensors'); "
        "x, y = d['x'], d['y']",
        large=True,
    ),
    Way(
        "Parquet",
        ("torch", "pandas", "pyarrow.parquet"),
        "x.parquet::a-j",
        "x.parquet::y",
        f"{_FRAME}.assign(y=y); d.to_parquet('x.parquet')",
        "import numpy as np, pandas as pd, torch; d = pd.read_parquet('x.parquet'); "
        f"{_TAKE}y = torch.from_numpy(d['y'].to_numpy())",
    ),
    Way(
        "Parquet, lists",
        ("torch", "pyarrow.parquet"),
        "x.parquet::x",
        "y.npy",
        "import pyarrow as pa, pyarrow.parquet as pq; "
        f"pq.write_table(pa.table({{'x': {_LIST}}}), 'x.parquet', row_group_size=20000)",
        f"{_START}import pyarrow.parquet as pq; a = pq.read_table('x.parquet')['x']"
        ".combine_chunks(); x = torch.from_numpy(a.flatten().to_numpy().reshape(len(a), -1))",
        large=True,
    ),
    Way(
        "Feather",
        ("torch", "pandas", "pyarrow.feather"),
        "x.feather::a-j",
        "x.feather::y",
        f"{_FRAME}.assign(y=y); d.to_feather('x.feather')",
        "import numpy as np, pandas as pd, torch; d = pd.read_feather('x.feather'); "
        f"{_TAKE}y = torch.from_numpy(d['y'].to_numpy())",
    ),
    Way(
        "Arrow, lists",
        ("torch", "pyarrow"),
        "x.arrow::x",
        "y.npy",
        f"import pyarrow as pa; t = pa.table({{'x': {_LIST}}}); "
        "w = pa.ipc.new_file('x.arrow', t.schema); w.write_table(t, 10000); w.close()",
        f"{_START}import pyarrow as pa; a = pa.ipc.open_file('x.arrow').read_all()['x']"
        ".combine_chunks(); x = torch.from_numpy(a.flatten().to_numpy().reshape(len(a), -1))",
        large=True,
    ),
    Way(
        "Excel",
        ("torch", "pandas", "openpyxl"),
        "x.xlsx::a-j",
        "x.xlsx::y",
        f"{_FRAME}.assign(y=y); d.to_excel('x.xlsx', index=False)",
        "import numpy as np, pandas as pd, torch; d = pd.read_excel('x.xlsx'); "
        f"{_TAKE}y = torch.from_numpy(d['y'].to_numpy())",
        rows=20_000,
    ),
    Way(
        "HDF5",
        ("torch", "h5py"),
        "x.h5::x",
        "x.h5::y",
        "import h5py; f = h5py.File('x.h5', 'w'); f['x'] = x; f['y'] = y; f.close()",
        "import h5py, torch; f = h5py.File('x.h5'); x = torch.from_numpy(f['x'][:]); "
        "y = torch.from_numpy(f['y'][:])",
        large=True,
    ),
    Way(
        "CSV",
        ("torch", "pandas"),
        "x.csv::a-j",
        "x.csv::y",
        f"{_FRAME}.assign(y=y); d.to_csv('x.csv', index=False)",
        "import numpy as np, pandas as pd, torch; d = pd.read_csv('x.csv'); "
        f"{_TAKE}y = torch.from_numpy(d['y'].to_numpy())",
    ),
    Way(
        "CSV, only read by pyarrow",
        ("numpy", "pyarrow.csv"),
        "x.csv::a-j",
        "x.csv::y",
        f"import pyarrow as pa, pyarrow.csv; t = pa.table([*x.T, y], [*{_NAMES}, 'y']); "
        "pyarrow.csv.write_csv(t, 'x.csv')",
        "t = pyarrow.csv.read_csv('x.csv'); y = t['y'].to_numpy(); "
        f"x = numpy.column_stack([t[name].to_numpy() for name in {_NAMES}])",
    ),
    Way(
        "CSV, only read by polars",
        ("polars",),
        "x.csv::a-j",
        "x.csv::y",
        "import polars; d = polars.DataFrame(x, "
        f"schema={_NAMES}).with_columns(y=y); d.write_csv('x.csv')",
        f"d = polars.read_csv('x.csv'); y = d['y'].to_numpy(); x = d.select({_NAMES}).to_numpy()",
    ),
    Way(
        "CSV in gzip",
        ("torch", "pandas"),
        "x.csv.gz::a-j",
        "x.csv.gz::y",
        f"{_FRAME}.assign(y=y); d.to_csv('x.csv.gz', index=False)",
        "import numpy as np, pandas as pd, torch; d = pd.read_csv('x.csv.gz'); "
        f"{_TAKE}y = torch.from_numpy(d['y'].to_numpy())",
    ),
    Way(
        "JSON Lines",
        ("torch", "pandas"),
        "x.jsonl::a-j",
        "x.jsonl::y",
        f"{_FRAME}.assign(y=y); d.to_json('x.jsonl', orient='records', lines=True)",
        "import numpy as np, pandas as pd, torch; d = pd.read_json('x.jsonl', lines=True); "
        f"{_TAKE}y = torch.from_numpy(d['y'].to_numpy())",
        rows=200_000,
    ),
    Way(
        "20 shards of NPY",
        ("torch",),
        "part-*.npy",
        "y.npy",
        "[np.save(f'part-{i}.npy', p) for i, p in enumerate(np.array_split(x, 20))]",
        f"{_START}x = torch.from_numpy(np.concatenate([np.load(f'part-{{i}}.npy') "
        "for i in range(20)]))",
        large=True,
    ),
)


def tables(folder: Path, peers: str, has: dict[str, str], scale: float, runs: int) -> None:
    """Print both tables, of the formats whose libraries are there."""
    ways = [way for way in WAYS if {need.partition(".")[0] for need in way.needs} <= has.keys()]
    ratios = []
    print(
        f"\n{'reading and cross entropy, 1M x 10':<32}{'ours':>7}{'library':>9}{'ratio':>8}", end=""
    )
    print(f"{'library without its imports':>30}")
    for way in ways:
        rows = max(4, int(way.rows * scale))
        _write(folder, peers, way, rows, 10)
        script = f"import {', '.join(way.needs)}, time\nstart = time.time()\n{way.read}"
        script += f"{_LOSS if 'torch' in way.needs else ''}{_DONE}"
        theirs = [peers, "-W", "ignore", "-c", script]
        ours, other = costs([_ours(way), theirs], folder, runs)
        took = float((folder / "took").read_text())
        ratios.append(ours.seconds / other.seconds)
        ratio = marked(ratios[-1], SLOWEST)
        title = way.title + f" ({rows} rows)" * (way.rows < 1_000_000)
        figures = f"{ours.seconds:7.2f}{other.seconds:9.2f}{ratio:>9}{took:29.2f}"
        print(f"{title:<32}{figures}", flush=True)
        _clear(folder)
    if ratios:
        print(f"{'geometric mean':<32}{statistics.geometric_mean(ratios):24.2f}")
    rows = max(4, int(1_000_000 * scale))
    if shutil.disk_usage(folder).free < 3 * rows * 4000:
        print(f"\nlarge files: {12 * scale:.0f} GB are needed in {folder} (set TMPDIR)")
        return
    base = cost([sys.executable, "-c", "import numpy"], folder).megabytes
    print(f"\n{f'{rows} x 1000, float32':<38}{'seconds':>9}{'busy':>9}{'MB over':>9}")
    for way in ways:
        if way.large:
            _write(folder, peers, way, rows, 1000)
            found = cost(_ours(way), folder)
            over = marked(found.megabytes - base, OVER, 0)
            print(f"{way.title:<38}{found.seconds:9.2f}{found.busy:9.2f}{over:>10}", flush=True)
            _clear(folder)


def _ours(way: Way) -> Command:
    return [*LOSS, "ce", "-q", "-i", way.input, "-t", way.target]


def _write(folder: Path, peers: str, way: Way, rows: int, classes: int) -> None:
    data = _DATA.format(rows=rows, classes=classes)
    subprocess.run([peers, "-W", "ignore", "-c", data + "\n" + way.write], cwd=folder, check=True)


def _clear(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()
