"""Pages: the content of a result, block by block, without width, color or format.

A command builds a `Page`; `output.show` renders it for a terminal or for a pipe. Numbers stay
numbers here: a terminal shows a few decimals of them, a pipe shows every digit. Text may come from
files: the renderers escape it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import TYPE_CHECKING

from losscli.errors import UsageError

if TYPE_CHECKING:
    from losscli.output.chart import Chart

FEW_ROWS = 10
"""A table that no option makes longer."""
MOST_ROWS = 100_000
MOST_NUMBERS = 50_000_000
"""In all rows of a table together."""
MOST_COLUMNS = 20
"""Of numbers of one kind, such as a gradient, in the table of a pipe."""
USUAL_DIGITS = 4


class Form(Enum):
    """How a terminal writes a number; a pipe always writes every digit."""

    FIXED = auto()
    """The page's decimals, or a power of ten where those would hide the number."""
    SCALED = auto()
    """In a column: as many decimals as its largest number needs to show the page's digits."""
    SHORT = auto()
    """As many significant digits as the page has decimals."""
    GENERAL = auto()
    """As few digits as distinguish it from its neighbors: 1, 0.5, 1e-07."""
    GIVEN = auto()
    """As many decimals as it has itself, at most the page's."""
    SIGNED = auto()
    """The sign and two significant digits: an error."""


class Style(Enum):
    """What a piece of text means to the reader; the terminal chooses the color."""

    PLAIN = auto()
    STRONG = auto()
    DIM = auto()
    ACCENT = auto()
    NAME = auto()
    """Text to type or to look up."""
    GOOD = auto()
    BAD = auto()
    WARNING = auto()
    INFO = auto()


class Mark(Enum):
    """A sign before a heading on a terminal; a pipe has only the words."""

    GOOD = Style.GOOD
    BAD = Style.BAD
    WARNING = Style.WARNING
    INFO = Style.INFO


class Kind(Enum):
    """The content of a column."""

    INDEX = auto()
    NAME = auto()
    """Names: left-aligned, shortened where a terminal is narrow."""
    NUMBER = auto()
    TEXT = auto()
    """Sentences: a terminal wraps them; a part that is a newline begins another line."""
    BAR = auto()
    """Shares of 1, drawn as bars in the room that is left."""
    MARK = auto()
    """A sign for terminals: a pipe leaves the column out."""


class Signs(str):
    """Text with mathematical signs, not from a file: a pipe spells them in ASCII."""

    __slots__ = ()


@dataclass(frozen=True)
class Number:
    """A number, and how a terminal writes it."""

    value: float
    form: Form = Form.FIXED
    bracketed: bool = False
    """Whether its minus needs brackets."""


@dataclass(frozen=True)
class Styled:
    """Text or a number with a meaning, or with the color that a class keeps on the page."""

    part: str | float | Number
    style: Style | int


Part = str | float | Number | Styled
"""A piece of a phrase; a bare float is `Number(value)`, an int is written as it is."""
Phrase = Part | Sequence[Part]
"""The pieces of one line."""


@dataclass(frozen=True)
class Heading:
    """The line that a page or a part of it begins with; a part has an empty line before it."""

    phrase: Phrase
    mark: Mark | None = None
    label: str = ""
    """Text between the mark and the phrase, in the color of the mark: `L101 error`."""
    is_part: bool = False


@dataclass(frozen=True)
class Paragraph:
    """Sentences; a terminal wraps them at words."""

    phrase: Phrase
    style: Style = Style.PLAIN
    holds: bool | None = None
    """Of a check: whether it holds."""


@dataclass(frozen=True)
class Command:
    """A command line to type: one line, whatever the width, so that a copy of it runs."""

    text: str
    label: str = ""
    """A word before it that says what it is for."""


@dataclass(frozen=True)
class Lines:
    """Lines that are shown as they are, such as a file's."""

    lines: Sequence[Phrase]
    style: Style = Style.PLAIN


@dataclass(frozen=True)
class Fact:
    """One line of `Facts`: a name and its figures."""

    what: str
    phrase: Phrase
    strong: bool = False
    of: str = ""
    """The fact above that this one belongs to: `quantiles` of `KL`."""
    holds: bool | None = None
    """Of a check: whether it holds."""


@dataclass(frozen=True)
class Facts:
    """Figures by name, one line each."""

    facts: Sequence[Fact]
    is_framed: bool = False


@dataclass(frozen=True)
class Row:
    """One line of a step: a name, the numbers put into its formula, and the result."""

    name: Phrase
    how: Phrase
    value: Phrase
    tint: int | None = None
    """The color of the class that it is about."""
    is_target: bool = False
    is_answer: bool = False
    """Whether the value is words: which case applies."""
    share: float | None = None
    """The result, if it is a share of 1 to be drawn as a bar."""


@dataclass(frozen=True)
class Step:
    """One step of a computation: a formula, its rows, and one sentence why."""

    label: str
    name: str
    formula: Phrase
    rows: Sequence[Row]
    blocks: Sequence[Block]
    """Tables, checks and derivations below the rows."""
    why: str


@dataclass(frozen=True)
class Steps:
    """Steps in their order."""

    steps: Sequence[Step]


@dataclass(frozen=True)
class Column:
    """A column of a table: its cells are phrases; None is an empty cell."""

    header: str
    cells: Sequence[Phrase | None]
    kind: Kind = Kind.NUMBER
    form: Form = Form.FIXED
    style: Style = Style.PLAIN
    plain_header: str = ""
    """The header in a pipe, if it differs: a single word."""
    rank: int = 0
    """Above 0: omitted on a terminal that is too narrow, 1 first."""
    numbers: Sequence[str] = ()
    """The numbers of the classes that the cells name: a shortened name keeps its number."""
    ticks: Sequence[float] = ()
    """Of bars: a second share that is drawn as a line across each."""
    about: str = ""
    """What its cells are: a line below the table, where the column is shown."""


@dataclass(frozen=True)
class Choice:
    """Columns for a wide terminal; made only if `least` columns are free."""

    least: int
    columns: Callable[[], Sequence[Column]]


@dataclass(frozen=True)
class Table:
    """Rows given as columns."""

    columns: Sequence[Column]
    choices: Sequence[Choice] = ()
    """Further columns, widest first: a terminal shows the first that fits, a pipe the first."""
    gap_after: int | None = None
    """The number of rows before the gap; None if there is no gap."""
    dim: frozenset[int] = frozenset()
    """Rows that matter less, drawn dim."""
    elides: bool = False
    """Whether columns of one kind follow the first: a narrow terminal leaves out some of them."""
    has_header: bool = True

    @property
    def size(self) -> int:
        """The number of rows."""
        return max((len(column.cells) for column in self.columns), default=0)

    def for_programs(self) -> list[Column]:
        """Return every column with cells of its own: no bars, no signs."""
        further = self.choices[0].columns() if self.choices else ()
        drawn = (Kind.MARK, Kind.BAR)
        return [column for column in (*self.columns, *further) if column.kind not in drawn]

    def in_text(self, *, marks: bool = False) -> tuple[list[Column], int]:
        """Return the columns that a text of any width shows, and how many it leaves out."""
        columns = [column for column in self.columns if marks or column.kind is not Kind.MARK]
        further: Sequence[Column] = []
        if self.choices:
            further = self.choices[0].columns()
        elif self.elides:
            columns, further = columns[:1], columns[1:]
        shown = further[:MOST_COLUMNS]
        return [*columns, *shown], len(further) - len(shown)


@dataclass(frozen=True)
class Blank:
    """An empty line."""


@dataclass(frozen=True)
class Signature:
    """Everything that a number depends on: the last line of a result."""

    text: str


@dataclass(frozen=True)
class Figure:
    """A chart: a picture where there can be one, else characters."""

    chart: Chart


@dataclass(frozen=True)
class Indented:
    """Blocks that belong to the heading above them."""

    blocks: Sequence[Block]


Block = (
    Heading
    | Paragraph
    | Command
    | Lines
    | Facts
    | Table
    | Steps
    | Figure
    | Blank
    | Signature
    | Indented
)


@dataclass(frozen=True)
class Page:
    """The output of a command, from top to bottom."""

    blocks: Sequence[Block] = field(default_factory=list)
    digits: int | None = None
    """Decimals that were asked for; without them a pipe shows every digit."""
    usual: int = USUAL_DIGITS
    """Decimals where none were asked for, on a terminal and in Markdown."""

    @property
    def decimals(self) -> int:
        """The decimals on a terminal and in Markdown."""
        return self.usual if self.digits is None else self.digits

    def with_more(self, blocks: Sequence[Block]) -> Page:
        """Return the page with further blocks at its end, before its signature."""
        own = list(self.blocks)
        at = len(own) - (bool(own) and isinstance(own[-1], Signature))
        if at and isinstance(own[at - 1], Blank) and isinstance(next(iter(blocks), None), Blank):
            at -= 1
            del own[at]
        return replace(self, blocks=[*own[:at], *blocks, *own[at:]])


def require_short(rows: int, width: int = 1) -> None:
    """Refuse a table too long to be kept until it is laid out; a row has `width` numbers."""
    most = max(FEW_ROWS, min(MOST_ROWS, MOST_NUMBERS // width))
    if rows > most:
        raise UsageError(
            f"a table of {rows} rows is too long, at most {most} fit; ask for fewer rows, or use "
            "-f csv, which has every row"
        )


def head_and_tail(size: int, rows: int) -> tuple[list[int], int | None]:
    """Return which of `size` rows a table of `rows` shows, and how many precede the gap."""
    require_short(min(size, rows))
    if size <= rows:
        return list(range(size)), None
    head = (rows + 1) // 2
    return [*range(head), *range(size - rows // 2, size)], head if rows else None


def share_of(cell: Phrase | None) -> float:
    """Return the share that a bar's cell holds."""
    return float(cell) if isinstance(cell, int | float) else 0.0


def parts_of(phrase: Phrase) -> Sequence[Part]:
    """Return a phrase as its parts."""
    return [phrase] if isinstance(phrase, str | int | float | Number | Styled) else phrase
