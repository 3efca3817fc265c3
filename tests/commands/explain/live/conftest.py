"""One browser for all tests of a process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.commands.explain.live.browser import Browser, browser, starts


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A page of a browser; without one the test is skipped."""
    if not starts():
        pytest.skip("there is no Chromium to open pages in")
    with ExitStack() as stack:
        try:
            found = stack.enter_context(browser(tmp_path_factory.mktemp("browser")))
        except (AssertionError, OSError) as error:
            pytest.skip(f"Chromium does not start here: {error}")
        yield found
