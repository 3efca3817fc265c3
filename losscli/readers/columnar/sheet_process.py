"""Reads a workbook in a process of its own, since a damaged one may end that process.

It takes the file from standard input and writes a Workbook's parts to standard output. This is a
script of its own: it imports nothing of the package.
"""

from __future__ import annotations

import marshal
import resource
import sys
from array import array
from io import BytesIO
from itertools import islice
from typing import Any

import python_calamine as calamine

_MEMORY = 1 << 30
_MEMORY_PER_BYTE = 64
_SECONDS, _BYTES_PER_SECOND = 20, 1 << 20


def read(data: bytes, name: str | None) -> tuple[Any, ...]:
    """Return the sheets, and the cells of one: that of this name, or the only one with cells.

    A sheet is its name, whether it is shown and whether it has cells (None if it was not looked
    at). What is not a number is kept by its row.
    """
    try:
        workbook = calamine.CalamineWorkbook.from_filelike(BytesIO(data))
        known = {
            one.name: one.visible == calamine.SheetVisibleEnum.Visible
            for one in workbook.sheets_metadata
            if one.typ == calamine.SheetTypeEnum.WorkSheet
        }
        found, sheets = [], []
        for sheet, shown in known.items():
            full = None
            if name is None or name == sheet:
                cells = workbook.get_sheet_by_name(sheet)
                full = cells.start is not None
                if full and (shown or name == sheet):
                    found.append(cells)
            sheets.append((sheet, shown, full))
        return ("sheets", sheets, _cells(found[0]) if len(found) == 1 else None)
    except calamine.PasswordError:
        return ("password",)
    except MemoryError:
        return ("memory",)
    except Exception as error:
        return ("damaged", str(error))


def _cells(sheet: Any) -> tuple[Any, ...]:
    """Return a sheet's name, first row and column, height, merged cells and columns."""
    row, column = sheet.start
    columns: list[tuple[Any, dict[int, Any]]] = [(array("d"), {}) for _ in range(sheet.width)]
    height = 0
    for height, cells in enumerate(islice(sheet.iter_rows(), row, None), 1):
        for (numbers, others), cell in zip(columns, cells, strict=True):
            kind = type(cell)
            if kind is float or kind is int:
                numbers.append(cell)
            else:
                numbers.append(float("nan"))
                others[height - 1] = cell if kind in (str, bool) else (str(cell),)
    merged = [(*first, *last) for first, last in sheet.merged_cell_ranges or ()]
    packed = [(numbers.tobytes(), others) for numbers, others in columns]
    return (sheet.name, row, column, height, merged, packed)


def main() -> None:
    """Read a workbook within bounds of memory and time that its size sets."""
    data = sys.stdin.buffer.read()
    for limit, bound in (
        (resource.RLIMIT_AS, _MEMORY + _MEMORY_PER_BYTE * len(data)),
        (resource.RLIMIT_CPU, _SECONDS + len(data) // _BYTES_PER_SECOND),
        (resource.RLIMIT_CORE, 0),
    ):
        soft, hard = resource.getrlimit(limit)
        bounds = [one for one in (bound, soft, hard) if one != resource.RLIM_INFINITY]
        resource.setrlimit(limit, (min(bounds), hard))
    with open(1, "wb") as answer:
        marshal.dump(read(data, sys.argv[1] if len(sys.argv) > 1 else None), answer)


if __name__ == "__main__":
    main()
