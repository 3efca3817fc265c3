"""Terms and summary are computed when they are read, from the arrays as they were given."""

from __future__ import annotations

import pickle
import weakref
from dataclasses import replace

import numpy as np
import pytest

from losscli import compute
from losscli.errors import DataError
from losscli.numerics.arrays import Array

X = np.array([[1.0, 2.0], [3.0, 0.0], [0.5, 0.5]])
Y = np.array([0, 1, 0])


def test_they_are_those_that_are_computed_at_once() -> None:
    result = compute("ce", input=X, target=Y)
    at_once = compute("ce", input=X, target=Y, reduction="none")
    assert result.per_sample.tobytes() == at_once.per_sample.tobytes()
    assert result.summary == compute("ce", input=X, target=Y).summary
    assert result.summary["accuracy"] == 1 / 3
    copied = pickle.loads(pickle.dumps(compute("ce", input=X, target=Y)))
    assert copied.per_sample.tobytes() == at_once.per_sample.tobytes()
    assert copied.summary == result.summary
    assert replace(result, value=1.0).summary == result.summary


@pytest.mark.parametrize("how", ["changed", "reordered", "changed beside a NaN"])
def test_arrays_that_have_changed_are_an_error(how: str) -> None:
    x: Array = X.copy()
    if how == "changed beside a NaN":
        x[2, 0] = np.nan
    result = compute("ce", input=x, target=Y)
    if how == "reordered":
        x[:] = x[[1, 0, 2]]
    else:
        x[0, 0] = 9
    with pytest.raises(DataError, match="the arrays have changed since the loss was computed"):
        _ = result.per_sample


def test_a_result_whose_terms_were_read_lets_go_of_the_arrays() -> None:
    x = X.copy()
    alive = weakref.ref(x)
    result = compute("ce", input=x, target=Y)
    del x
    assert alive() is not None
    assert result.per_sample.shape == (3,)
    assert alive() is None
