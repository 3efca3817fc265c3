"""A page as a fragment of HTML: headings, tables, definition lists, commands as code.

It says what each part is, in elements and classes (`losscli-bad`), and leaves the look to a style
sheet: `STYLE` inherits the colors of the page around it. Nothing is loaded from elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

from losscli.errors import printable
from losscli.output import page as model
from losscli.output.digits import rounded, written
from losscli.output.words import counted

if TYPE_CHECKING:
    from losscli.output.chart import Chart

DEEPEST = 6
TINTS = 6
"""The colors that tell classes apart."""
SIGNS = {True: "✓", False: "✗"}
MARKS = {model.Mark.GOOD: "✓", model.Mark.BAD: "✗", model.Mark.WARNING: "!", model.Mark.INFO: "i"}
LEFT = (model.Kind.NAME, model.Kind.TEXT, model.Kind.BAR, model.Kind.MARK)
STYLE = """\
.losscli { line-height: 1.4 }
.losscli h2, .losscli h3, .losscli h4 { font-size: 1.1em; margin: .6em 0 .3em }
.losscli dl { display: grid; grid-template-columns: max-content auto; margin: .3em 0 }
.losscli dt { padding-right: 1.5em; font-weight: normal; opacity: .75 }
.losscli dd { margin: 0 }
.losscli table { border-collapse: collapse; margin: .3em 0; font-variant-numeric: tabular-nums }
.losscli th, .losscli td { padding: .1em .8em; text-align: right; background: none }
.losscli th { font-weight: normal }
.losscli thead th { border-bottom: 1px solid }
.losscli .losscli-left { text-align: left }
.losscli .losscli-dim { opacity: .75 }
.losscli p.losscli-warning { border-left: .25em solid; padding-left: .5em }
.losscli .losscli-indented { margin-left: 1.5em }
.losscli .losscli-formula { font-weight: normal; padding-left: 1em }
.losscli-framed > div { display: contents }
.losscli-scroll { overflow-x: auto }
.losscli-bar { width: 8em; height: .7em; fill: currentColor; opacity: .6 }
.losscli-figure { display: inline-block; vertical-align: top; margin: .5em 1em .5em 0;
  max-width: 100% }
.losscli-figure figcaption { font-weight: bold; max-width: 420px }
.losscli-figure .losscli-dim { max-width: 420px; margin: .3em 0 }
.losscli-chart { display: block; max-width: 100%; height: auto }
.losscli-wide .losscli-chart { max-width: none }
.losscli-signature { font-size: .85em; opacity: .75; overflow-wrap: break-word }
"""


def html_of(page: model.Page, level: int = 2) -> str:
    """Return the page as a fragment; its headings begin at a level, those of parts are below."""
    return f'<div class="losscli">\n{_blocks(page.blocks, page.decimals, level)}</div>\n'


def _blocks(blocks: Sequence[model.Block], digits: int, level: int) -> str:
    return "".join(line + "\n" for block in blocks for line in _block(block, digits, level))


def _block(block: model.Block, digits: int, level: int) -> Iterator[str]:
    if isinstance(block, model.Heading):
        at = min(level + block.is_part, DEEPEST)
        label = f"{MARKS[block.mark]} {block.label}" if block.mark else block.label
        shown = _spanned(label.strip(), block.mark.value if block.mark else model.Style.STRONG)
        yield f"<h{at}>{shown}{' ' if label else ''}{phrase(block.phrase, digits)}</h{at}>"
    elif isinstance(block, model.Paragraph):
        text = _verdict(block.holds) + phrase(block.phrase, digits)
        yield f"<p{_class(_name(block.style))}>{text}</p>"
    elif isinstance(block, model.Command):
        label = f"{text_of(block.label)} " if block.label else ""
        yield f"<p>{label}<code>{text_of(block.text)}</code></p>"
    elif isinstance(block, model.Lines):
        text = "\n".join(phrase(line, digits) for line in block.lines)
        yield f"<pre{_class(_name(block.style))}>{text}</pre>"
    elif isinstance(block, model.Facts):
        yield f"<dl{_class('losscli-framed' if block.is_framed else '')}>"
        facts = (_fact(fact, digits) for fact in block.facts)
        yield from (f"<div>{fact}</div>" for fact in facts) if block.is_framed else facts
        yield "</dl>"
    elif isinstance(block, model.Table):
        if block.size:
            yield from _table(block, digits)
    elif isinstance(block, model.Steps):
        for step in block.steps:
            yield from _step(step, digits, level + 1)
    elif isinstance(block, model.Figure):
        yield from _figure(block.chart, digits)
    elif isinstance(block, model.Indented):
        yield '<div class="losscli-indented">'
        yield _blocks(block.blocks, digits, level + 1) + "</div>"
    elif isinstance(block, model.Signature):
        # A line may end at every bar, and nothing is added to what is copied.
        text = text_of(block.text).replace("|", "|<wbr>")
        yield f'<p class="losscli-signature"><code>{text}</code></p>'


def phrase(given: model.Phrase, digits: int) -> str:
    """Return a phrase as HTML."""
    return "".join(_part(part, digits) for part in model.parts_of(given))


def text_of(text: str) -> str:
    """Return a text as HTML; what would control a terminal is escaped here, too."""
    return "<br>".join(escape(printable(line.replace("\u00a0", " "))) for line in text.split("\n"))


def _part(part: model.Part, digits: int) -> str:
    if isinstance(part, model.Styled):
        inner = _part(part.part, digits)
        if isinstance(part.style, int):
            return f'<span class="losscli-class-{part.style % TINTS}">{inner}</span>'
        return _marked(inner, part.style)
    if isinstance(part, str):
        return text_of(part)
    number = part if isinstance(part, model.Number) else model.Number(part)
    return escape(written(number, digits))


def _spanned(text: str, style: model.Style) -> str:
    return _marked(text_of(text), style) if text else ""


def _marked(inner: str, style: model.Style) -> str:
    """Return HTML with a meaning: an element that has it, or else a class."""
    element = {model.Style.STRONG: "strong", model.Style.NAME: "code"}.get(style)
    if element:
        return f"<{element}>{inner}</{element}>"
    return inner if style is model.Style.PLAIN else f"<span{_class(_name(style))}>{inner}</span>"


def _name(style: model.Style) -> str:
    return "" if style is model.Style.PLAIN else f"losscli-{style.name.lower()}"


def _class(*names: str) -> str:
    listed = " ".join(filter(None, names))
    return f' class="{listed}"' if listed else ""


def _verdict(holds: bool | None) -> str:
    if holds is None:
        return ""
    style = model.Style.GOOD if holds else model.Style.BAD
    return f"{_spanned(SIGNS[holds], style)} "


def _fact(fact: model.Fact, digits: int) -> str:
    what = f"{fact.of} {fact.what}" if fact.of else fact.what
    value = phrase(fact.phrase, digits)
    shown = f"<strong>{value}</strong>" if fact.strong else value
    return f"<dt>{_verdict(fact.holds)}{text_of(what)}</dt><dd>{shown}</dd>"


def _table(table: model.Table, digits: int) -> Iterator[str]:
    columns, rest = table.in_text(marks=True)
    classes = [_class("losscli-left" if c.kind in LEFT else "", _name(c.style)) for c in columns]
    headers = [text_of(column.header) for column in columns]
    yield _scrolling(f"table: {', '.join(filter(None, headers))}")
    yield "<table>"
    if table.has_header:
        heads = zip(classes, headers, strict=True)
        cells = (
            f'<th scope="col"{how}>{text}</th>' if text else "<td></td>" for how, text in heads
        )
        yield f"<thead><tr>{''.join(cells)}</tr></thead>"
    yield "<tbody>"
    rows = zip(*(_cells(column, digits) for column in columns), strict=True)
    gap = f'<tr class="losscli-dim"><td colspan="{len(columns)}">⋮</td></tr>'
    names_rows = table.has_header and columns[0].kind in (model.Kind.INDEX, model.Kind.NAME)
    for at, row in enumerate(rows):
        if at == table.gap_after:
            yield gap
        dim = _class("losscli-dim" if at in table.dim else "")
        texts = [f"<td{how}>{cell}</td>" for how, cell in zip(classes, row, strict=True)]
        if names_rows:
            texts[0] = f'<th scope="row"{classes[0]}>{row[0]}</th>'
        yield f"<tr{dim}>{''.join(texts)}</tr>"
    if table.gap_after == table.size:
        yield gap
    yield "</tbody></table></div>"
    if rest:
        yield f"<p>{counted(rest, 'more column')}</p>"
    if abouts := [model.Fact(column.header, column.about) for column in columns if column.about]:
        yield from _block(model.Facts(abouts), digits, DEEPEST)


def _cells(column: model.Column, digits: int) -> list[str]:
    if column.kind is model.Kind.BAR:
        return [_bar(model.share_of(cell)) for cell in column.cells]
    return ["" if cell is None else phrase(cell, digits) for cell in rounded(column, digits)]


def _bar(share: float) -> str:
    # Not a style, which a page may forbid.
    percent = f"{100 * share:.3g}"
    return (
        '<svg class="losscli-bar" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" '
        f'aria-label="{percent}%"><rect width="{percent}" height="10"/></svg>'
    )


def _figure(chart: Chart, digits: int) -> Iterator[str]:
    """Yield a picture with what it shows, and its numbers as tables to be unfolded."""
    from losscli.output.chart_text import text_blocks
    from losscli.output.svg import PAGE_WIDTH, svg_of

    drawn = svg_of(chart)
    wide = int(drawn.partition(' width="')[2].partition('"')[0]) > PAGE_WIDTH
    yield f"<figure{_class('losscli-figure', 'losscli-wide' if wide else '')}>"
    yield f"<figcaption>{_tied(chart.title)}</figcaption>"
    yield f"{_scrolling(text_of(chart.title))}{drawn}</div>" if wide else drawn
    if said := f"{chart.key} {chart.note}".strip():
        yield f'<p class="losscli-dim">{_tied(said)}</p>'
    tables = [block for block in text_blocks(chart, 0) if isinstance(block, model.Table)]
    if tables:
        plain = [replace(table, columns=_without_bars(table)) for table in tables]
        yield f"<details><summary>numbers</summary>\n{_blocks(plain, digits, DEEPEST)}</details>"
    yield "</figure>"


def _tied(text: str) -> str:
    """Return a sentence as HTML, a number on one line with its percent sign."""
    return text_of(text).replace(" %", "&nbsp;%")


def _without_bars(table: model.Table) -> list[model.Column]:
    return [column for column in table.columns if column.kind is not model.Kind.BAR]


def _scrolling(name: str) -> str:
    """Return the start of what may be wider than the screen and scrolls by itself, by keys too."""
    return f'<div class="losscli-scroll" role="region" tabindex="0" aria-label="{name}">'


def _step(step: model.Step, digits: int, level: int) -> Iterator[str]:
    at = min(level, DEEPEST)
    yield "<section>"
    formula = phrase(step.formula, digits)
    shown = f' <span class="losscli-formula">{formula}</span>' if formula else ""
    yield f"<h{at}>{text_of(f'{step.label}. {step.name}')}{shown}</h{at}>"
    if step.rows:
        yield "<table><tbody>"
        for row in step.rows:
            name = phrase(row.name, digits) + (" (target)" if row.is_target else "")
            cells = [phrase(row.how, digits), phrase(row.value, digits)]
            cells += [_bar(row.share)] if row.share is not None else []
            tint = _class("" if row.tint is None else f"losscli-class-{row.tint % TINTS}")
            shown = "".join(f"<td>{cell}</td>" for cell in cells)
            yield f'<tr{tint}><th scope="row" class="losscli-left">{name}</th>{shown}</tr>'
        yield "</tbody></table>"
    yield f"{_blocks(step.blocks, digits, level + 1)}<p>{text_of(step.why)}</p>\n</section>"
