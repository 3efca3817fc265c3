"""The rows of a page's table for programs: CSV, TSV and JSON, every column, every digit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from losscli.output.encoders import JsonObjects, Separated
from losscli.output.page import Number, Phrase, Styled, Table, parts_of
from losscli.output.row_formats import ROW_FORMATS
from losscli.output.strict_json import plain


def table_text(table: Table, form: str) -> Iterator[str]:
    """Yield a table in one of `ROW_FORMATS`."""
    names, columns = _columns(table)
    delimiter = ROW_FORMATS[form]
    encoder = JsonObjects(names) if delimiter is None else Separated(delimiter, names)
    return encoder.whole([columns] if table.size else [])


def table_objects(table: Table) -> list[dict[str, Any]]:
    """Return a table as JSON has it, one object per row."""
    names, columns = _columns(table)
    return [dict(zip(names, map(plain, row), strict=True)) for row in zip(*columns, strict=True)]


def _columns(table: Table) -> tuple[list[str], list[list[Any]]]:
    columns = table.for_programs()
    names = [column.plain_header or column.header for column in columns]
    return names, [[_cell(cell) for cell in column.cells] for column in columns]


def _cell(phrase: Phrase | None) -> Any:
    """Return a number or a text as it is, several parts as one text."""
    if phrase is None:
        return None
    parts = [part.part if isinstance(part, Styled) else part for part in parts_of(phrase)]
    values = [part.value if isinstance(part, Number) else part for part in parts]
    return values[0] if len(values) == 1 else "".join(map(str, values))
