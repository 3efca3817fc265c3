"""A page as text: drawn for a terminal, aligned and plain for a pipe, or as Markdown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from losscli.output.page import Page
    from losscli.output.streams import Streams

PAGES = ("table", "markdown")
"""Among the formats: those that show a page."""


def rendered(page: Page, streams: Streams, form: str = "table") -> Iterable[str]:
    """Return a page as the text for standard output, in one of the formats `PAGES`."""
    if form == "markdown":
        from losscli.output.markdown import markdown_text

        return markdown_text(page)
    if streams.is_terminal:
        from losscli.output.terminal import terminal_text

        return [terminal_text(page)]
    from losscli.output.plain import plain_text

    return plain_text(page)
