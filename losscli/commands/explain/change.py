"""`--set`: the sample with one number changed, and sources that hold the change."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from losscli.commands.explain.sample import Sample
from losscli.engine.problem.operands import Operand
from losscli.errors import UsageError, show
from losscli.losses.declare.role_kind import Layout
from losscli.numerics.arrays import Array
from losscli.readers.numerals import parse_number
from losscli.readers.source import DerivedSource, Source

SETTING = re.compile(
    r"(?P<role>[^\[\]=+-][^\[\]=]*?)(?:\[(?P<entry>[^\]]+)\])?(?P<how>\+=|-=|=)(?P<value>.+)"
)


class Change(NamedTuple):
    """One number of the sample, before and after."""

    what: str
    before: str
    after: str
    role: str
    inner: tuple[int, ...]
    """The place within the sample."""
    value: float


class ChangedSource(DerivedSource):
    """A source with some of its numbers replaced by those that were typed."""

    def __init__(self, source: Source, index: tuple[int, ...], value: float) -> None:
        super().__init__(source)
        self.index = index
        self.value = value
        whole = source.dtype.kind in "iu" and value.is_integer()
        self.dtype = np.dtype(np.int64) if whole else np.dtype(np.float64)

    def read(self, start: int, stop: int) -> Array:
        """Return rows start to stop of axis 0, the changed number in its place."""
        block = self._source.read(start, stop)
        if not self.index:
            return np.asarray(self.value)
        row = self.index[0] - start
        if 0 <= row < block.shape[0]:
            block = block.astype(self.dtype)
            block[(row, *self.index[1:])] = self.value
        return block

    def place(self, index: Sequence[int]) -> str:
        """Name the entry at an index, marked `(--set)` if it was typed."""
        return self._marked(super().place(index), index)

    def locate(self, index: Sequence[int]) -> str:
        """Name the file and the place of an entry, marked like the place."""
        return self._marked(super().locate(index), index)

    def _marked(self, place: str, index: Sequence[int]) -> str:
        return f"{place} (--set)" if tuple(index) == self.index else place


def changed(
    sample: Sample, settings: Sequence[str], sources: Mapping[str, Source]
) -> tuple[dict[str, Source], list[Change]]:
    """Return the sources with the changes of `--set`, and the list of changes.

    Raises UsageError for a setting that does not name a number of the sample.
    """
    found = dict(sources)
    changes: list[Change] = []
    for text in settings:
        for change in _Setting(sample, text, found).changes():
            operand = sample.problem.operand(change.role)
            index = _index(sample, operand, change.inner)
            found[change.role] = ChangedSource(found[change.role], index, change.value)
            changes.append(change)
    return found, changes


def _index(sample: Sample, operand: Operand, inner: tuple[int, ...]) -> tuple[int, ...]:
    """Return where the source has a number of the sample."""
    index = [*sample.index[:1], *inner, *sample.index[1:]]
    if operand.starts is not None:
        return (int(operand.starts[sample.index[0]]) + inner[0],)
    if operand.order is not None and len(index) == len(operand.order):
        index = [index[operand.order.index(axis)] for axis in range(len(index))]
    if operand.repeat > 1:
        index[-1] = 0
    if operand.squeeze is not None:
        index.insert(operand.squeeze, 0)
    source = operand.source
    return tuple(source.original_index(index) if isinstance(source, DerivedSource) else index)


class _Setting:
    """One parsed `--set`: a role or a class of the input, `=`, `+=` or `-=`, and a number."""

    def __init__(self, sample: Sample, text: str, sources: Mapping[str, Source]) -> None:
        self.sample, self.problem, self.sources = sample, sample.problem, sources
        self.typed = show(text)
        match = SETTING.fullmatch(text)
        if not match:
            raise self._refusal(
                f"expected a name and a number; give for example {self._examples()}"
            )
        self.role, self.entry = match["role"].strip(), match["entry"]
        self.how, self.value = match["how"], match["value"].strip()
        first, roles = self.problem.input, [o.role.name for o in self.problem.operands]
        if self.role not in roles and self.entry is None and first.kind.layout is Layout.CLASSES:
            self.role, self.entry = first.role.name, self.role
        if self.role not in roles:
            raise self._refusal(f"{show(self.role)} is not one of {', '.join(roles)}")
        self.operand = self.problem.operand(self.role)

    def changes(self) -> list[Change]:
        """Return the changes: one number, or a whole row of class probabilities."""
        kind = self.operand.kind
        if kind.layout is Layout.CLASSES and self.entry is None:
            return self._whole_target()
        inner = self._inner()
        return [self._label(inner) if kind.index else self._number(inner, self.how, self.value)]

    def _refusal(self, why: str) -> UsageError:
        return UsageError(f"--set {self.typed}: {why}")

    def _examples(self) -> str:
        first = self.problem.input
        if first.kind.layout is Layout.CLASSES:
            name = self.problem.class_label(0)
            return f"{name}=1.5, {name}+=0.5 or target={name}"
        entry = {Layout.VECTORS: "[0]", Layout.SEQUENCES: "[0,0]"}.get(first.kind.layout, "")
        return f"{first.role.name}{entry}=1.5, {first.role.name}{entry}+=0.5"

    def _inner(self) -> tuple[int, ...]:
        """Return the place within the sample."""
        layout, shape = self.operand.kind.layout, self.sample.columns[self.role].shape
        if layout is Layout.TERMS:
            if self.entry is not None:
                raise self._refusal(f"{self.role} is a single number here; use {self.role}=X")
            return ()
        parts = (self.entry or "").split(",") if layout is Layout.SEQUENCES else [self.entry or ""]
        if len(parts) != len(shape) or not all(parts):
            which = {Layout.SEQUENCES: "CLASS,STEP", Layout.CLASSES: "CLASS"}.get(layout, "I")
            raise self._refusal(f"which number of {self.role}? use {self.role}[{which}]=X")
        named = layout in (Layout.CLASSES, Layout.SEQUENCES)
        first = self._class_of(parts[0]) if named else self._place(parts[0], shape[0])
        return (first, *(self._place(part, shape[1]) for part in parts[1:]))

    def _place(self, text: str, size: int) -> int:
        digits = text.strip().removeprefix("entry ")
        if not digits.isdecimal() or int(digits) >= size:
            raise self._refusal(f"{show(text)} is not in 0..{size - 1}; give one of these")
        return int(digits)

    def _class_of(self, text: str) -> int:
        """Return the index of a class from its name, or from its number in the file."""
        names = [str(self.problem.class_label(i)) for i in range(self.problem.grid.classes)]
        if text in names:
            return names.index(text)
        base = self.problem.settings.label_base
        if text.isdecimal() and 0 <= int(text) - base < len(names):
            return int(text) - base
        shown = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
        raise self._refusal(f"{show(text)} is not one of the classes {shown}")

    def _whole_target(self) -> list[Change]:
        if self.role != "target" or self.how != "=":
            raise self._refusal(f"which class of {self.role}? use {self.role}[CLASS]=X")
        only = self._class_of(self.value)
        classes = range(self.problem.grid.classes)
        return [self._number((j,), "=", str(float(j == only))) for j in classes]

    def _label(self, inner: tuple[int, ...]) -> Change:
        if self.how != "=":
            raise self._refusal(f"a class cannot be added to; use {self.role}=X")
        base, ignored = self.problem.settings.label_base, self.problem.ignore_index
        special = {str(ignored)} if ignored is not None else {"-1"} if inner else set()
        label = int(self.value) if self.value in special else self._class_of(self.value) + base
        before, after = self._name(int(self._stored(inner))), self._name(label)
        return Change(self._what(inner), before, after, self.role, inner, float(label))

    def _name(self, label: int) -> str:
        cls = label - self.problem.settings.label_base
        inside = 0 <= cls < self.problem.grid.classes
        return str(self.problem.class_label(cls)) if inside else str(label)

    def _number(self, inner: tuple[int, ...], how: str, value: str) -> Change:
        number = parse_number(value)
        if number is None:
            raise self._refusal(f"{show(value)} is not a number; give one")
        before = self._stored(inner)
        after = {"=": float(number), "+=": before + number, "-=": before - number}[how]
        old, new = f"{before:.10g}", f"{after:.10g}"
        return Change(self._what(inner), old, new, self.role, inner, float(after))

    def _what(self, inner: tuple[int, ...]) -> str:
        if not inner:
            return self.role
        named = self.operand.kind.layout in (Layout.CLASSES, Layout.SEQUENCES)
        words = [str(i) for i in inner]
        if named:
            words[0] = str(self.problem.class_label(inner[0]))
        return f"{self.role}[{','.join(words)}]"

    def _stored(self, inner: tuple[int, ...]) -> float:
        index = _index(self.sample, self.operand, inner)
        source = self.sources[self.role]
        if not index:
            return float(source.read(0, 1))
        return float(source.read(index[0], index[0] + 1)[(0, *index[1:])])
