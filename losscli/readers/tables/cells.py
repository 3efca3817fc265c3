"""One line of a delimited table, split into cells; quotes as in RFC 4180."""

from __future__ import annotations

import re

from losscli.errors import UsageError, option, show
from losscli.readers.numerals import parse_number

_QUOTED = re.compile(r'"((?:[^"]|"")*+)"')
_OPENS = ("[", "array([", "tensor([", "np.array([", "torch.tensor([")
_NAMED = {"tab": "\t", "\\t": "\t", "space": None, " ": None}


class UnclosedQuoteError(Exception):
    """A quote that does not close on its line, in the cell at this index."""

    def __init__(self, column: int) -> None:
        super().__init__(
            "a quote opens here and does not close on this line; close or remove the quote"
        )
        self.column = column


def parse_delimiter(text: str) -> str | None:
    """Return the character that `--delimiter` names; None means any run of spaces."""
    if text in _NAMED:
        return _NAMED[text]
    if len(text) != 1 or text.isalnum() or text in "\"'+-.\r\n\0" or not text.isprintable():
        raise UsageError(
            f"{option('delimiter')} {show(text)}: expected one character such as ';', "
            "or tab or space"
        )
    return text


def parse_decimal(text: str | None, delimiter: str | None) -> str:
    """Return the decimal sign that `--decimal` names, which is not the delimiter too."""
    if text not in (None, ".", ","):
        raise UsageError(f"{option('decimal')} {show(text)}: expected . or ,")
    if text == delimiter == ",":
        raise UsageError(
            f"{option('decimal', ',')} and the delimiter ',' cannot both be commas; add "
            f"{option('delimiter', ';')}, tab or space"
        )
    return text or "."


def split_line(line: str, delimiter: str | None) -> list[str]:
    """Return the cells of a line, without quotes but with their spaces.

    A quote counts only at the start of a cell, and must close on the same line, else
    UnclosedQuoteError.
    """
    line = line.removesuffix("\n")
    if delimiter is None:
        return line.split()
    if '"' not in line:
        return line.split(delimiter)
    cells: list[str] = []
    position = 0
    while True:
        text = ""
        if line.startswith('"', position):
            quoted = _QUOTED.match(line, position)
            if quoted is None:
                raise UnclosedQuoteError(len(cells))
            text, position = quoted[1].replace('""', '"'), quoted.end()
        end = line.find(delimiter, position)
        if end < 0:
            return [*cells, text + line[position:]]
        cells.append(text + line[position:end])
        position = end + 1


def is_list(cell: str) -> bool:
    """Tell whether a cell is written like a list of numbers: `[0.1, 0.9]`, `tensor([1, 2])`."""
    if not cell.endswith(("]", ")")):
        return False
    if cell.startswith("("):
        return "," in cell and parse_number(cell[1:].partition(",")[0].strip()) is not None
    return begins_list(cell)


def begins_list(cell: str) -> bool:
    """Tell whether a cell begins like a list; it may end in another line."""
    return cell.startswith(_OPENS)


def is_blank(line: str, delimiter: str | None) -> bool:
    """Tell whether a line is empty, without even empty cells."""
    return not line.strip() and (delimiter is None or delimiter not in line)
