"""How the rows of several tables are paired: by their order, or by a column of ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from losscli.errors import UsageError, option, show
from losscli.readers.columns import select
from losscli.readers.document import Document, TableDocument
from losscli.readers.row_ids import (
    RowIds,
    have_same_ids,
    is_index_name,
    order_by_id,
    refuse_other_order,
)
from losscli.readers.source import Array
from losscli.readers.table_roles import TableRoles
from losscli.readers.wanted_role import WantedRole


class Pairing:
    """The tables of one call, and the ids in them."""

    def __init__(
        self,
        by_id: str | None,
        wanted: Sequence[WantedRole],
        documents: Mapping[str, Document],
        table: Callable[[TableDocument], TableRoles],
    ) -> None:
        """Take `--by-id`, the roles, and their documents; `table` returns the roles of a table."""
        self._by_id = by_id
        self._table = table
        by_row = [want.role for want in wanted if want.by_row and want.role in documents]
        self._documents = {role: documents[role] for role in by_row}

    def orders(self) -> dict[str, Array]:
        """Return the order of the rows of each role that must be paired by ids.

        DataError where the ids of two files disagree and nothing says how to pair them.
        """
        files = set(self._documents.values())
        tables = [one for one in files if isinstance(one, TableDocument) and one.width > 1]
        for table in tables:
            self._table(table).trusted = self._by_id == "none" or len(files) == 1
        if self._by_id == "none":
            return {}
        if self._by_id is not None:
            return self._joined(self._by_id, tables)
        ids = []
        for document in dict.fromkeys(self._documents.values()):
            if document in tables and isinstance(document, TableDocument):
                column = self._table(document).id_or_index
                ids += [] if column is None else [RowIds(document, column)]
        for other in ids[1:]:
            self._compare(ids[0], other)
        return {}

    def _compare(self, first: RowIds, other: RowIds) -> None:
        """Refuse ids that are the same in no order, or in a different one."""
        tables = self._table(first.document), self._table(other.document)
        named = all(table.id is not None for table in tables)
        if other.kind == first.kind or (named and have_same_ids(first, other)):
            refuse_other_order(first, other)
            for table in tables:
                table.paired = True

    def _joined(self, name: str, tables: Sequence[TableDocument]) -> dict[str, Array]:
        """Return the orders that pair the rows by a column."""
        names = [column for table in tables for column in table.names(None)]
        known = name in names or (is_index_name(name) and any(map(is_index_name, names)))
        ids = {
            role: self._named(name, document, known=known)
            for role, document in self._documents.items()
        }
        first = next(iter(ids.values()), None)
        return {
            role: order_by_id(first, other)
            for role, other in ids.items()
            if first is not None and other.document is not first.document
        }

    def _named(self, name: str, document: Document, *, known: bool) -> RowIds:
        """Return the ids in the column that `--by-id` names.

        `known` says that one of the files has this column: others may name their ids differently.
        """
        if not isinstance(document, TableDocument) or document.width < 2:
            raise UsageError(
                f"{document.label} has no columns with names, so it has no ids {show(name)}; pair "
                f"its rows by their order: remove {option('by_id')}"
            )
        table = self._table(document)
        names = list(document.names(None))
        column = table.id if known else None
        if is_index_name(name):
            column = next((c for c, other in enumerate(names) if is_index_name(other)), column)
        if name in names or column is None:
            columns = select(name, tuple(names), document.width, document.label)
            if len(columns) > 1:
                raise UsageError(
                    f"{option('by_id')}: {show(name)} selects {len(columns)} columns of "
                    f"{document.label}; name one"
                )
            column = columns[0]
        table.id, table.paired = column, True
        return RowIds(document, column)
