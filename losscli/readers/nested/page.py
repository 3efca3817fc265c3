"""The lines of a page of JSON Lines as Python values, and as numbers where all of them are."""

from __future__ import annotations

import json
from itertools import chain
from typing import Any

import numpy as np

from losscli.readers.class_names import ClassNames
from losscli.readers.nested.document import next_key
from losscli.readers.nested.tree_array import NON_FINITE
from losscli.readers.numerals import EXACT
from losscli.readers.source import Array


class _Named(float):
    """NaN or infinity that the text writes by name, as opposed to a number that overflowed."""


_NAMED = {name: _Named(value) for name, value in NON_FINITE.items()}


class Page:
    """The parsed lines of a page."""

    def __init__(self, rows: list[Any], first: Any) -> None:
        """Keep the value of each line; `first` is that of the first line of the file."""
        self._first = first
        self._found: dict[tuple[str, ...], list[Any] | None] = {(): rows}

    def at(self, path: str) -> list[Any] | None:
        """Return the value of each line at a path of keys.

        None unless the mappings on the way have the same keys as in the first line of the file.
        """
        values, first = self._found[()], self._first
        keys: tuple[str, ...] = ()
        steps = path.split(".") if path else []
        while steps and values is not None:
            key = next_key(steps, first) if type(first) is dict else None
            if key is None:
                return None
            if (inside := (*keys, "")) not in self._found:
                same = all(type(value) is dict and value.keys() == first.keys() for value in values)
                self._found[inside] = values if same else None
            values = self._found[inside]
            keys, first, steps = (*keys, key), first[key], steps[key.count(".") + 1 :]
            if keys not in self._found and values is not None:
                self._found[keys] = [value[key] for value in values]
            values = self._found.get(keys)
        return values


def parsed(text: str, *, as_text: bool = False) -> Any:
    """Parse JSON with integers as floats, or with all numbers as text.

    Raises ValueError or RecursionError for what is not valid JSON, and where a key appears twice.
    """
    return json.loads(
        text,
        parse_int=str if as_text else float,
        parse_float=_shortest if as_text else None,
        parse_constant=_Named,
        object_pairs_hook=_mapping,
    )


def _shortest(text: str) -> str:
    return repr(float(text)).removesuffix(".0")


def _mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        raise ValueError
    return mapping


def numbers(
    values: list[Any] | None, shape: tuple[int, ...], classes: ClassNames | None
) -> Array | None:
    """Return values, one per line, as numbers; None unless all of them are of one shape."""
    for size in shape:
        if values is None or any(type(v) is not list or len(v) != size for v in values):
            return None
        values = list(chain.from_iterable(values))
    if values is None:
        return None
    kinds = set(map(type, values))
    if str in kinds:
        if classes is not None:
            found = {v: classes.index(v) for v in dict.fromkeys(values) if type(v) is str}
            known = {word: float(n) for word, n in found.items() if n is not None}
            values = [known.get(v, v) if type(v) is str else v for v in values]
        values = [_NAMED.get(v, v) if type(v) is str else v for v in values]
        kinds = set(map(type, values))
    if not kinds <= {float, _Named}:
        return None
    array = np.array(values, np.float64)
    if np.any(np.isfinite(array) & (np.abs(array) >= EXACT)):
        return None
    if any(type(values[at]) is not _Named for at in np.flatnonzero(~np.isfinite(array))):
        return None
    return array.reshape(-1, *shape)
