"""The same numbers from any format and source, on any threads, in any blocks: the same bits."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from losscli import compute, read
from losscli.engine.problem import grid as layout
from losscli.numerics.arrays import Array
from tests.conftest import Loss
from tests.readers.opening import KINDS, file_of

N = 240
RNG = np.random.default_rng(61)


def wide(*shape: int) -> Array:
    """Draw numbers of all sizes that a text must spell out in full, ties and zeros among them."""
    drawn = RNG.normal(0, 1, shape) * 10 ** RNG.uniform(-8, 4, shape)
    return np.where(RNG.random(shape) < 0.1, -0.0, drawn)


LABELS = RNG.integers(0, 5, N).astype(float)
SIGNS = RNG.choice([-1.0, 1.0], N)
CASES: dict[str, dict[str, Array]] = {
    "ce": {"input": wide(N, 5), "target": LABELS, "weight": abs(wide(5))},
    "softmax-focal": {"input": wide(N, 5), "target": LABELS},
    "bce-logits": {"input": wide(N, 3), "target": RNG.random((N, 3))},
    "gaussian-nll": {"input": wide(N, 4), "target": wide(N, 4), "var": abs(wide(N, 4))},
    "multilabel-soft-margin": {"input": wide(N, 5), "target": RNG.integers(0, 2, (N, 5)) * 1.0},
    "triplet-margin": {role: wide(N, 6) for role in ("anchor", "positive", "negative")},
    "cosine-embedding": {"input1": wide(N, 6), "input2": wide(N, 6), "target": SIGNS},
}
RUNS = [("8", 5000), ("2", 1), ("3", 2000), ("8", 5000), ("1", 1 << 20)]
"""Threads and the bytes of a reading block; one of them twice."""


def outputs(loss: Loss, call: list[Any], folder: Path, stdin: bytes = b"") -> Iterator[bytes]:
    """Run a command and yield what it prints and writes: value, terms, gradients."""
    terms, gradient = folder / "terms.npy", folder / "grad.npy"
    ran = loss(*call, "-q", "--no-warn", "-o", terms, "--grad-output", gradient, stdin=stdin)
    assert (ran.status, ran.err) == (0, "")
    yield ran.out.encode()
    yield np.load(terms).tobytes()
    for path in sorted(folder.glob("grad*.npy")):
        yield np.load(path).tobytes()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", CASES)
def test_formats_sources_threads_and_blocks_change_no_bit(
    name: str, kind: str, loss: Loss, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "TILE_BYTES", 2048)
    roles = CASES[name]
    arrays: dict[str, Any] = dict(roles)
    expected = compute(name, grad=True, **arrays)
    files = {role: file_of(tmp_path, kind, values, role) for role, values in roles.items()}
    call = [name, *(word for role, path in files.items() for word in (f"--{role}", path))]
    value, terms, *gradients = outputs(loss, call, tmp_path)
    assert float(value) == expected.value
    assert terms == expected.per_sample.tobytes()
    assert gradients == [expected.grad[role].tobytes() for role in sorted(expected.grad)]
    assert compute(name, **read(name, **dict[str, Any](files))).per_sample.tobytes() == terms
    for threads, block in RUNS if name == "ce" else RUNS[:2]:
        monkeypatch.setattr(layout, "BLOCK_BYTES", block)
        again = outputs(loss, [*call, "--threads", threads], tmp_path)
        assert list(again) == [value, terms, *gradients]
    first = next(iter(files.values()))
    call[call.index(first)] = f"{kind}:-"
    assert list(outputs(loss, call, tmp_path, first.read_bytes())) == [value, terms, *gradients]


@pytest.mark.parametrize("name", CASES)
def test_shards_change_no_bit(
    name: str, loss: Loss, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "TILE_BYTES", 2048)
    arrays: dict[str, Any] = dict(CASES[name])
    expected = compute(name, grad=True, **arrays)
    call: list[Any] = [name]
    for role, values in arrays.items():
        kind = "csv" if role == "target" else "npy"
        borders = [0, 1, 1, 40, 41, 97, N] if len(values) == N and kind == "npy" else [0, 3, 90, N]
        for number, (start, stop) in enumerate(pairwise(borders)):
            file_of(tmp_path, kind, values[start:stop], f"{role}-{number}")
        call += [f"--{role}", f"{tmp_path}/{role}-*.{kind}"]
    for threads, block in RUNS[:3]:
        monkeypatch.setattr(layout, "BLOCK_BYTES", block)
        value, terms, *gradients = outputs(loss, [*call, "--threads", threads], tmp_path)
        assert float(value) == expected.value
        assert terms == expected.per_sample.tobytes()
        assert gradients == [expected.grad[role].tobytes() for role in sorted(expected.grad)]
