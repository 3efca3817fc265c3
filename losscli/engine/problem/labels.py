"""Labels and lengths as the file gives them, checked and renumbered from 0 for the kernels."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from losscli.errors import DataError, option
from losscli.numerics.arrays import Array

Where = Callable[..., str]
"""Names a number's place in its file, given its term and its index within the term."""


class Numbering(NamedTuple):
    """How a file numbers the classes, and which values are not labels."""

    classes: int
    base: int
    ignored: int | None
    """The value of ignored targets; None where the loss has no such value."""
    ignored_by: str = ""
    """The option that sets it."""
    excluded: int | None = None
    """A class that must not appear as a label, counted from 0."""
    excluded_by: str = ""
    """The option that sets it."""

    def indices(self, raw: Array, where: Where) -> tuple[Array, Array | None]:
        """Return labels (m,) as indices, and the mask of the ignored ones if there are any."""
        raw = _exact(raw)
        bad, ignored = self._outside(raw), None
        if self.ignored is not None and (bad is not None or self._is_label(self.ignored)):
            mask = raw == self.ignored
            if mask.any():
                ignored = mask
        if bad is not None:
            self._refuse(raw, bad if ignored is None else bad & ~ignored, where)
        if ignored is not None:
            raw = np.where(ignored, self.base, raw)
        indices = raw.astype(np.intp, copy=False)
        return (indices - self.base if self.base else indices), ignored

    def rows(self, raw: Array, past_end: Array, where: Where) -> Array:
        """Return labels (s, m) as indices, with -1 past the end of each row."""
        raw = _exact(raw)
        bad = self._outside(raw)
        if self.excluded is not None:
            excluded = raw == self.excluded + self.base
            bad = excluded if bad is None else bad | excluded
        if bad is not None:
            self._refuse(raw, bad & ~past_end, where)
        indices = np.where(past_end, self.base, raw).astype(np.intp) - self.base
        indices[past_end] = -1
        return indices

    def _is_label(self, value: float) -> bool:
        return self.base <= value < self.classes + self.base

    def _outside(self, raw: Array) -> Array | None:
        """Return the mask of the numbers that are not labels; None if all are."""
        whole = raw.dtype.kind != "f"
        if whole and raw.size:
            low, high = np.minimum.reduce(raw, axis=None), np.maximum.reduce(raw, axis=None)
            if self.base <= low and high < self.classes + self.base:
                return None
        bad: Array = (raw < self.base) | (raw > self.classes - 1 + self.base)
        if not whole:
            bad |= raw != np.floor(raw)
        return bad

    def _refuse(self, raw: Array, bad: Array, where: Where) -> None:
        if bad.any():
            at = first_place(bad)
            text = self._advice(raw[at[1:] + at[:1]].item(), from_one=not (raw == 0).any())
            raise DataError(f"{where(*at)}: {text}")

    def _advice(self, label: float, *, from_one: bool) -> str:
        low, high = self.base, self.classes - 1 + self.base
        if not math.isfinite(label) or label != int(label):
            return f"label {label!r} is not a whole number; write one in {low}..{high}"
        if isinstance(label, float):
            label = int(label)
        if self.excluded is not None and label == self.excluded + self.base:
            by = self.excluded_by
            return f"label {label} is the {by}; choose another class for {option(by)}"
        text = f"label {label} is not in {low}..{high}"
        if label == self.classes and low == 0 and from_one:
            return f"{text}; are the labels numbered from 1? use {option('label_base', 1)}"
        if low and label == 0:
            return f"{text}; are the labels numbered from 0? remove {option('label_base', 1)}"
        if self.ignored is not None:
            return f"{text}; if it marks padding, use {option(self.ignored_by, label)}"
        return f"{text}; correct it"


def _exact(raw: Array) -> Array:
    """Return floats as float64: NumPy would round a class count to float16 to compare them."""
    return raw.astype(np.float64, copy=False) if raw.dtype.kind == "f" else raw


def first_place(bad: Array) -> tuple[int, ...]:
    """Return the first place in a mask ([c, [t,]] m): its term, then its place within the term."""
    return tuple(int(i) for i in np.argwhere(np.moveaxis(bad, -1, 0))[0])


def lengths(raw: Array, longest: int, of: str, where: Where) -> Array:
    """Return lengths (m,) as integers from 0 to `longest`, the length of the role `of`."""
    raw = _exact(raw)
    bad = (raw < 0) | (raw > longest) | (raw != np.floor(raw))
    if bad.any():
        at = first_place(bad)
        value = raw[at[0]].item()
        raise DataError(
            f"{where(*at)}: length {value!r} is not in 0..{longest}, the length of {of}; correct it"
        )
    return raw.astype(np.intp)


def padded(labels: Array, counts: Array) -> tuple[Array, Array]:
    """Return the concatenated labels of all samples as rows (n, s), and where each row starts."""
    starts = np.cumsum(counts) - counts
    longest = max(1, int(counts.max(initial=0)))
    # Nothing past the end of a row is read. A label suits any dtype, which -1 does not.
    rows = np.full((len(counts), longest), labels[0] if labels.size else 0, labels.dtype)
    inside = np.arange(longest) < counts[:, None]
    rows[inside] = labels
    return rows, starts
