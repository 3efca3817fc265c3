"""The columns of a table as `DataFrame.to_json` writes it, in each of its orients.

`records` is a list of mappings and `values` a list of lists, which need nothing here.
"""

from __future__ import annotations

from losscli.readers.nested.tree import Mapping, Node, Records, Scalar, Sequence, cells

_SPLIT = {"columns", "data"}
_TIGHT = {"index", "index_names", "column_names"}

_OWN = {"transform", "names", "output"}
"""Keys of what `loss TRANSFORM -f json` writes of a table with names."""


def columns_of(root: Node) -> dict[str, Sequence] | None:
    """Return the columns of a table by name; None for any other text."""
    if not isinstance(root, Mapping):
        return None
    items = root.items
    if items.keys() == {"schema", "data"}:
        return _table(items["schema"], items["data"])
    if items.keys() >= _SPLIT and items.keys() <= _SPLIT | _TIGHT:
        return _split(items)
    if items.keys() >= _OWN:
        return _split({"columns": items["names"], "data": items["output"]})
    return _keyed(items)


def _table(schema: Node, data: Node) -> dict[str, Sequence] | None:
    """Orient `table`: records under `data`, described by a schema."""
    records = data.only if isinstance(data, Sequence) else None
    if not isinstance(records, Records) or not isinstance(schema, Mapping):
        return None
    columns = dict(records.columns)
    if "fields" not in schema.items or not columns:
        return None
    if "index" in columns and _counts([cell.text for cell in _scalars(columns["index"])]):
        del columns["index"]
    return columns or None


def _split(items: dict[str, Node]) -> dict[str, Sequence] | None:
    """Orients `split` and `tight`: the names, then the rows as lists."""
    head, data, index = items["columns"], items["data"], items.get("index")
    if not isinstance(head, Sequence) or not isinstance(data, Sequence) or not data.length:
        return None
    names = [_name(cell.text) for cell in _scalars(head)]
    if len(names) != head.length or len(set(names)) != len(names):
        return None
    columns = {name: Sequence(data.line) for name in names}
    for row in cells(data):
        if not isinstance(row, Sequence) or row.length != len(names):
            return None
        for column, cell in zip(columns.values(), cells(row), strict=True):
            column.add(cell)
    return _with_index(columns, index if isinstance(index, Sequence) else None)


def _keyed(items: dict[str, Node]) -> dict[str, Sequence] | None:
    """Orients `columns` and `index`: mappings in a mapping, of which one level is the index.

    Where neither level, or both, are integers, nothing tells them apart.
    """
    inner = [node.items for node in items.values() if isinstance(node, Mapping)]
    if len(inner) < len(items) or not inner or not inner[0]:
        return None
    keys = inner[0].keys()
    by_column, by_row = _integers(list(keys)), _integers(list(items))
    if by_column == by_row or any(one.keys() != keys for one in inner):
        return None
    outer = list(items)
    rows = list(keys) if by_column else outer
    columns: dict[str, Sequence] = {}
    for at, name in enumerate(outer if by_column else keys):
        parts = [inner[at][row] for row in rows] if by_column else [one[name] for one in inner]
        column = columns[name] = Sequence(parts[0].line)
        for part in parts:
            column.add(part)
    if not any(isinstance(next(cells(column)), Scalar) for column in columns.values()):
        return None
    index = Sequence(next(iter(columns.values())).line)
    for row in rows:
        index.add(Scalar(row, index.line, quoted=True))
    return _with_index(columns, index)


def _with_index(columns: dict[str, Sequence], index: Sequence | None) -> dict[str, Sequence] | None:
    """Add the index as a column, unless it only counts the rows."""
    if index is None or "index" in columns:
        return columns
    texts = [_name(cell.text) for cell in _scalars(index)]
    if len(texts) != next(iter(columns.values())).length:
        return None
    return columns if _counts(texts) else {"index": index, **columns}


def _scalars(sequence: Sequence) -> list[Scalar]:
    return [cell for cell in cells(sequence) if isinstance(cell, Scalar)]


def _name(text: str) -> str:
    """Return a name or an index as pandas has it: 7, not 7.0."""
    return text.removesuffix(".0")


def _counts(texts: list[str]) -> bool:
    return [_name(text) for text in texts] == [str(row) for row in range(len(texts))]


def _integers(texts: list[str]) -> bool:
    return all(text.removeprefix("-").isdigit() and text.isascii() for text in texts)
