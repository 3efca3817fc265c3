"""How a result shows itself: one line in a terminal, a table in a notebook."""

from __future__ import annotations

import numpy as np
import pytest

import losscli
from losscli.engine.result import result as result_module
from tests.output.fragment import Read

X = np.array([[1.0, 2.0], [3.0, 0.0], [0.5, 0.5]])
Y = np.array([0, 1, -100])


def test_the_representation_is_one_line_with_the_value() -> None:
    result = losscli.ce(X, Y, grad=True)
    assert repr(result) == (
        f"<Result ce: {result.value}; 2 counted, 1 ignored; gradient of input (3, 2)>"
    )
    none = losscli.ce(np.ones((99, 1)), np.zeros(99, int), reduction="none")
    assert repr(none) == "<Result ce: terms (99,); 99 counted, 0 ignored; warning L504>"


def test_a_notebook_shows_what_the_result_has() -> None:
    result = losscli.ce(X, Y, grad=True)
    read = Read(result._repr_html_())
    for shown in (
        f"ce: {result.value!r}",
        "4.3618 / 2 = 2.1809",
        "2, 1 ignored",
        "float64, shape (3, 2)",
        "accuracy0.0000",
        result.signature,
    ):
        assert shown in read.text
    first = read.words.index("index")
    assert read.words[first : first + 8] == [
        "index",
        "loss",
        "0",
        "1.3133",
        "1",
        "3.0486",
        "2",
        "0.0000",
    ]


def test_a_notebook_shows_terms_and_warnings() -> None:
    result = losscli.mse(np.ones((3, 4)), np.zeros((3, 4)), reduction="none")
    text = Read(result._repr_html_()).text
    assert "mse: 12 terms" in text
    assert "2,31.0000" in text
    one = losscli.ce(np.ones((5, 1)), np.zeros(5, int))
    assert str(one.warnings[0].message) in Read(one._repr_html_()).text


def test_a_notebook_does_not_compute_a_large_loss_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(result_module, "QUICK", 3)
    result = losscli.ce(X, Y)
    text = Read(result._repr_html_()).text
    assert "result.per_sample, result.summary: computed when read" in text
    assert "per_sample" not in vars(result)
    assert result.per_sample.size == 3
    assert "accuracy" in Read(result._repr_html_()).text


def test_a_notebook_says_that_the_arrays_have_changed() -> None:
    x = X.copy()
    result = losscli.ce(x, Y)
    x[0, 0] = 9
    text = Read(result._repr_html_()).text
    assert "the arrays have changed since the loss was computed" in text
    assert f"ce: {result.value!r}" in text
