"""Pages of a file, read on demand; the latest are kept for all roles and threads."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

from losscli.readers.source import Array

Key = TypeVar("Key", bound="Hashable")

ROOM = 1 << 24
"""Bytes of numbers that are kept: several blocks, since roles read them one after another."""
_FEWEST = 2
_LOCKS = 16


class Pages(Generic[Key]):
    """The numbers of pages by key; in each page one array, or None, per role.

    A thread that needs a page waits for another thread that is making it.
    """

    def __init__(self) -> None:
        self._made: OrderedDict[Key, tuple[Array | None, ...]] = OrderedDict()
        self._size = 0
        self._lock = Lock()
        self._makers = [Lock() for _ in range(_LOCKS)]

    def get(
        self, key: Key, make: Callable[[Key], tuple[Array | None, ...]]
    ) -> tuple[Array | None, ...]:
        """Return a page; `make` is not kept, or a source and its pages would hold each other."""
        with self._makers[hash(key) % _LOCKS]:
            with self._lock:
                if key in self._made:
                    self._made.move_to_end(key)
                    return self._made[key]
            page = make(key)
            with self._lock:
                self._made[key] = page
                self._size += _size(page)
                while self._size > ROOM and len(self._made) > _FEWEST:
                    self._size -= _size(self._made.popitem(last=False)[1])
            return page


def _size(page: tuple[Array | None, ...]) -> int:
    return sum(array.nbytes for array in page if array is not None)
