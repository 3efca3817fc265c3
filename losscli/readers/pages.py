"""Pieces of a file, made when they are asked for; the last few stay, for every role and thread."""

from __future__ import annotations

from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

Key = TypeVar("Key", bound="Hashable")
Page = TypeVar("Page")

_LOCKS = 16


class Pages(Generic[Key, Page]):
    """Pages by key; a thread that wants one waits for another that makes it already."""

    def __init__(self, make: Callable[[Key], Page], kept: int) -> None:
        self._made = lru_cache(kept)(make)
        self._locks = [Lock() for _ in range(_LOCKS)]

    def __getitem__(self, key: Key) -> Page:
        with self._locks[hash(key) % _LOCKS]:
            return self._made(key)
