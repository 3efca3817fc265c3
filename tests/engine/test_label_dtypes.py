"""Labels and lengths of every dtype: the same loss, or a refusal of what the dtype rounds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from losscli import LossError, compute

INTEGERS = ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", ">i4", ">u8")
FLOATS = ("f2", "f4", "f8", ">f4")
RANDOM = np.random.default_rng(5)
LOG_PROBS = np.log(RANDOM.dirichlet(np.ones(5), (9, 6)))
LENGTHS = np.array([2, 0, 3, 1, 4, 2])
ROWS = RANDOM.integers(1, 5, (6, 4))
CONCATENATED = RANDOM.integers(1, 5, LENGTHS.sum())


@pytest.mark.parametrize("labels", [ROWS, CONCATENATED], ids=["rows", "concatenated"])
def test_sequences(labels: Any) -> None:
    def ctc(labels: Any, steps: Any, lengths: Any) -> Any:
        call = {"input": LOG_PROBS, "target": labels, "input_lengths": steps}
        return compute("ctc", **call, target_lengths=lengths).value

    steps = np.full(6, 9)
    expected = ctc(labels, steps, LENGTHS)
    for dtype in (*INTEGERS, *FLOATS):
        cast = (labels.astype(dtype), steps.astype(dtype), LENGTHS.astype(dtype))
        assert ctc(*cast) == expected, dtype


def test_classes() -> None:
    x, y = RANDOM.normal(size=(6, 300)), np.array([1, 127, 5, 3, 100, 9])
    changes: list[dict[str, Any]] = [
        {},
        {"label_base": 1},
        {"ignore_index": 3},
        {"ignore_index": 255},
    ]
    for more in changes:
        expected = compute("ce", input=x, target=y, **more).value
        for dtype in (*INTEGERS, *FLOATS):
            assert compute("ce", input=x, target=y.astype(dtype), **more).value == expected, dtype


def test_labels_that_their_dtype_rounds_are_refused() -> None:
    x = np.zeros((1, 2**11 + 1))
    assert compute("ce", input=x[:, :-1], target=np.array([2047], "f2")).value > 0
    with pytest.raises(LossError, match=r"float16, which rounds .* 2049 classes; save .* integers"):
        compute("ce", input=x, target=np.array([0], "f2"))


def test_labels_beyond_int64_and_booleans_are_refused() -> None:
    x = np.zeros((2, 3))
    for label in (2**63 + 1, 2**64 - 1):
        with pytest.raises(LossError, match=f"label {label} is not in 0..2"):
            compute("ce", input=x, target=np.array([label, 0], "u8"))
    for loss, shape in (("ce", (2,)), ("multilabel-margin", (2, 3))):
        with pytest.raises(LossError, match="an array of bool, expected integers; "):
            compute(loss, input=x, target=np.zeros(shape, bool))
