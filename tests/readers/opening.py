"""Open sources as cross entropy does, for all tests of the readers."""

from __future__ import annotations

import json
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from losscli.errors import LONGEST_LINE, LossError, for_command_line
from losscli.readers import ReadOptions, WantedRole, open_sources
from losscli.readers.formats import BY_NAME
from tests.readers.columnar import arrow, hdf5, workbook
from tests.readers.tensors import safetensors, tensor_of, torch_zip

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from losscli.readers.source import Source

ROLES = (
    WantedRole("input", ("input", "logits"), required=True),
    WantedRole("target", ("target", "labels"), required=True, labels=True),
    WantedRole("weight", ("weight",), required=False),
    WantedRole("sample-weight", ("sample-weight",), required=False),
)
ONE = (WantedRole("input", ("input", "logits"), required=True),)
LABELS = (WantedRole("target", ("target", "labels"), required=True, labels=True),)


def whole(source: Source) -> NDArray[Any]:
    """Read all rows."""
    array = source.read(0, source.shape[0] if source.shape else 0)
    assert array.shape == source.shape
    assert array.dtype == source.dtype or array.dtype.kind in "iu"
    return array


def load(text: str | Path, wanted: tuple[WantedRole, ...] = ONE, **options: Any) -> NDArray[Any]:
    """Return the array of the first wanted role."""
    sources, _ = open_sources({wanted[0].role: str(text)}, wanted, ReadOptions(**options))
    return whole(sources[wanted[0].role])


def refusal(text: str | Path, wanted: tuple[WantedRole, ...] = ONE, **options: Any) -> str:
    """Return the message of the error that opening and reading a source ends in."""
    with pytest.raises(LossError) as caught:
        load(text, wanted, **options)
    return checked(str(caught.value))


def checked(message: str) -> str:
    """Return a message, as it is typed, that is one printable line of a bearable length."""
    message = for_command_line(message)
    assert message.isprintable()
    assert len(message) <= LONGEST_LINE
    return message


def write(path: Path, text: str) -> Path:
    """Write a text file, newlines as they are."""
    path.write_bytes(text.encode())
    return path


def same(left: NDArray[Any], right: NDArray[Any]) -> bool:
    """Tell whether two arrays agree in type, shape and every bit."""
    return (
        left.dtype == right.dtype
        and left.shape == right.shape
        and np.ascontiguousarray(left).tobytes() == np.ascontiguousarray(right).tobytes()
    )


KINDS = tuple(name for name in BY_NAME if name != "kld")
"""Every format that can hold any numbers is tested; `file_of` writes it."""


def _delimited(array: NDArray[Any], delimiter: str) -> str:
    rows = array.tolist() if array.ndim == 2 else [[value] for value in array.tolist()]
    return "".join(delimiter.join(map(repr, row)) + "\n" for row in rows)


def _yaml(array: NDArray[Any]) -> str:
    rows = array.tolist()
    return "".join(f"- {str(row).replace('nan', '.nan').replace('inf', '.inf')}\n" for row in rows)


def file_of(path: Path, kind: str, array: NDArray[Any], name: str = "x") -> Path:
    """Write an array in a format to a file of that name in a folder."""
    path = path / f"{name}.{kind}"
    if kind == "npy":
        np.save(path, array)
    elif kind == "npz":
        np.savez_compressed(path, array)
    elif kind == "safetensors":
        path.write_bytes(safetensors({"x": array}))
    elif kind == "torch":
        path.write_bytes(torch_zip(tensor_of(array, "0"), {"0": array.tobytes("A")}))
    elif kind == "pickle":
        path.write_bytes(pickle.dumps(array))
    elif kind == "hdf5":
        path.write_bytes(hdf5({"x": array}))
    elif kind == "excel":
        rows = array.tolist() if array.ndim == 2 else [[value] for value in array.tolist()]
        path.write_bytes(workbook({"Sheet1": rows}))
    elif kind in ("parquet", "arrow"):
        columns = array.T if array.ndim == 2 else [array]
        path.write_bytes(arrow(kind, {str(at): column for at, column in enumerate(columns)}))
    elif kind == "jsonl":
        write(path, "".join(json.dumps(row) + "\n" for row in array.tolist()))
    else:
        text: dict[str, Callable[[], str]] = {
            "csv": lambda: _delimited(array, ","),
            "tsv": lambda: _delimited(array, "\t"),
            "yaml": lambda: _yaml(array),
            "json": lambda: json.dumps(array.tolist(), indent=1),
        }
        write(path, text[kind]())
    return path


def chat(*logprobs: float | str | None, **more: Any) -> dict[str, Any]:
    """Return a response of a language model with the log-probabilities of its tokens."""
    tokens = [{"token": "a", "logprob": one, "bytes": [97], "top_logprobs": []} for one in logprobs]
    choice = {"index": 0, "message": {"content": "a"}, "logprobs": {"content": tokens}}
    return {"id": "c", "choices": [choice], "usage": {"total_tokens": 3}, **more}
