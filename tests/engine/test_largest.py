"""The largest terms of a run: the same however it is cut into pieces."""

from __future__ import annotations

import math

import numpy as np
import pytest

from losscli.engine.partial import Largest, largest


@pytest.mark.parametrize("count", [1, 7, 100, 1000])
@pytest.mark.parametrize("most", [1, 3, 40])
def test_largest_terms_are_in_descending_order_and_ties_in_that_of_their_indices(
    count: int, most: int
) -> None:
    """NaN and infinity come first, whatever the pieces."""
    rng = np.random.default_rng(0)
    terms = rng.integers(-9, 9, 500).astype(np.float64)
    terms[rng.integers(0, 500, 20)] = np.repeat([np.nan, np.inf, -np.inf, -0.0], 5)
    indices = np.arange(500) * 3
    found = Largest()
    at = 0
    while at < 500:
        end = at + int(rng.integers(1, most + 1))
        found = found.plus(largest(terms[at:end], indices[at:end], count), count)
        at = end
    entries = zip(terms.tolist(), indices.tolist(), strict=True)
    order = sorted(entries, key=lambda e: (-math.inf if math.isnan(e[0]) else -e[0], e[1]))
    assert repr(list(found)) == repr(order[:count])


def test_a_piece_is_no_view_of_the_tile() -> None:
    """A tile's arrays are written again by the next one."""
    terms = np.array([3.0, 1.0, 2.0])
    found = largest(terms, np.arange(3), 5)
    terms[:] = 0
    assert [term for term, _ in found] == [3, 2, 1]
