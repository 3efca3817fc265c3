"""Fits a table into a terminal: which columns are shown, and what is shortened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from losscli.errors import printable
from losscli.output import colors
from losscli.output.page import Column, Kind, Style, Table, share_of

BETWEEN = 2
"""Blanks between columns."""
SHORTEST_NAME = 10
LONGEST_BAR, SHORTEST_BAR = 40, 8
ACROSS = "⋯"
EIGHTHS = " ▏▎▍▌▋▊▉█"
COLORS = {
    Style.PLAIN: "",
    Style.STRONG: "bold",
    Style.DIM: colors.DIM,
    Style.ACCENT: colors.ACCENT,
    Style.NAME: colors.NAME,
    Style.GOOD: colors.GOOD,
    Style.BAD: colors.BAD,
    Style.WARNING: colors.WARNING,
    Style.INFO: colors.INFO,
}
Cells = Callable[[Column], list[Text]]


def color_of(style: Style | int) -> str:
    """Return the color of a style, or of a class by its number."""
    return colors.TINTS[style % len(colors.TINTS)] if isinstance(style, int) else COLORS[style]


@dataclass(frozen=True)
class Fitted:
    """A column as it is drawn."""

    header: str
    cells: list[Text]
    kind: Kind
    style: str
    rank: int = 0
    numbers: Sequence[str] = ()
    about: str = ""
    room: int | None = None
    """The width that it is wrapped to."""

    @property
    def width(self) -> int:
        """Its width in columns of the terminal."""
        return max((cell_len(self.header), *(cell.cell_len for cell in self.cells)))


def fitted(table: Table, cells: Cells, width: int) -> list[Fitted]:
    """Return the columns that fit, names shortened, bars as long as there is room."""
    if any(column.kind is Kind.TEXT for column in table.columns):
        # A line below the header is one column wider than the table.
        room = width - table.has_header
        return _wrapped([_fitted_column(column, cells) for column in table.columns], room)
    drawn = [column for column in table.columns if column.kind is not Kind.BAR]
    if table.elides:
        # More columns than these do not fit, however narrow they are.
        most = width // BETWEEN + 1
        drawn = [*drawn[:most], *drawn[most:][-1:]]
    columns = [_fitted_column(column, cells) for column in drawn]
    columns = columns if table.elides else _fit_by_rank(columns, width)
    if table.elides or _total_width(columns) - BETWEEN > width:
        columns = _first_and_last(columns, width)
    left = width - _total_width(columns)
    for choice in table.choices:
        if choice.least <= left:
            further = [_fitted_column(column, cells) for column in choice.columns()]
            if _total_width(further) <= left:
                columns += further
                break
    room = min(LONGEST_BAR, left - 1)
    if room >= SHORTEST_BAR:
        columns += [_bars(column, room) for column in table.columns if column.kind is Kind.BAR]
    return columns


def _fitted_column(column: Column, cells: Cells) -> Fitted:
    header, style = printable(column.header), COLORS[column.style]
    return Fitted(
        header, cells(column), column.kind, style, column.rank, column.numbers, column.about
    )


def _wrapped(columns: Sequence[Fitted], width: int) -> list[Fitted]:
    """Give columns of text as much room as their longest words, and by their length what is left.

    Rows are low where the room is in proportion to the square roots of the lengths.
    """
    texts = [column for column in columns if column.kind is Kind.TEXT]
    room = width - _total_width([column for column in columns if column.kind is not Kind.TEXT])
    room -= BETWEEN * (len(texts) - 1)
    lines = [
        [column.header, *(line for cell in column.cells for line in cell.plain.split("\n"))]
        for column in texts
    ]
    words = [[cell_len(word) for line in each for word in line.split()] for each in lines]
    most = [max(map(cell_len, each)) for each in lines]
    rooms = [max(each, default=1) for each in words]
    while sum(rooms) > max(room, len(rooms)):
        rooms[rooms.index(max(rooms))] -= 1
    for _ in range(room - sum(rooms)):
        growing = [at for at in range(len(texts)) if rooms[at] < most[at]]
        if not growing:
            break
        rooms[max(growing, key=lambda at: sum(words[at]) / rooms[at] ** 2)] += 1
    given = iter(rooms)
    return [replace(c, room=next(given)) if c.kind is Kind.TEXT else c for c in columns]


def _total_width(columns: Sequence[Fitted]) -> int:
    return sum(column.width + BETWEEN for column in columns)


def _fit_by_rank(columns: Sequence[Fitted], width: int) -> list[Fitted]:
    """Shorten names first, then leave columns out by their rank."""
    for dropped in range(max((column.rank for column in columns), default=0) + 1):
        kept = [column for column in columns if not 0 < column.rank <= dropped]
        names = [column for column in kept if column.kind is Kind.NAME]
        room = width - _total_width([column for column in kept if column.kind is not Kind.NAME])
        room -= BETWEEN * len(names)
        if sum(column.width for column in names) <= room:
            return kept
        share = room // max(1, len(names))
        if share >= SHORTEST_NAME:
            break
    share = max(share, SHORTEST_NAME)
    return [_shorten_names(c, share) if c.kind is Kind.NAME else c for c in kept]


def _shorten_names(column: Fitted, width: int) -> Fitted:
    """Put the class's number before each name and shorten the name."""
    if column.width <= width:
        return column
    numbers = column.numbers or ("",) * len(column.cells)
    numbered = zip(numbers, column.cells, strict=True)
    # Names without numbers may be files: their ends tell them apart.
    end = 0 if column.numbers else width // 2
    cells = [
        Text(_shorten(f"{number} {name.plain}".lstrip(), width, end), _style_of(name))
        for number, name in numbered
    ]
    return replace(column, header=_shorten(column.header, width), cells=cells)


def _style_of(text: Text) -> str:
    """Return the style of a text's first part."""
    return str(text.spans[0].style) if text.spans else ""


def _shorten(text: str, width: int, end: int = 0) -> str:
    """Return a text of at most a width, which keeps this many columns of its end."""
    if cell_len(text) <= width:
        return text
    tail = text[-end:] if end else ""
    while cell_len(tail) > end:
        tail = tail[1:]
    return f"{set_cell_size(text, width - 1 - cell_len(tail)).rstrip()}…{tail}"


def _first_and_last(columns: Sequence[Fitted], width: int) -> list[Fitted]:
    """Return the first column and as many others as fit, the last among them."""
    kept, numbers = list(columns[:1]), list(columns[1:])
    left = width - _total_width(kept)
    if _total_width(numbers) > left:
        widest = max((cell.cell_len for column in columns for cell in column.cells), default=0)
        longest = max(SHORTEST_NAME, widest)
        numbers = [replace(column, header=_shorten(column.header, longest)) for column in numbers]
    if _total_width(numbers) <= left:
        return kept + numbers
    left -= len(ACROSS) + BETWEEN
    tail = numbers[-1:]
    sizes = accumulate(column.width + BETWEEN for column in numbers[:-1])
    room = left - _total_width(tail)
    head = numbers[: sum(size <= room for size in sizes)]
    if not head:
        head, tail = numbers[:1], []
    gap = Fitted(ACROSS, [Text(ACROSS)] * len(numbers[0].cells), Kind.MARK, colors.DIM)
    return [*kept, *head, gap, *tail]


def _bars(column: Column, room: int) -> Fitted:
    ticks = column.ticks or (None,) * len(column.cells)
    cells = [
        Text(bar(share_of(length), room, tick))
        for length, tick in zip(column.cells, ticks, strict=True)
    ]
    return Fitted(printable(column.header), cells, Kind.BAR, colors.ACCENT)


def bar(length: float, room: int, tick: float | None = None) -> str:
    """Return a bar to an eighth of a column, or with a line across it; any share above 0 shows."""
    if tick is not None:
        cells = ["█" if i < round(length * room) else "·" for i in range(room)]
        cells[min(room - 1, round(tick * room))] = "┃"
        return "".join(cells)
    eighths = max(round(length * room * 8), length > 0)
    return "█" * (eighths // 8) + EIGHTHS[eighths % 8].strip()
