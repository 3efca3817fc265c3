"""A page as an HTML file of its own: it loads nothing, follows light and dark, and prints."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

from losscli.output.html import STYLE, TINTS, html_of, text_of
from losscli.output.page import Page
from losscli.output.svg import DARK, LIGHT
from losscli.output.svg import STYLE as CHARTS

MEANT = {"good": "t2", "bad": "t1", "warning": "warn", "info": "t0", "accent": "t0"}
"""The colors of what a text means."""


def _colors(scheme: dict[str, str], **more: str) -> str:
    return "; ".join(f"--{name}: {color}" for name, color in {**scheme, **more}.items())


LOOK = f"""\
:root {{ color-scheme: light dark; {_colors(LIGHT, card="#f6f8fb", warn="#8a5a00")} }}
@media screen and (prefers-color-scheme: dark) {{
  :root {{ {_colors(DARK, card="#1a202b", warn="#e3b341")} }}
}}
body {{ margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.45 system-ui, "DejaVu Sans", sans-serif }}
main {{ max-width: 66em; margin: auto; padding: 1.5em }}
.losscli h1 {{ font-size: 1.5em; line-height: 1.25; margin: 0 0 .7em; overflow-wrap: anywhere }}
.losscli h2 {{ font-size: 1.15em; margin: 1.6em 0 .5em; break-after: avoid }}
.losscli h3 {{ font-size: 1em; margin: 1.2em 0 .3em; break-after: avoid }}
.losscli h2::first-letter {{ text-transform: uppercase }}
.losscli p {{ margin: .4em 0; overflow-wrap: anywhere }}
.losscli dd, .losscli code {{ overflow-wrap: anywhere }}
.losscli code {{ font-size: .9em }}
.losscli dt, .losscli .losscli-dim, .losscli-signature {{ color: var(--soft); opacity: 1 }}
.losscli .losscli-framed {{ display: flex; flex-wrap: wrap; gap: .7em }}
.losscli .losscli-framed > div, .losscli-figure, .losscli .losscli-indented .losscli-indented {{
  display: block; background: var(--card); border: 1px solid var(--rule); border-radius: .6em;
  break-inside: avoid }}
.losscli .losscli-framed > div {{ padding: .4em .9em }}
.losscli .losscli-framed dt {{ font-size: .85em; padding: 0 }}
.losscli .losscli-framed dd {{ font-size: 1.3em; font-weight: 600; white-space: nowrap;
  font-variant-numeric: tabular-nums }}
.losscli .losscli-indented {{ margin-left: 0 }}
.losscli .losscli-indented .losscli-indented {{ padding: .4em .9em }}
.losscli-figure {{ display: inline-block; padding: .8em; box-sizing: border-box }}
.losscli-figure details {{ font-size: .9em }}
.losscli-figure summary {{ color: var(--soft); cursor: pointer }}
.losscli-figure rect.paper {{ fill: none }}
.losscli tbody th, .losscli tbody td {{ border-bottom: 1px solid var(--rule) }}
.losscli thead td {{ border-bottom: 1px solid }}
.losscli thead th, .losscli thead td {{ color: var(--soft); border-color: var(--soft) }}
.losscli tr {{ break-inside: avoid }}
.losscli td:not(.losscli-left) {{ white-space: nowrap }}
.losscli .losscli-left {{ max-width: 20em; overflow-wrap: break-word }}
.losscli-bar {{ fill: var(--t0); opacity: 1 }}
:focus-visible {{ outline: 2px solid var(--t0) }}
{"".join(f".losscli-{name} {{ color: var(--{it}) }}" + chr(10) for name, it in MEANT.items())}\
{"".join(f".losscli-class-{i} {{ color: var(--t{i}) }}" + chr(10) for i in range(TINTS))}\
@media (max-width: 40em) {{ main {{ padding: .9em }} .losscli-figure {{ margin-right: 0 }} }}
@page {{ margin: 12mm }}
@media print {{
  body {{ font-size: 11px; orphans: 1; widows: 1 }} main {{ padding: 0; max-width: none }}
  .losscli table {{ break-inside: avoid }}
  .losscli-figure {{ max-width: 49%; margin-right: 0 }}
  .losscli-wide {{ max-width: 100% }} .losscli-wide .losscli-chart {{ max-width: 100% }}
  .losscli-figure details {{ display: none }} .losscli-signature {{ break-before: avoid }}
}}
"""
SHEET = f"\n{STYLE}{CHARTS}{LOOK}"


def document(page: Page, title: str) -> str:
    """Return the page as the text of a file; only its own style sheet is allowed."""
    digest = b64encode(sha256(SHEET.encode()).digest()).decode()
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" '
        f"content=\"default-src 'none'; style-src 'sha256-{digest}'\">\n"
        '<meta name="viewport" content="width=device-width">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{text_of(title)}</title>\n<style>{SHEET}</style>\n</head>\n"
        f"<body>\n<main>\n{html_of(page, 1)}</main>\n</body>\n</html>\n"
    )
