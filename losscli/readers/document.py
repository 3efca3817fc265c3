"""An open file as its format presents it: a document with one array or several."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from losscli.errors import UsageError, part_of
from losscli.readers.class_names import ClassNames, name_list
from losscli.readers.columns import select
from losscli.readers.source import Source


class ReadOptions(NamedTuple):
    """The options of the command line that apply to every file."""

    header: bool | None = None
    """Whether tables have a header; None to detect it."""
    delimiter: str | None = None
    """The delimiter as typed; None for that of the format."""
    decimal: str | None = None
    """The decimal sign of tables as typed; None for a point."""
    by_id: str | None = None
    """The column that pairs the rows of the files; `none` pairs them by their order."""
    labels_are: str | None = None
    """`names` or `indices`, for labels that may be either; None to detect it."""
    classes: tuple[str, ...] = ()
    """The names of the classes, where no header gives them."""
    label_base: int = 0
    """The number of the first class."""


class Document(Protocol):
    """An open file as its format presents it: one array, or arrays by name or by path."""

    label: str
    """The file as messages name it."""
    kind: str = "a file"
    """The kind of container, with its article: `a mapping`, `an archive`."""
    keys: tuple[str, ...] | None = None
    """The names to choose from; None where the file holds one array, which needs no name."""
    arrays: tuple[str, ...] = ()
    """The names that refer to arrays."""

    def source(self, selector: str | None, classes: ClassNames | None) -> Source:
        """Return the array that a selector names; all of the file without one.

        `classes` is given for a role that may hold labels: their names become numbers.
        UsageError where the selector names nothing, DataError where the file is at fault.
        """
        ...

    def split_selector(self, selector: str | None) -> tuple[str, str | None]:
        """Return the name of a section that a selector begins with, and its rest."""
        return "", selector

    def paths(self) -> Iterable[str]:
        """Return the selectors of its arrays, or of its sections: what a shell may offer."""
        return self.keys or ()

    def section(self, name: str) -> Document:  # noqa: ARG002
        """Return the section of this name, or the only one: a sheet of a workbook."""
        return self

    def beside(self, selector: str | None) -> Document:  # noqa: ARG002
        """Return the part of the document that contains the selected array and its neighbors."""
        return self

    def series(self, selector: str | None) -> Iterator[str]:
        """Return the numbers of one column or list as text, in order; empty for a missing one."""
        source = self.source(selector, None)
        if len(source.shape) != 1:
            raise UsageError(
                f"{source.label}: expected one series of numbers, found the shape "
                f"{source.shape}; choose one column or list with ::NAME"
            )
        return map(repr, source.read(0, source.shape[0]).tolist())


class TableDocument(Document, ABC):
    """A document of columns: a role reads those that its selector or their names choose."""

    kind = "a table"
    all_columns = True
    """Whether a role reads all columns where neither a selector nor a name chooses some."""

    @abstractmethod
    def names(self, classes: ClassNames | None) -> tuple[str, ...]:
        """Return the names of the columns; empty for a table without a header.

        A lone class name in the first row is a label, not a header.
        """

    @property
    @abstractmethod
    def width(self) -> int:
        """How many columns there are."""

    @abstractmethod
    def take(self, columns: Sequence[int], classes: ClassNames | None) -> Source:
        """Return columns, counted from 0: one as shape (n,), several as (n, c).

        DataError for a column that does not hold numbers (or class names, where these are given).
        """

    @abstractmethod
    def text(self, column: int) -> Iterator[str]:
        """Return the cells of a column as text, in order: ids are compared as they are written."""

    @property
    def doubtful(self) -> bool:
        """Whether the first row may be a header or data: the rows of the other files decide it."""
        return False

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return sum(1 for _ in self.text(0))

    def settle(self, *, header: bool) -> None:
        """Decide whether the first row of a doubtful table is a header."""
        raise NotImplementedError

    def is_path(self, selector: str) -> bool:  # noqa: ARG002
        """Tell whether a selector is a path to an array, rather than a choice of columns."""
        return False

    def name_place(self, column: int) -> str:
        """Return the place of a column's name: `line 1 column 3` in a text file."""
        return f"column {column + 1}"

    def cell_place(self, row: int, column: int) -> str:
        """Return the place of a cell; rows and columns count from 0 here."""
        return f"row {row + 1} column {column + 1}"

    def source(self, selector: str | None, classes: ClassNames | None) -> Source:
        """Return the columns that a selector chooses, all without one."""
        columns: Sequence[int] = range(self.width)
        if selector is not None:
            columns = select(selector, self.names(classes), self.width, self.label)
        return self.take(columns, classes)

    def series(self, selector: str | None) -> Iterator[str]:
        """Return the cells of the column that a selector chooses, or of the only one."""
        names = self.names(None)
        chosen: Sequence[int] = range(self.width)
        if selector is not None:
            chosen = select(selector, names, self.width, self.label)
        if len(chosen) > 1:
            found = name_list(names) if names else f"{self.width} columns"
            one = part_of(self.label, names[chosen[0]] if names else str(chosen[0]))
            raise UsageError(f"{self.label}: expected one column, found {found}; choose e.g. {one}")
        return self.text(chosen[0])
