"""Norms of the differences of vectors, and their gradients: x and y are (e, m)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from losscli.numerics.arrays import Array
from losscli.numerics.elementary import LARGE_SQUARE, column_products
from losscli.numerics.strips import strips


class Distances:
    """The p-norms of x - y + eps for pairs (x, y), and their gradients with respect to x."""

    def __init__(
        self, pairs: Sequence[tuple[Array, Array]], p: float, eps: Array | float, *, grad: bool
    ) -> None:
        first = pairs[0][0]
        self.p, self.eps = p, np.asarray(eps, first.dtype)
        cuts = strips(first)
        self.gaps = [np.empty_like(first) for _ in pairs] if grad else []
        """x - y + eps of each pair, kept for the gradients."""
        room = np.empty_like(first[:, cuts[0]])
        self.length = np.empty((len(pairs), first.shape[1]), first.dtype)
        """The norms, one row per pair."""
        # All pairs strip by strip: a vector of several pairs is read from memory once.
        for cut in cuts:
            for k, (x, y) in enumerate(pairs):
                gap = self.gaps[k][:, cut] if grad else room[:, : cut.stop - cut.start]
                self._subtract(x, y, cut, gap)
                self.length[k, cut] = column_products(gap, gap) if p == 2 else _norm(gap, p)
        self.odd: Array | None = None if p == 2 else np.ones(self.length.shape, bool)
        """Norms that are not simply the root of a sum of squares; None if all are."""
        if p == 2:
            self._take_roots(pairs)

    def _take_roots(self, pairs: Sequence[tuple[Array, Array]]) -> None:
        squares, large = self.length, LARGE_SQUARE[self.length.dtype.char]
        if not 1 / large < squares.min() <= squares.max() < large:
            self.odd = ~((1 / large < squares) & (squares < large))
        np.sqrt(squares, out=self.length)
        if self.odd is not None:
            for length, odd, (x, y) in zip(self.length, self.odd, pairs, strict=True):
                gap = np.empty_like(x[:, odd])
                self._subtract(x, y, odd, gap)
                length[odd] = _norm(gap, 2)

    def _subtract(self, x: Array, y: Array, columns: slice | Array, out: Array) -> None:
        np.subtract(x[:, columns], y[:, columns], out)
        np.add(out, self.eps[columns] if self.eps.ndim else self.eps, out)

    def slope(self, k: int, factor: Array) -> Array:
        """Return the gradient of the norms of a pair, (e, m), times a factor per norm.

        It takes the place of the gaps, so it can be had once.
        """
        gap, length = self.gaps[k], self.length[k]
        if self.odd is None:
            gap *= factor / length
            return gap
        odd = self.odd[k]
        steep = _norm_slope(gap[:, odd], length[odd], self.p)
        # Beside an infinite gap, a power below 0 of nothing is infinite.
        steep[np.isinf(steep) & (factor[odd] == 0)] = 0
        gap *= factor / length
        gap[:, odd] = factor[odd] * steep
        return gap


def _norm(gap: Array, p: float) -> Array:
    # Divided by the largest entry, no power overflows, and the sum is at least 1.
    size = np.abs(gap)
    top = size.max(axis=0)
    size /= np.where((top == 0) | np.isinf(top), 1, top)
    norm: Array = top * (size**p).sum(axis=0) ** (1 / p)
    return norm


def _norm_slope(gap: Array, length: Array, p: float) -> Array:
    size = np.abs(gap)
    # The part of a gap that is infinite has all of the norm.
    share = np.where(np.isinf(size), 1, size / np.where(length == 0, 1, length))
    with np.errstate(divide="ignore"):
        slope = np.where(size == 0, 0, np.copysign(share ** (p - 1), gap))
    return np.where(np.isnan(gap), gap, slope)
