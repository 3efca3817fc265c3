"""Opens the source of each role from its text on the command line."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from losscli.errors import DataError, UsageError, option, part, part_of, short_name, show
from losscli.readers.class_names import ClassNames, name_list
from losscli.readers.columns import chooses, select
from losscli.readers.document import Document, ReadOptions, TableDocument
from losscli.readers.file import File, open_file, reason
from losscli.readers.formats import detect
from losscli.readers.named_labels import NumberedClasses, class_names, resolve
from losscli.readers.pairing import Pairing
from losscli.readers.row_ids import Reordered
from losscli.readers.shard_paths import gap_note, shard_paths, stands_for_several
from losscli.readers.source import Source, noted
from losscli.readers.spec import Spec, parse_spec
from losscli.readers.table_roles import TableRoles, settle_headers
from losscli.readers.typed_numbers import TypedNumbers
from losscli.readers.wanted_role import WantedRole

_USUAL = ReadOptions()


def open_sources(
    given: Mapping[str, str],
    wanted: Sequence[WantedRole],
    options: ReadOptions = _USUAL,
) -> tuple[dict[str, Source], list[str]]:
    """Open a source for each role that is given, and find the required ones that are not.

    `given` maps a role to `[FORMAT:]PATH[::SELECTOR]`. A missing required role is looked up in the
    file of the first role, beside what that one reads; the notes that are returned say so. Class
    names become numbers, the first one `label_base`.

    UsageError where a role is missing, DataError where a file is not what it should be.
    """
    opener = _Opener(given, wanted, options)
    with opener.named_errors():
        return opener.open_all()


def read_series(text: str, options: ReadOptions = _USUAL) -> list[str]:
    """Return the numbers of one column or list of `[FORMAT:]PATH[::SELECTOR]`, as text, in order.

    Missing ones are empty. UsageError where the selector names none, DataError where the file is
    not what it should be.
    """
    opener = _Opener({"series": text}, [WantedRole("series", (), True)], options)
    with opener.named_errors():
        return opener.series("series")


class _Opener:
    """One call of open_sources: each file is opened once, however many roles name it."""

    def __init__(
        self, given: Mapping[str, str], wanted: Sequence[WantedRole], options: ReadOptions
    ) -> None:
        self.wanted = wanted
        self.options = options
        self.first = wanted[0]
        self.classes = ClassNames()
        self.current = "the data"
        self.notes: list[str] = []
        self._files: dict[str, File] = {}
        self._documents: dict[tuple[File, str], Document] = {}
        self._sharded: dict[tuple[str, str | None], Document] = {}
        self._tables: dict[TableDocument, TableRoles] = {}
        self.specs = {role: parse_spec(text) for role, text in given.items()}
        readers = [role for role, spec in self.specs.items() if spec.path == "-"]
        if len(readers) > 1:
            raise UsageError(
                f"standard input is given for both {readers[0]} and {readers[1]}; "
                f"use - for one, and ::KEY for the other if it is in the same data"
            )
        for role, spec in self.specs.items():
            if not spec.path and spec.numbers is None:
                self.specs[role] = self._in_first_file(role, spec)

    def _in_first_file(self, role: str, spec: Spec) -> Spec:
        """Return a source `::SELECTOR` with the path of the first role."""
        first = self.specs.get(self.first.role)
        if first is None or not first.path:
            raise UsageError(
                f"{option(role, '::KEY')} is read from the file of {option(self.first.role)}, "
                f"which is missing; give {option(self.first.role, 'FILE')}"
            )
        return Spec(first.format, first.path, spec.selector)

    @contextmanager
    def named_errors(self) -> Iterator[None]:
        """Turn the system's errors into those that name the file."""
        try:
            yield
        except MemoryError:
            raise DataError(
                f"{self.current}: the numbers do not fit in memory; split the file"
            ) from None
        except OSError as error:
            raise DataError(f"{self.current}: {reason(error)}") from None

    def series(self, role: str) -> list[str]:
        """Return the numbers of a role, which is one column or list, as text."""
        self.current = self.specs[role].label
        document = self._section(role)
        return list(document.series(self.specs[role].selector))

    def open_all(self) -> tuple[dict[str, Source], list[str]]:
        """Open the first role, whose header names the classes, then the others."""
        documents = {}
        for want in self.wanted:
            if want.role in self.specs:
                self.current = self.specs[want.role].label
                documents[want.role] = self._section(want.role)
        settle_headers(documents, self.wanted, self._row_count)
        orders = Pairing(self.options.by_id, self.wanted, documents, self._table).orders()
        sources: dict[str, Source] = {}
        for want in self.wanted:
            if want.role in documents:
                self.current = self.specs[want.role].label
                sources[want.role] = self._open(want, documents[want.role], sources)
                self._refuse_shared_column(want, sources)
            elif want.required:
                sources[want.role] = self._find(want)
            if want.role not in sources:
                continue
            if want is self.first:
                self._name_classes(sources[want.role])
            elif want.labels and isinstance(self.classes, NumberedClasses):
                sources[want.role] = self._resolve(want, sources)
        for role, order in orders.items():
            sources[role] = Reordered(sources[role], order)
        return sources, list(dict.fromkeys(self.notes))

    def _open(self, want: WantedRole, document: Document, opened: Mapping[str, Source]) -> Source:
        """Return what a role reads from its document."""
        selector = self.specs[want.role].selector
        classes = self._classes(want)
        if isinstance(document, TypedNumbers):
            first = opened.get(self.first.role)
            return document.read_as(want, None if first is None else first.shape, classes)
        is_path = (
            isinstance(document, TableDocument)
            and selector is not None
            and document.is_path(selector)
        )
        if isinstance(document, TableDocument) and document.width > 1 and not is_path:
            taken = self._taken(want, document)
            columns, notes = self._table(document).columns(want, selector, taken)
            return noted(document.take(columns, classes), *notes)
        if selector is None and document.keys is not None:
            selector = self._choose(want, document)
        return document.source(selector, classes)

    def _row_count(self, want: WantedRole, document: Document) -> int | None:
        """Return the number of rows of a role, unless it is a scalar."""
        if isinstance(document, TableDocument):
            return document.row_count
        selector = self.specs[want.role].selector
        if selector is None and document.keys is not None:
            selector = self._choose(want, document)
        return next(iter(document.source(selector, self._classes(want)).shape), None)

    def _classes(self, want: WantedRole) -> ClassNames | None:
        return want.words or (self.classes if want.labels else None)

    def _table(self, document: TableDocument) -> TableRoles:
        if document not in self._tables:
            self._tables[document] = TableRoles(document, self._of_table(document))
            missing = [want.role for want in self.wanted if want.role not in self.specs]
            self._tables[document].missing = missing
        return self._tables[document]

    def _of_table(self, document: TableDocument) -> list[WantedRole]:
        """Return all roles, those first that may be read from a table: a column may fit several."""
        elsewhere = {
            role for role, spec in self.specs.items() if self._document(spec) is not document
        }
        return sorted(self.wanted, key=lambda want: want.role in elsewhere)

    def _taken(self, want: WantedRole, document: TableDocument) -> set[int]:
        """Return the columns of a document that the selectors of other roles name."""
        taken: set[int] = set()
        for role, spec in self.specs.items():
            if role == want.role or spec.selector is None or self._document(spec) != document:
                continue
            names = document.names(None)
            if not document.is_path(spec.selector) and chooses(spec.selector, names):
                taken.update(select(spec.selector, names, document.width, document.label))
        return taken

    def _name_classes(self, source: Source) -> None:
        """Take the names of the classes from the header of the first role, or from the call."""
        names, label, given = source.names, self.current, self.options.classes
        if given:
            if len(names) > 1 and names != given:
                raise UsageError(
                    f"{option('classes')}: the header of {label} names the classes "
                    f"{name_list(names)}; remove {option('classes')}, or use "
                    f"{option('header', False)}"
                )
            if len(given) not in source.shape:
                raise UsageError(
                    f"{option('classes')}: {len(given)} names for {label} of shape {source.shape}; "
                    "give one name for each class"
                )
            names, label = given, option("classes")
            if source.shape[1:] == (len(given),):
                source.names = given
        self.classes = class_names(names if len(names) > 1 else (), label, self.options.label_base)

    def _resolve(self, want: WantedRole, sources: Mapping[str, Source]) -> Source:
        """Return labels that may be names or indices as indices."""
        source = sources[want.role]
        assert isinstance(self.classes, NumberedClasses)
        if not source.shape or source.shape == sources[self.first.role].shape:
            return source
        labels_are = self.options.labels_are
        source, note = resolve(source, self.classes, labels_are, want.ignored)
        return noted(source, *([note] if note else []))

    def _refuse_shared_column(self, want: WantedRole, sources: Mapping[str, Source]) -> None:
        """Refuse a label column among the columns of the logits, which would be read as a class."""
        first, spec = self.specs.get(self.first.role), self.specs[want.role]
        if want is self.first or first is None or self._document(first) != self._document(spec):
            return
        whole, own = sources[self.first.role], sources[want.role]
        shared = set(whole.columns) & set(own.columns)
        if shared and len(whole.columns) > len(own.columns):
            column = min(shared)
            name = own.names[own.columns.index(column)] if own.names else str(column)
            raise DataError(
                f"{own.label}: column {show(name)} is the {want.role}, but the {self.first.role} "
                f"includes it too; exclude it there with !{name}"
            )

    def _file(self, spec: Spec) -> File:
        key = spec.path if spec.path == "-" or spec.is_url else os.path.realpath(spec.path)
        if key not in self._files:
            self._files[key] = open_file(spec)
        return self._files[key]

    def _section(self, role: str) -> Document:
        """Return the document of a role; its section is the first role's if it names none."""
        spec, first = self.specs[role], self.specs.get(self.first.role)
        section, selector = self._document(spec, whole=True).split_selector(spec.selector)
        if not section and first is not None and first.path == spec.path:
            section = first.section
        self.specs[role] = spec = spec._replace(section=section, selector=selector)
        return self._document(spec)

    def _document(self, spec: Spec, *, whole: bool = False) -> Document:
        """Return the document of a source, or the whole that it is a section of."""
        if spec.numbers is not None:
            return spec.numbers
        if stands_for_several(spec.path):
            return self._shards(spec)
        file = self._file(spec)
        row = spec.named_format or detect(file)
        key = (file, row.name)
        if key not in self._documents:
            self._documents[key] = row.open(file, self.options)
        return self._documents[key] if whole else self._documents[key].section(spec.section)

    def _shards(self, spec: Spec) -> Document:
        """Return the document of the files that a pattern or a folder stands for."""
        from losscli.readers.shards import shards_of

        def open_shard(path: str) -> tuple[File, Document]:
            shard = spec._replace(path=path)
            file = open_file(shard)
            return file, (shard.named_format or detect(file)).open(file, self.options).section("")

        key = (spec.path, spec.format and spec.format.name)
        if key not in self._sharded:
            paths = shard_paths(spec.path)
            self._sharded[key] = shards_of(spec.label, paths, open_shard, gap_note(paths))
        return self._sharded[key]

    def _choose(self, want: WantedRole, document: Document) -> str:
        """Return the key of a role in a file with several keys."""
        keys = document.keys or ()
        key = _only_key(want, keys, document.label)
        if key is not None:
            return key
        others = {name for other in self.wanted if other is not want for name in other.names}
        if len(document.arrays) == 1 and document.arrays[0] not in others:
            return document.arrays[0]
        example = short_name(document.arrays[0]) if document.arrays else "KEY"
        raise DataError(
            f"{document.label}: expected a key {' or '.join(want.names[:3])}, found "
            f"{document.kind} with the keys {name_list(keys)}; choose one, e.g. "
            f"{part_of(document.label, example)}"
        )

    def _find(self, want: WantedRole) -> Source:
        """Find a required role that is not given: in the first role's file, beside that role."""
        spec, flag = self.specs.get(self.first.role), option(want.role)
        if spec is None:
            raise UsageError(f"{flag} is missing; give {option(want.role, 'FILE')}")
        if spec.numbers is not None:
            raise UsageError(f"{flag} is missing; give numbers here too, or a file")
        document = self._document(spec).beside(spec.selector)
        if isinstance(document, TableDocument) and len(document.names(None)) > 1:
            return self._find_columns(want, document)
        keys = document.keys
        key = _only_key(want, keys or (), document.label)
        if key is None:
            found, fix = "holds one array", f"give {option(want.role, 'FILE')}"
            if keys is not None:
                found = f"has the keys {name_list(keys)}, not {show(want.names[0])}"
                fix += f", or choose a key with {option(want.role, '::KEY')}"
            raise UsageError(f"{flag} is missing: {document.label} {found}; {fix}")
        source = document.source(key, self._classes(want))
        path = source.label.removeprefix(f"{document.label}::")
        self.notes.append(f"{want.role} is read from {document.label} under {show(path)}")
        return source

    def _find_columns(self, want: WantedRole, document: TableDocument) -> Source:
        """Find the columns of a missing role by their names in the first role's table."""
        names = document.names(None)
        columns = self._table(document).of(want)
        if not columns:
            file, column = option(want.role, "FILE"), option(want.role, "::COLUMN")
            raise UsageError(
                f"{option(want.role)} is missing: {document.label} has the columns "
                f"{name_list(names)}, not {show(want.names[0])}; give {file}, or choose a column "
                f"with {column}"
            )
        found = name_list(tuple(names[column] for column in columns))
        self.notes.append(f"{want.role} is read from {document.label}, column {found}")
        return document.take(columns, self._classes(want))


def _only_key(want: WantedRole, keys: Sequence[str], label: str) -> str | None:
    """Return the key of a role: its own name, or else the only alias in the file."""
    found = [name for name in want.names if name in keys]
    if len(found) > 1 and found[0] != want.role:
        raise DataError(
            f"{label} has the keys {name_list(tuple(found))}: which one is the {want.role}? use "
            f"{option(want.role, part(label, found[0]))}"
        )
    return found[0] if found else None
