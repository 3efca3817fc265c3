"""Opens the source of each role from its text on the command line."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from losscli.errors import DataError, UsageError, short_name, show
from losscli.readers.class_names import ClassNames, Words, name_list
from losscli.readers.document import Document, ReadOptions
from losscli.readers.file import File, open_file, reason
from losscli.readers.formats import detect
from losscli.readers.source import Source
from losscli.readers.spec import Spec, parse_spec


class WantedRole(NamedTuple):
    """One role that a loss may take."""

    role: str
    names: tuple[str, ...]
    """Its possible keys in a mapping or an archive; the first is the name of the role."""
    required: bool
    labels: bool = False
    """Whether it may hold labels: integers stay exact, class names become numbers."""
    words: Words | None = None
    """Numbers the words of a role whose labels are not classes."""


def open_sources(
    given: Mapping[str, str],
    wanted: Sequence[WantedRole],
    *,
    header: bool | None = None,
    delimiter: str | None = None,
    label_base: int = 0,
) -> tuple[dict[str, Source], list[str]]:
    """Open a source for each role that is given, and find the required ones that are not.

    `given` maps a role to `[FORMAT:]PATH[::SELECTOR]`. A missing required role is looked up in the
    file of the first role, beside what that one reads; the notes that are returned say so. Class
    names become numbers, the first one `label_base`.

    UsageError where a role is missing, DataError where a file is not what it should be.
    """
    opener = _Opener(given, wanted, ReadOptions(header, delimiter), label_base)
    try:
        return opener.open_all()
    except MemoryError:
        raise DataError(
            f"{opener.current}: the numbers do not fit in memory; split the file"
        ) from None
    except OSError as error:
        raise DataError(f"{opener.current}: {reason(error)}") from None


class _Opener:
    """One call of open_sources: each file is opened once, however many roles name it."""

    def __init__(
        self,
        given: Mapping[str, str],
        wanted: Sequence[WantedRole],
        options: ReadOptions,
        label_base: int,
    ) -> None:
        self.wanted = wanted
        self.options = options
        self.label_base = label_base
        self.first = wanted[0]
        self.classes = ClassNames()
        self.current = "the data"
        self._files: dict[str, File] = {}
        self._documents: dict[tuple[File, str], Document] = {}
        self.specs = {role: parse_spec(text) for role, text in given.items()}
        readers = [role for role, spec in self.specs.items() if spec.path == "-"]
        if len(readers) > 1:
            raise UsageError(
                f"standard input is given for both {readers[0]} and {readers[1]}; "
                f"use - for one, and ::KEY for the other if it is in the same data"
            )
        for role, spec in self.specs.items():
            if not spec.path:
                self.specs[role] = self._in_first_file(role, spec)

    def _in_first_file(self, role: str, spec: Spec) -> Spec:
        """Return a source `::SELECTOR` with the path of the first role."""
        first = self.specs.get(self.first.role)
        if first is None or not first.path:
            flag, first_flag = _flag(role), _flag(self.first.role)
            raise UsageError(
                f"{flag} ::KEY is read from the file of {first_flag}, which is missing; "
                f"give {first_flag} FILE"
            )
        return Spec(first.format, first.path, spec.selector)

    def open_all(self) -> tuple[dict[str, Source], list[str]]:
        """Open the first role, whose header names the classes, then the others."""
        sources: dict[str, Source] = {}
        notes: list[str] = []
        for want in self.wanted:
            spec = self.specs.get(want.role)
            if spec is not None:
                self.current = spec.label
                document, selector = self._document(spec), spec.selector
                if selector is None and document.keys is not None:
                    selector = self._choose(want, document)
                classes = want.words or (self.classes if want.labels else None)
                sources[want.role] = document.source(selector, classes)
                self._refuse_shared_column(want, spec, sources)
            elif want.required:
                sources[want.role], note = self._find(want)
                notes.append(note)
            if want is self.first and want.role in sources:
                names = sources[want.role].names
                self.classes = ClassNames(
                    names if len(names) > 1 else (), self.current, self.label_base
                )
        return sources, notes

    def _refuse_shared_column(
        self, want: WantedRole, spec: Spec, sources: Mapping[str, Source]
    ) -> None:
        """Refuse a label column among the columns of the logits, which would be read as a class."""
        first = self.specs.get(self.first.role)
        if want is self.first or first is None or self._file(first) is not self._file(spec):
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
        key = spec.path if spec.path == "-" else os.path.realpath(spec.path)
        if key not in self._files:
            self._files[key] = open_file(spec)
        return self._files[key]

    def _document(self, spec: Spec) -> Document:
        """Return the document of a source."""
        file = self._file(spec)
        row = spec.named_format or detect(file)
        key = (file, row.name)
        if key not in self._documents:
            self._documents[key] = row.open(file, self.options)
        return self._documents[key]

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
            f"{document.label}::{example}"
        )

    def _find(self, want: WantedRole) -> tuple[Source, str]:
        """Find a required role that is not given: in the first role's file, beside that role."""
        spec, flag = self.specs.get(self.first.role), _flag(want.role)
        if spec is None:
            raise UsageError(f"{flag} is missing; give {flag} FILE")
        document = self._document(spec).beside(spec.selector)
        keys = document.keys
        key = _only_key(want, keys or (), document.label)
        if key is None:
            found, fix = "holds one array", f"give {flag} FILE"
            if keys is not None:
                found = f"has the keys {name_list(keys)}, not {show(want.names[0])}"
                fix += f", or choose a key with {flag} ::KEY"
            raise UsageError(f"{flag} is missing: {document.label} {found}; {fix}")
        source = document.source(key, self.classes if want.labels else None)
        path = source.label.removeprefix(f"{document.label}::")
        return source, f"{want.role} is read from {document.label} under {show(path)}"


def _flag(role: str) -> str:
    return f"--{role.replace('_', '-')}"


def _only_key(want: WantedRole, keys: Sequence[str], label: str) -> str | None:
    """Return the key of a role: its own name, or else the only alias in the file."""
    found = [name for name in want.names if name in keys]
    if len(found) > 1 and found[0] != want.role:
        raise DataError(
            f"{label} has the keys {name_list(tuple(found))}: which one is the {want.role}? use "
            f"{_flag(want.role)} {label}::{found[0]}"
        )
    return found[0] if found else None
