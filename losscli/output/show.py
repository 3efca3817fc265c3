"""A page as text: drawn for a terminal, aligned and plain for a pipe."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from losscli.output.page import Page
    from losscli.output.streams import Streams


def rendered(page: Page, streams: Streams) -> Iterable[str]:
    """Return a page as the text for standard output."""
    if streams.is_terminal:
        from losscli.output.terminal import terminal_text

        return [terminal_text(page)]
    from losscli.output.plain import plain_text

    return plain_text(page)
