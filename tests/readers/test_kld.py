"""The file of llama-perplexity: log-probabilities in 16 bits, and the tokens that came."""

from __future__ import annotations

import struct
import tracemalloc
from typing import TYPE_CHECKING, Any

import numpy as np

from losscli.readers import open_sources
from tests.readers.opening import ROLES, load, refusal, same, whole
from tests.readers.tensors import kld

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

TOKENS = np.arange(18).reshape(3, 6) % 5
SCALES = np.array([1e-4, 2e-4, 0.0, 16 / 65535, 1e-4, 1e-4], np.float32)
LOWEST = np.array([-9, -12.5, -1.609438, -16.2, -7, -7], np.float32)
CODES = np.random.default_rng(0).integers(0, 65536, (6, 5))


def written(tmp_path: Path, **changes: Any) -> Path:
    parts: dict[str, NDArray[Any]] = {
        "tokens": TOKENS,
        "scales": SCALES,
        "lowest": LOWEST,
        "codes": CODES,
        **changes,
    }
    path = tmp_path / "x.kld"
    path.write_bytes(kld(**parts))
    return path


def test_log_probabilities_and_tokens(tmp_path: Path) -> None:
    for vocabulary in (4, 5):
        path = written(tmp_path, codes=CODES[:, :vocabulary])
        codes = CODES[:, :vocabulary].astype(np.float32)
        expected = SCALES[:, None] * codes + LOWEST[:, None]
        sources, _ = open_sources({"input": str(path), "target": "::tokens"}, ROLES)
        assert same(whole(sources["input"]), expected)
        assert same(sources["input"].read(2, 4), expected[2:4])
        assert "16 bits" in sources["input"].notes[0]
        # Of a context of 6 tokens, the last 2 are predicted.
        assert same(whole(sources["target"]), TOKENS[:, 4:].reshape(-1).astype(np.int32))


def test_blocks_take_little_memory(tmp_path: Path) -> None:
    rows = 2000
    path = written(
        tmp_path,
        tokens=np.zeros((1, 2 * rows + 1)),
        scales=np.full(rows, 1e-4),
        lowest=np.full(rows, -8.0),
        codes=np.ones((rows, 1000)),
    )
    tracemalloc.start()
    source = open_sources({"input": str(path)}, ROLES[:1])[0]["input"]
    assert source.read(1500, 1510).shape == (10, 1000)
    assert tracemalloc.get_traced_memory()[1] < 500_000
    tracemalloc.stop()


def test_files_that_llama_perplexity_does_not_write(tmp_path: Path) -> None:
    path = written(tmp_path)
    whole_file = path.read_bytes()
    for size in range(8, len(whole_file)):
        path.write_bytes(whole_file[:size])
        assert "the llama.cpp file is damaged: truncated" in refusal(path)
    path.write_bytes(whole_file + b"\0")
    assert "extra data: expected 212 bytes, found 213" in refusal(path)
    for numbers in ((2, 5, 3), (6, 0, 3), (6, 5, -1), (-6, -5, 3), (2**31 - 1,) * 3):
        path.write_bytes(b"_logits_" + struct.pack("<3i", *numbers) + whole_file[20:])
        assert "damaged" in refusal(path)
    assert "choose log-probs or tokens" in refusal(f"{written(tmp_path)}::logits")
    for scale in (-1e-4, 1.0, np.nan, np.inf):
        path = written(tmp_path, scales=np.array([1e-4, scale, 0, 0, 0, 0]))
        assert "row 2: scale" in refusal(path)
    assert "row 1: scale" in refusal(written(tmp_path, lowest=np.full(6, np.inf)))
    assert load(written(tmp_path)).shape == (6, 5)
