"""What `llama-perplexity --kl-divergence-base` writes: log-probabilities of tokens, in 16 bits.

All numbers are little-endian. The file begins with `_logits_`, then the length of the context, the
size of the vocabulary and the number of chunks (int32), then the tokens of all chunks (int32). In
each chunk the second half of the context is predicted, token by token; each prediction is a row:

    scale      float32
    lowest     float32
    codes      uint16 for each token of the vocabulary, and one more if their number is odd

A log-probability is scale times code plus lowest, in float32. The writer raises what is more than
16 below the largest of its row to that floor.
"""

from __future__ import annotations

import struct

import numpy as np

from losscli.errors import DataError, UsageError, show
from losscli.readers.class_names import ClassNames
from losscli.readers.document import Document, ReadOptions
from losscli.readers.file import File
from losscli.readers.source import Array, ArraySource, Source

_HEADER = struct.Struct("<8s3i")
_MAGIC = b"_logits_"
_LOG_PROBS, _TOKENS = "log-probs", "tokens"
_LARGEST_SCALE = 17 / 65535
"""The range of a row is 16, and a little more by rounding."""


class KldFile(Document):
    """The log-probabilities of each predicted token, and the tokens that came."""

    kind = "a llama.cpp file"
    keys = (_LOG_PROBS, _TOKENS)
    arrays = (_LOG_PROBS,)

    def __init__(self, file: File, _: ReadOptions) -> None:
        self.label = file.label
        self._file = file
        if file.size < _HEADER.size:
            raise self._damaged("truncated")
        _, context, vocabulary, chunks = _HEADER.unpack(file.head(_HEADER.size))
        if context < 3 or vocabulary < 1 or chunks < 1:
            raise self._damaged(
                f"a context of {context}, a vocabulary of {vocabulary} and {chunks} chunks"
            )
        self._context, self._chunks = context, chunks
        self._predicted = context - 1 - context // 2
        self._shape = (self._predicted * chunks, vocabulary)
        self._start = _HEADER.size + 4 * context * chunks
        expected = self._start + self._shape[0] * _row_size(vocabulary)
        if file.size != expected:
            how = "truncated" if file.size < expected else "it has extra data"
            raise self._damaged(f"{how}: expected {expected} bytes, found {file.size}")

    def source(self, selector: str | None, classes: ClassNames | None) -> Source:  # noqa: ARG002
        """Return one of the two arrays."""
        label = f"{self.label}::{selector}"
        if selector == _LOG_PROBS:
            return _LogProbs(label, self._file, self._start, self._shape)
        if selector == _TOKENS:
            raw = bytearray(4 * self._context * self._chunks)
            self._file.read_at(_HEADER.size, memoryview(raw))
            tokens = np.frombuffer(raw, "<i4").reshape(self._chunks, self._context)
            return ArraySource(tokens[:, -self._predicted :].reshape(-1), label)
        raise UsageError(
            f"{self.label}: no array {show(selector)}; choose {_LOG_PROBS} or {_TOKENS}"
        )

    def _damaged(self, why: str) -> DataError:
        return DataError(
            f"{self.label}: the llama.cpp file is damaged: {why}; run llama-perplexity again"
        )


class _LogProbs(Source):
    """The log-probabilities of all tokens, one row per prediction."""

    def __init__(self, label: str, file: File, start: int, shape: tuple[int, int]) -> None:
        self.label = label
        self.shape = shape
        self.dtype = np.dtype(np.float32)
        self.notes = (
            f"{label}: llama.cpp rounded the numbers to 16 bits, and raised those more than 16 "
            "below the largest of their row to that floor",
        )
        self._file = file
        self._start = start

    def read(self, start: int, stop: int) -> Array:
        """Return rows start to stop; DataError where a scale is not what llama.cpp writes."""
        rows, vocabulary = self.shape
        start, stop, _ = slice(start, stop).indices(rows)
        size = _row_size(vocabulary)
        raw = np.empty((max(0, stop - start), size // 2), "<u2")
        if raw.size:
            self._file.read_at(self._start + start * size, raw.reshape(-1).view(np.uint8).data)
        scale, lowest = raw[:, :4].copy().view("<f4").astype(np.float32, copy=False).T
        sound = (scale >= 0) & (scale <= _LARGEST_SCALE) & np.isfinite(lowest)
        if not sound.all():
            row = int(np.argmin(sound))
            raise DataError(
                f"{self.label} row {start + row + 1}: scale {scale[row]} and lowest value "
                f"{lowest[row]} are not log-probabilities; run llama-perplexity again"
            )
        numbers: Array = raw[:, 4 : 4 + vocabulary].astype(np.float32)
        numbers *= scale[:, None]
        numbers += lowest[:, None]
        return numbers


def _row_size(vocabulary: int) -> int:
    """Return the bytes of one row."""
    return 8 + 4 * ((vocabulary + 1) // 2)
