"""Many cases in one test, for cases that take less time than pytest takes for a test."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any

import pytest


def for_each(name: str, values: Iterable[Any]) -> Callable[[Callable[..., None]], Any]:
    """Run a test for each value of an argument; a failure says which.

    What is patched for one value is undone before the next.
    """

    def decorated(test: Callable[..., None]) -> Any:
        @functools.wraps(test)
        def run(*args: Any, **given: Any) -> None:
            for value in values:
                try:
                    test(*args, **given, **{name: value})
                except BaseException as error:
                    error.add_note(f"with {name} = {value}")
                    raise
                patches = given.get("monkeypatch")
                if isinstance(patches, pytest.MonkeyPatch):
                    patches.undo()

        signature = inspect.signature(test)
        others = [one for one in signature.parameters.values() if one.name != name]
        assert len(others) == len(signature.parameters) - 1
        run.__signature__ = signature.replace(parameters=others)  # type: ignore[attr-defined]
        return run

    return decorated
