"""Safetensors: every type and name, and a header whose claims are checked."""

from __future__ import annotations

import json
import tracemalloc
from typing import TYPE_CHECKING, Any

import numpy as np

from losscli.readers import open_sources
from tests.readers.opening import ROLES, load, refusal, same
from tests.readers.tensors import safetensors

if TYPE_CHECKING:
    from pathlib import Path

KINDS = ["?", "i1", "u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8"]
SHAPES: list[tuple[int, ...]] = [(), (0,), (5,), (4, 3), (0, 3), (2, 3, 4)]


def test_every_type_and_shape(tmp_path: Path) -> None:
    values = np.random.default_rng(0)
    tensors = {
        f"{kind}{shape}": np.asarray(values.integers(0, 100, shape)).astype(kind)
        for kind in KINDS
        for shape in SHAPES
    }
    path = tmp_path / "x.safetensors"
    path.write_bytes(safetensors(tensors))
    for name, array in tensors.items():
        assert same(load(f"{path}::{name}"), array)


def test_short_floats(tmp_path: Path) -> None:
    codes = np.array([0x38, 0xC0, 0x7F], np.uint8)
    half = np.array([0x3F80, 0xC000], np.uint16)
    path = tmp_path / "x.safetensors"
    path.write_bytes(
        safetensors(
            {"b": half, "e4m3": codes, "e5m2": codes, "e8m0": codes, "fnuz": codes, "c": codes},
            {"b": "BF16", "e4m3": "F8_E4M3", "e5m2": "F8_E5M2", "e8m0": "F8_E8M0"}
            | {"fnuz": "F8_E4M3FNUZ", "c": "F6_E2M3"},
        )
    )
    assert load(f"{path}::b").tolist() == [1, -2]
    assert load(f"{path}::e4m3")[:2].tolist() == [1, -2]
    assert load(f"{path}::e5m2")[:2].tolist() == [0.5, -2]
    assert load(f"{path}::e8m0")[2] == 1
    assert load(f"{path}::fnuz").tolist() == [0.5, -1, 240]
    assert "dtype 'F6_E2M3' is not read" in refusal(f"{path}::c")


def test_roles_are_found_by_name(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    logits, labels = np.ones((2, 3)), np.array([0, 2])
    path.write_bytes(safetensors({"logits": logits, "labels": labels, "val.head": logits + 1}))
    sources, notes = open_sources({"input": str(path)}, ROLES)
    assert same(sources["target"].read(0, 2), labels)
    assert "'labels'" in notes[0]
    assert same(load(f"{path}::val.head"), logits + 1)
    assert "choose one of 'logits', 'labels', 'val.head'" in refusal(f"{path}::val")
    assert "shorten it" in refusal(f"{path}::logits.0")


def test_rows_in_the_middle_cost_their_own_size(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(safetensors({"y": np.arange(9), "x": np.ones((200_000, 10))}))
    tracemalloc.start()
    source = open_sources({"input": f"{path}::x"}, ROLES[:1])[0]["input"]
    source.read(100_000, 100_100)
    assert tracemalloc.get_traced_memory()[1] < 500_000
    tracemalloc.stop()


def test_a_header_that_is_not_valid(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"

    def message(header: Any, data: bytes = bytes(16), size: int | None = None) -> str:
        text = header if isinstance(header, bytes) else json.dumps(header).encode()
        length = len(text) if size is None else size
        path.write_bytes(length.to_bytes(8, "little") + text + data)
        return refusal(path)

    def tensor(*span: Any, dtype: Any = "F64", shape: Any = (2,)) -> dict[str, Any]:
        return {"dtype": dtype, "shape": shape, "data_offsets": span}

    good = tensor(0, 16)
    assert "no tensor" in message({"__metadata__": {"format": "pt"}}, b"")
    assert "needs dtype, shape and data_offsets" in message({"x": {"dtype": "F64"}})
    assert "needs dtype, shape and data_offsets" in message({"x": [1]})
    assert "'x' overlaps another tensor" in message({"w": good, "x": tensor(8, 24)}, bytes(24))
    assert "'x' comes after a hole" in message({"x": tensor(8, 24)}, bytes(24))
    assert "'x' ends before it begins" in message({"x": tensor(0, -16, dtype="F4")})
    assert "has 8 bytes, but F64 of shape (2,) takes 16" in message({"x": tensor(0, 8)})
    assert "expected 16 bytes of numbers, found 24" in message({"x": good}, bytes(24))
    assert "truncated: expected 16 bytes of numbers, found 15" in message({"x": good}, bytes(15))
    assert "data_offsets of 'x'" in message({"x": tensor(0, 16.0)})
    assert "data_offsets of 'x'" in message({"x": tensor(0, True)})
    assert "data_offsets of 'x'" in message({"x": tensor(-(10**4299), 10**4299)})
    assert "shape '(-2,)' is negative" in message({"x": tensor(0, 16, shape=[-2])})
    assert "too large" in message({"x": tensor(0, 16, shape=[2**60])})
    assert "not a tuple of integers" in message({"x": tensor(0, 16, shape=None)})
    assert "the dtype of 'x' is" in message({"x": tensor(0, 16, dtype=["F64"])})
    text = json.dumps(good)
    assert "'x' appears twice" in message(f'{{"x": {text}, "x": {text}}}'.encode())
    assert "not valid JSON" in message(b'{"x": ')
    assert "not valid JSON" in message(b'{"x": "\xff"}')
    assert "not valid JSON" in message(b'{"x":' + b"[" * 100_000)
    assert "truncated: its header claims 9999 bytes" in message({"x": good}, size=9999)
    assert "more than the format allows" in message({"x": good}, size=200_000_000)
    assert "expected a safetensors file" in message(b" " + json.dumps({"x": good}).encode())
    whole = safetensors({"x": np.arange(4.0), "y": np.arange(2)})
    for size in range(1, len(whole)):
        path.write_bytes(whole[:size])
        assert "safetensors file" in refusal(f"{path}::x")
