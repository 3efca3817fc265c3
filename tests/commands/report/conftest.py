"""The browser of the live pages."""

from tests.commands.explain.live.conftest import page

__all__ = ["page"]
