"""Files to damage: good ones of every format, and the awkward ones of the corpus."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import pickle
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from losscli.readers.formats import BY_NAME
from tests.readers.columnar import arrow, hdf5, workbook
from tests.readers.opening import chat
from tests.readers.tensors import kld, safetensors, torch_dict

CORPUS = Path(__file__).parent.parent / "bad_inputs"
LARGEST = 20_000
"""Bytes of the largest file that is damaged: small files allow many tries."""

GOOD = 30
"""How much more often a good file is drawn than one of the corpus."""


class Seed(NamedTuple):
    """A file's bytes and the format that its name says."""

    format: str
    content: bytes


@cache
def seeds() -> dict[str, list[Seed]]:
    """Return the files to start from, by format."""
    found: dict[str, list[Seed]] = {name: [] for name in BY_NAME}
    for seed in _corpus():
        found[seed.format].append(seed)
    for seed in (*_texts(), *_arrays(), *_archives(), *_tensors(), *_arrow(), *_compressed()):
        # An awkward file is refused at its first fault: good files get further.
        found[seed.format] += [seed] * GOOD
    return found


def _texts() -> list[Seed]:
    rows = [[0.5, -1.25, 3.0], [1e-3, 2.0, -0.0], [7.0, 8.5, 1e10]]
    lines = [",".join(map(repr, row)) for row in rows]
    logits, labels = json.dumps(rows), "[0, 1, 2]"
    objects = [{"cat": 0.5, "dog": 1.5, "label": "dog"}, {"cat": 2, "dog": -1, "label": "cat"}]
    texts = {
        "csv": (
            "\n".join(lines) + "\n",
            "\r\n".join(lines),
            "cat,dog,ship,label\n1,2,3,dog\n4,5,6,cat\n7,8,9,ship\n",
            '"a","b,c"\n"1","2"\n3,"4"\n',
            "label\n0\n1\n2\n",
            "1;2;3\n4;5;6\n",
            "1 2 3\n4 5 6\n",
            "0\n1\n-100\n",
            ",0,1\n0,2.0,-1.0\n1,0.5,1.5\n",
            "0\n0.5\n0.25\n",
            "a;b\n1,5;-2,25\n0,5;3\n",
            'logits,label\n"[0.5, -1]",0\n"[2, 0.25]",1\n',
            "v\n[0.5 1.]\n[2.  3.]\n",
        ),
        "tsv": ("1\t2\t3\n4\t5\t6\n", "a\tb\n0.5\t-1\nnan\tinf\n"),
        "yaml": (
            f"input: {logits}\ntarget: {labels}\n",
            "- [1, 2]\n- [3, 4.5]\n",
            "input:\n  - - 1.0\n    - 2.0\n  - - .5\n    - -1e3\ntarget:\n  - 0\n  - 1\n",
            "a: &rows\n  - [1, 2]\ninput: *rows\ntarget: [1]\n",
            "- {id: 7, val: {cat: 1, dog: .5}, y: dog}\n- {id: 8, val: {cat: 0, dog: 2}, y: cat}\n",
            "target: [dog, 'cat']\ninput: [[1, 2], [3, 4]]\nclasses: [cat, dog]\n",
        ),
        "json": (
            json.dumps({"input": rows, "target": [0, 1, 2]}),
            logits,
            json.dumps(objects),
            json.dumps({"logits": rows, "labels": ["a", "b", "a"], "meta": {"note": "é"}}),
            "[1, 2.5, -3e-2]",
            json.dumps({"columns": ["cat", "dog"], "index": [0, 1], "data": [[1, 2], [3, 4.5]]}),
            json.dumps({"cat": {"0": 0.5, "1": 2}, "dog": {"0": 1, "1": "-inf"}}),
            json.dumps(chat(-0.5, -1, prompt_logprobs=[None, {"5": {"logprob": -2}}])),
        ),
        "jsonl": (
            "\n".join(json.dumps(row) for row in rows) + "\n",
            "\n".join(json.dumps(one) for one in objects) + "\n",
            json.dumps(chat(-0.5, -1)) + "\n" + json.dumps(chat(-0.25)) + "\n",
            '{"id": 7, "val": {"logits": [1, 2]}, "out": [{"x": [1]}]}\n' * 2,
            '{"input": [1, 2], "target": 0}\n{"input": [3, 4], "target": 1}\n',
        ),
    }
    return [Seed(name, text.encode()) for name, known in texts.items() for text in known]


def _npy(array: Any, version: tuple[int, int] | None = None) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asarray(array), version=version)
    return buffer.getvalue()


def _arrays() -> list[Seed]:
    numbers = np.linspace(-3, 3, 12)
    arrays = (
        numbers.reshape(4, 3),
        np.asfortranarray(numbers.reshape(4, 3)),
        numbers.reshape(2, 3, 2).astype(np.float32),
        numbers.astype(np.float16),
        numbers.astype(">f8"),
        np.arange(4),
        np.arange(3, dtype=np.uint8),
        np.array([True, False]),
        np.zeros((0, 3)),
        np.array(1.5),
    )
    files = [Seed("npy", _npy(array)) for array in arrays]
    return [*files, *(Seed("npy", _npy(arrays[0], (major, 0))) for major in (2, 3))]


def _archives() -> list[Seed]:
    found = []
    rows, labels = np.arange(6.0).reshape(2, 3), np.array([0, 2])
    for save in (np.savez, np.savez_compressed):
        for members in ({"input": rows, "target": labels}, {"arr_0": rows}):
            buffer = io.BytesIO()
            save(buffer, **members)
            found.append(Seed("npz", buffer.getvalue()))
    return found


def _tensors() -> list[Seed]:
    rows, labels = np.arange(6.0).reshape(2, 3), np.array([0, 2])
    arrays = {"input": rows, "target": labels}
    tensors = safetensors({**arrays, "val.head": rows.astype(np.float16)})
    pickles = [pickle.dumps(arrays, protocol) for protocol in range(6)]
    lists = {
        "input": rows.tolist(),
        "target": ["a", "b"],
        "val": [{"x": (1, 2)}, 2**70, np.int8(3)],
    }
    pickles += [pickle.dumps(lists, protocol) for protocol in range(6)]
    return [
        Seed("safetensors", tensors),
        Seed("torch", torch_dict(arrays)),
        Seed("torch", torch_dict({"input": np.asfortranarray(rows), "target": labels})),
        *(Seed("pickle", content) for content in pickles),
        Seed(
            "kld", kld(np.ones((2, 4)), np.full(2, 1e-4), -np.ones(2), np.arange(6).reshape(2, 3))
        ),
    ]


def _arrow() -> list[Seed]:
    columns = {
        "cat": np.arange(3.0),
        "dog": np.arange(3.0, dtype=np.float32),
        "logits": [[1.0, 2.0], [3.0, 4.5], [0.0, -1.0]],
        "label": ["cat", "dog", "cat"],
    }
    found = [Seed(kind, arrow(kind, columns)) for kind in ("parquet", "arrow")]
    rows = [["cat", "dog", "label"], [1.5, 2, "dog"], [3, -0.25, "cat"]]
    found.append(Seed("excel", workbook({"Sheet1": rows, "Notes": []})))
    numbers = np.arange(6.0).reshape(2, 3)
    found.append(Seed("hdf5", hdf5({"input": numbers, "target": [0, 2], "run/words": ["a", "b"]})))
    found.append(Seed("hdf5", hdf5({"logits": numbers}, chunks=(1, 2), compression="gzip")))
    found.append(Seed("hdf5", hdf5({"logits": numbers}, matlab=True)))
    return [*found, Seed("arrow", arrow("arrows", columns))]


def _compressed() -> list[Seed]:
    packers = (gzip.compress, bz2.compress, lzma.compress)
    files = [*_texts()[::4], *_arrays()[:1], *_archives()[:1]]
    return [Seed(one.format, pack(one.content)) for one in files for pack in packers]


def _corpus() -> list[Seed]:
    found = []
    for path in sorted(CORPUS.iterdir()):
        name = path.suffix.removeprefix(".")
        format_name = {"yml": "yaml"}.get(name, name)
        if format_name in BY_NAME and path.name != "index.json" and path.stat().st_size <= LARGEST:
            found.append(Seed(format_name, path.read_bytes()))
    return found
