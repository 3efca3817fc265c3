"""A chart as a file: SVG, PNG, or a page of HTML."""

from __future__ import annotations

from importlib.util import find_spec

from losscli.errors import UsageError
from losscli.output.chart import Chart
from losscli.output.page import Page
from losscli.output.svg import svg_file

PICTURES = (".svg", ".png", ".html")
ZOOM = 2
"""Pixels of a PNG per unit of the SVG: sharp on a screen of any kind."""


def require_drawable(extension: str) -> None:
    """Refuse a PNG where the package that draws it is missing."""
    if extension == ".png" and find_spec("resvg_py") is None:
        raise UsageError(
            "a .png needs the package resvg-py; run pip install 'losscli[png]', or write a .svg"
        )


def picture(extension: str, chart: Chart, page: Page, title: str) -> bytes:
    """Return the content of a file: the chart, or in HTML the page with it."""
    if extension == ".html":
        from losscli.output.document import document

        return document(page, title).encode("utf-8", "backslashreplace")
    text = svg_file(chart)
    if extension == ".svg":
        return text.encode("utf-8", "backslashreplace")
    import resvg_py

    return bytes(resvg_py.svg_to_bytes(svg_string=text, zoom=ZOOM))
