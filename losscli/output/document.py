"""A page as an HTML file of its own: it loads nothing, follows light and dark, and prints."""

from __future__ import annotations

from losscli.output.html import STYLE, html_of, text_of
from losscli.output.page import Page
from losscli.output.svg import DARK, LIGHT
from losscli.output.svg import STYLE as CHARTS

LOOK = f"""\
body {{ margin: 0 auto; max-width: 60em; padding: 1.5em; font: 15px system-ui, sans-serif;
  background: {LIGHT["paper"]}; color: {LIGHT["ink"]} }}
.losscli-figure {{ margin: 1em 0; max-width: 45em; break-inside: avoid }}
@media screen and (prefers-color-scheme: dark) {{
  body {{ background: {DARK["paper"]}; color: {DARK["ink"]} }}
}}
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def document(page: Page, title: str) -> str:
    """Return the page as the text of a file."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{text_of(title)}</title>\n<style>\n{LOOK}{STYLE}{CHARTS}</style>\n</head>\n"
        f"<body>\n<main>\n{html_of(page, 1)}</main>\n</body>\n</html>\n"
    )
