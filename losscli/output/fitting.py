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

    @property
    def width(self) -> int:
        """Its width in columns of the terminal."""
        return max((cell_len(self.header), *(cell.cell_len for cell in self.cells)))


def fitted(table: Table, cells: Cells, width: int) -> list[Fitted]:
    """Return the columns that fit, names shortened, bars as long as there is room."""
    if any(column.kind is Kind.TEXT for column in table.columns):
        return [_fitted_column(column, cells) for column in table.columns]
    drawn = [column for column in table.columns if column.kind is not Kind.BAR]
    if table.elides:
        # More columns than these do not fit, however narrow they are.
        most = width // BETWEEN + 1
        drawn = [*drawn[:most], *drawn[most:][-1:]]
    columns = [_fitted_column(column, cells) for column in drawn]
    columns = _first_and_last(columns, width) if table.elides else _fit_by_rank(columns, width)
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
            return [_shorten_names(c, share) if c.kind is Kind.NAME else c for c in kept]
    return kept


def _shorten_names(column: Fitted, width: int) -> Fitted:
    """Put the class's number before each name and shorten the name."""
    if column.width <= width:
        return column
    numbers = column.numbers or ("",) * len(column.cells)
    numbered = zip(numbers, column.cells, strict=True)
    names = [f"{number} {name.plain}".lstrip() for number, name in numbered]
    short = [_shorten(name, width) for name in names]
    if len({*short}) < len({*names}):
        # They differ where they end.
        short = [_shorten(name[::-1], width)[::-1] for name in names]
    return replace(column, header=_shorten(column.header, width), cells=[*map(Text, short)])


def _shorten(text: str, width: int) -> str:
    return text if cell_len(text) <= width else f"{set_cell_size(text, width - 1).rstrip()}…"


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
