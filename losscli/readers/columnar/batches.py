"""Parquet and Arrow files as record batches, which can be read from certain rows on."""

from __future__ import annotations

import io
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate, pairwise
from typing import Any

import pyarrow as pa
import pyarrow.ipc

from losscli.errors import DataError, show
from losscli.readers.file import File

_BUFFERED = 1 << 24
"""Bytes that are read ahead of what is decoded, for all columns together."""
_MOST_PER_COLUMN = 1 << 20
_SMALL = 1 << 26
"""Bytes of a file that fits in memory, whatever it holds."""
_AGAIN = "copy or save the file again"


class Batches(ABC):
    """The record batches of a file."""

    def __init__(self, file: File, kind: str) -> None:
        self.label = file.label
        self.kind = kind
        self._file = file
        self.schema: Any = None
        self.starts: Sequence[int] = (0,)
        """The rows from which reading may begin, then the number of rows."""
        self.column_cost = 0
        """Bytes that it may take to read a column, beside its batches."""

    @abstractmethod
    def open(self, group: int, fields: Collection[int], rows: int) -> Iterator[Any]:
        """Yield the batches from a group on, of at most this many rows where the format allows.

        They hold only these fields, counted from 0, in the order of the schema.
        """

    def _checked(self, schema: Any) -> Any:
        """Return a schema; DataError if it is empty."""
        if not len(schema):
            raise DataError(f"{self.label}: the table has no columns; save it again")
        return schema

    def _starts(self, counts: Iterable[int]) -> Sequence[int]:
        """Return where the rows of groups begin and end; DataError for a negative count."""
        starts = [0, *accumulate(counts)]
        if any(after < before for before, after in pairwise(starts)):
            raise DataError(
                f"{self.label}: {self.kind} is damaged: a negative number of rows; {_AGAIN}"
            )
        return starts

    def stream(self) -> Any:
        """Return an independent stream; it reads no more than what pyarrow asks for."""
        return pa.PythonFile(io.BufferedReader(self._file.stream().detach(), 1), mode="r")

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Turn pyarrow's errors into DataError."""
        try:
            yield
        except (DataError, GeneratorExit):
            raise
        except MemoryError:
            if self._file.size < _SMALL:
                raise DataError(
                    f"{self.label}: {self.kind} is damaged: a size in it is too large; {_AGAIN}"
                ) from None
            raise DataError(
                f"{self.label}: {self.kind} does not fit in memory, or it is damaged; split the "
                "file, or save it again with smaller row groups"
            ) from None
        except (pa.ArrowException, OSError, ValueError, LookupError, TypeError, OverflowError) as e:
            why = " ".join(str(e).split())
            if "crypt" in why:
                raise DataError(
                    f"{self.label}: {self.kind} is encrypted; save it without encryption"
                ) from None
            raise DataError(
                f"{self.label}: {self.kind} is damaged or truncated: {show(why)}; {_AGAIN}"
            ) from None

    def guard(self, batches: Iterable[Any]) -> Iterator[Any]:
        """Yield batches; DataError where one cannot be read."""
        with self.guarded():
            for batch in batches:
                # pyarrow trusts lengths and offsets, and would read outside its memory.
                batch.validate(full=True)
                yield batch


class ParquetBatches(Batches):
    """The row groups of a Parquet file, decoded page by page."""

    def __init__(self, file: File) -> None:
        super().__init__(file, "the Parquet file")
        with self.guarded():
            opened = self._open(4)
            self._metadata = opened.metadata
            self.schema = self._checked(opened.schema_arrow)
            groups = [self._metadata.row_group(i) for i in range(self._metadata.num_row_groups)]
        self.starts = self._starts(group.num_rows for group in groups)
        # A page and a dictionary, which by default have a megabyte each.
        most = max((group.num_rows for group in groups), default=0)
        self.column_cost = 2 * min(_MOST_PER_COLUMN, 8 * most)
        self._leaves = [0, *accumulate(_leaves(field.type) for field in self.schema)]
        if self._leaves[-1] != self._metadata.num_columns:
            raise DataError(f"{file.label}: {self.kind} is damaged: its schemas differ; {_AGAIN}")

    def _open(self, columns: int) -> Any:
        import pyarrow.parquet

        return pyarrow.parquet.ParquetFile(
            self.stream(),
            metadata=getattr(self, "_metadata", None),
            buffer_size=min(_MOST_PER_COLUMN, max(1 << 14, _BUFFERED // columns)),
            pre_buffer=False,
            page_checksum_verification=True,
        )

    def _indices(self, field: int) -> range:
        """Return the columns of the file that hold a field of the schema."""
        return range(self._leaves[field], self._leaves[field + 1])

    def open(self, group: int, fields: Collection[int], rows: int) -> Iterator[Any]:
        """Yield batches from a row group on."""
        indices = sorted({index for field in fields for index in self._indices(field)})
        with self.guarded():
            reader = self._open(len(indices)).reader
            groups = range(group, self._metadata.num_row_groups)
            batches = reader.iter_batches(
                rows, row_groups=groups, column_indices=indices, use_threads=False
            )
        return self.guard(batches)


class FileBatches(Batches):
    """The record batches of an Arrow IPC file, also called Feather."""

    def __init__(self, file: File) -> None:
        super().__init__(file, "the Arrow file")
        with self.guarded():
            opened = pyarrow.ipc.open_file(self.stream())
            self.schema = self._checked(opened.schema)
            self._count = opened.num_record_batches
        rows = (batch.num_rows for batch in self.open(0, {_smallest(self.schema)}, 0))
        self.starts = self._starts(rows)

    def open(self, group: int, fields: Collection[int], rows: int) -> Iterator[Any]:  # noqa: ARG002
        """Yield batches from one on."""
        with self.guarded():
            opened = pyarrow.ipc.open_file(self.stream(), options=_only(fields))
        return self.guard(map(opened.get_batch, range(group, self._count)))


class StreamBatches(Batches):
    """The record batches of an Arrow IPC stream, which is read from its beginning."""

    def __init__(self, file: File) -> None:
        super().__init__(file, "the Arrow stream")
        with self.guarded():
            opened = pyarrow.ipc.open_stream(self.stream())
            self.schema = self._checked(opened.schema)
        batches = self.open(0, {_smallest(self.schema)}, 0)
        self.starts = self._starts([sum(batch.num_rows for batch in batches)])

    def open(self, group: int, fields: Collection[int], rows: int) -> Iterator[Any]:  # noqa: ARG002
        """Yield all batches."""
        with self.guarded():
            opened = pyarrow.ipc.open_stream(self.stream(), options=_only(fields))
        return self.guard(opened)


def _only(fields: Collection[int]) -> Any:
    return pyarrow.ipc.IpcReadOptions(included_fields=sorted(fields), use_threads=False)


def _smallest(schema: Any) -> int:
    """Return the field whose entries take the fewest bytes, which costs least to count."""
    sizes = []
    for index, field in enumerate(schema):
        try:
            sizes.append((field.type.bit_width, index))
        except ValueError:
            sizes.append((1 << 10, index))
    return min(sizes, default=(0, 0))[1]


def _leaves(kind: Any) -> int:
    """Return how many columns of a Parquet file hold a type."""
    count, kinds = 0, [kind]
    while kinds:
        kind = kinds.pop()
        if isinstance(kind, pa.BaseExtensionType):
            kinds.append(kind.storage_type)
        elif pa.types.is_dictionary(kind) or not kind.num_fields:
            count += 1
        else:
            kinds += [kind.field(i).type for i in range(kind.num_fields)]
    return count
