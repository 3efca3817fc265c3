"""Tables as LaTeX, with the rules of booktabs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from losscli.errors import printable
from losscli.output import page as model
from losscli.output.markdown import RIGHT, cells_of

SIGNS = {"±": r"\pm", "inf": r"\infty", "nan": r"\mathrm{nan}"}
POWER = re.compile(r"e([+-])0*(\d+)")
MATHEMATICS = re.compile(r"[-+±.,\d\s\[\]()e]+|nan|-?inf")


def latex_table(table: model.Table, digits: int) -> Iterator[str]:
    """Yield a table line by line, its columns aligned in the text too."""
    columns = [
        [
            escaped(printable(column.header)),
            *cells_of(column, digits, _cell if column.kind in RIGHT else escaped, "--"),
        ]
        for column in table.columns
    ]
    right = [column.kind in RIGHT for column in table.columns]
    widths = [max(map(len, column)) for column in columns]
    head, *rows = zip(*columns, strict=True)

    def line(row: Sequence[str]) -> str:
        cells = zip(row, widths, right, strict=True)
        texts = [c.rjust(width) if is_right else c.ljust(width) for c, width, is_right in cells]
        return f"{' & '.join(texts).rstrip()} \\\\\n"

    yield "% \\usepackage{booktabs}\n"
    yield f"\\begin{{tabular}}{{{''.join('r' if is_right else 'l' for is_right in right)}}}\n"
    yield f"\\toprule\n{line(head)}\\midrule\n"
    yield from map(line, rows)
    yield "\\bottomrule\n\\end{tabular}\n"


def _cell(text: str) -> str:
    """Return a cell: numbers and their signs in math mode, words as text."""
    if not MATHEMATICS.fullmatch(text):
        return escaped(text)
    text = POWER.sub(lambda found: rf" \cdot 10^{{{found[1].strip('+')}{found[2]}}}", text)
    for sign, spelled in SIGNS.items():
        text = text.replace(sign, spelled)
    return f"${text}$"


def escaped(text: str) -> str:
    """Return text that LaTeX shows as it is."""
    special = {char: f"\\{char}" for char in "&%$#_{}"}
    special |= {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    special |= {"±": r"$\pm$"}
    return "".join(special.get(char, char) for char in text)
