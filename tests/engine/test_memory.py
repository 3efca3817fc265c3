"""The C library is asked once to keep freed memory; where it cannot be asked, nothing happens."""

from __future__ import annotations

import ctypes
from typing import Any

import pytest

from losscli.engine.memory import keep_freed


class Library:
    """Stands for the C library."""

    def __init__(self) -> None:
        self.told: list[tuple[int, int]] = []

    def mallopt(self, parameter: int, value: int) -> int:
        self.told.append((parameter, value))
        return 1


@pytest.fixture(autouse=True)
def forgetful() -> Any:
    """Let every test tell it anew."""
    keep_freed.cache_clear()
    yield
    keep_freed.cache_clear()


def test_it_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    library = Library()
    monkeypatch.setattr(ctypes, "CDLL", lambda _: library)
    keep_freed()
    keep_freed()
    assert library.told == [(-1, 64 << 20), (-3, 16 << 20)]


@pytest.mark.parametrize("error", [OSError, AttributeError, TypeError])
def test_another_library_stays_as_it_is(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def refuse(_: Any) -> Any:
        raise error

    monkeypatch.setattr(ctypes, "CDLL", refuse)
    keep_freed()
