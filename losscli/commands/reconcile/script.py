"""The lines of Python that compute what a case of reconcile computes, from the files as typed."""

from __future__ import annotations

import io
import json
import re
import tokenize
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial
from itertools import pairwise
from tokenize import OP
from typing import Any

import numpy as np

from losscli.commands.reconcile.asked import Asked
from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.deviation import Deviation, Fold, listed
from losscli.commands.reconcile.expression import DEFINITIONS, cast_of, names_in, short
from losscli.commands.reconcile.terms import TERMS
from losscli.commands.typed import Typed
from losscli.engine.problem.settings import Settings
from losscli.engine.problem.weights import read_whole
from losscli.losses.declare.options import array_extent
from losscli.losses.declare.role_kind import Layout
from losscli.readers.document import ReadOptions
from losscli.readers.urls import without_secrets

READ = ("sample_weight", "ignore_index", *ReadOptions._fields)
"""What losscli.read takes of a command's options, besides roles and weights."""
WIDTH = 78
SLICE = r"slice\(([^(),]+)(?:, ([^(),]+))?\)"
ROWS = re.compile(rf"loss\((\[i\]|{SLICE})\)\.(value|numerator)")
"""A use of `loss(rows)`."""


@dataclass(frozen=True)
class Script:
    """Lines of Python that print the number of a case that was made of another."""

    typed: Typed
    root: Case
    case: Case
    fold: Fold | None
    units: Sequence[Deviation]
    asked: Asked

    def lines(self) -> tuple[str, ...]:
        """Return the lines."""
        return tuple(self._lines())

    def _lines(self) -> Iterator[str]:
        case, value, given = self.case, self._value, dict(self._keywords())
        used = set[str]().union(*map(names_in, [*case.lines, value, *given.values()]))
        spans = "" if self.asked.size is None else self._spans
        if spans:
            used |= {short(self.case.first), *(["loss"] if "r" in used else [])}
        takes_all = "loss" not in used and self._takes_all(given)
        if not takes_all and used & {"r", "loss"}:
            used |= {short(role.name) for role in case.loss.roles}
        modules = [name for name in ("functools", "math") if name in used]
        yield f"import {', '.join([*modules, 'losscli'])}"
        if "np" in used:
            yield "import numpy as np"
        yield from (DEFINITIONS[name] for name in DEFINITIONS if name in used)
        yield f"d = losscli.read({', '.join(self._reading())})"
        yield from self._roles(used)
        yield from map(short_numbers, case.lines)
        if "loss" in used:
            yield f"loss = lambda rows: {self._call(given, '[rows]')}"
        if "r" in used and not spans:
            yield f"r = {self._call_of_all(given) if takes_all else self._call(given)}"
        if spans:
            stop = f"i + {self.asked.size}"
            value = re.sub(r"\blen\((\w+)\)", rf"len(\1[i:{stop}])", value)
            value = re.sub(r"\bterms\b", f"terms[i:{stop}]", value)
            value = f"[{value} {spans}{f' for r in [loss(slice(i, {stop}))]' * ('r' in used)}]"
        yield f"print({short_numbers(value)})"

    @property
    def _spans(self) -> str:
        """The loop over the samples of each number, from i on."""
        starts = [self.asked.span(at).start for at in range(len(self.asked.numbers))]
        every = range(0, len(starts) * (self.asked.size or 1), self.asked.size or 1)
        return f"for i in {every if starts == list(every) else starts}"

    @property
    def _value(self) -> str:
        """The number, an expression of the result `r`, of the roles and of `loss(rows)`."""
        options = self.fold.options if self.fold else {}
        value = "r.value" if options or not self.fold else self.fold.text
        if self.case.loss is TERMS:
            value = _of_terms(value, self._settings["reduction"])
        for unit in self.units:
            value = unit.unit.format(value)
        return value

    @property
    def _settings(self) -> dict[str, Any]:
        """The settings that the loss is called with."""
        settings = {x.name: getattr(self.case.settings, x.name) for x in fields(Settings)}
        if self.fold and "loss" in names_in(self.fold.text) and not self.case.loss.length:
            settings["reduction"] = "mean"
        return settings | dict(self.fold.options if self.fold else {})

    def _roles(self, used: Collection[str]) -> Iterator[str]:
        """Yield the lines that name the arrays which are used."""
        names, arrays = [], []
        for role in self.root.loss.roles:
            name, dtype = short(role.name), self.root.sources[role.name].dtype
            if name in used:
                names.append(name)
                arrays.append(f"{_own(role.name)}{cast_of(name, dtype, self.case.lines)}")
        line = f"{', '.join(names)} = {', '.join(arrays)}"
        if len(line) <= WIDTH:
            yield from [line] * bool(names)
        else:
            yield from map("{} = {}".format, names, arrays)

    def _takes_all(self, given: Mapping[str, str]) -> bool:
        """Return whether the loss takes what was read as it is."""
        root, case = self.root, self.case
        options = (option.name for option in root.loss.options if array_extent(option))
        read = {name for name in options if self.typed.words.get(name) is not None}
        read |= {"sample_weight"} if root.sample_weight is not None else set()
        same = [role.name for role in root.loss.roles] == [role.name for role in case.loss.roles]
        return same and not case.lines and all(given.get(name) == _own(name) for name in read)

    def _call_of_all(self, given: Mapping[str, str]) -> str:
        more = (f"{name}={text}" for name, text in given.items() if text != _own(name))
        return f"losscli.compute({', '.join((quoted(self.case.loss.name), '**d', *more))})"

    def _call(self, given: Mapping[str, str], rows: str = "") -> str:
        loss = self.case.loss
        words = [quoted(loss.name)]
        for role in loss.roles:
            # Sequences, and classes on the first axis, have their samples on the second.
            layout, first = role.kinds[0].layout, self.case.settings.class_axis == 0
            along = layout is Layout.SEQUENCES or (first and layout is Layout.CLASSES)
            cut = "[:, rows]" if rows and along else rows
            words.append(f"{role.name}={short(role.name)}{cut}")
        for name, text in given.items():
            words.append(f"{name}={text}{rows if self._by_sample(name) else ''}")
        return f"losscli.compute({', '.join(words)})"

    def _by_sample(self, name: str) -> bool:
        """Return whether an array has one number, or one row of numbers, for each sample."""
        if name == "sample_weight":
            return True
        own: tuple[int, ...] = getattr(self.case.options.get(name), "shape", ())
        whole = self.case.input.shape
        return bool(whole) and len(own) == len(whole) and own[0] == whole[0] > 1

    def _keywords(self) -> Iterator[tuple[str, str]]:
        """Yield the keywords of losscli.compute that differ from its defaults."""
        root, case = self.root, self.case
        for option in case.loss.options:
            value, own = case.options[option.name], root.options.get(option.name)
            if hasattr(value, "read"):
                if value is not own:
                    text = case.texts.get(option.name, "")
                    text = text or listed(np.squeeze(read_whole(value)))
                    yield option.name, short_numbers(text)
                elif self.typed.words.get(option.name) is not None:
                    yield option.name, _own(option.name)
            elif value != option.default:
                yield option.name, short_numbers(quoted(value))
        for field in fields(Settings):
            setting = self._settings[field.name]
            if setting != field.default:
                yield field.name, short_numbers(quoted(setting))
        if case.sample_weight is not None:
            yield "sample_weight", _own("sample_weight")

    def _reading(self) -> Iterator[str]:
        """Yield the arguments of losscli.read that open the files as they were typed."""
        loss, options = self.root.loss, self.typed.options
        yield quoted(loss.name)
        given = {**vars(options), **self.typed.words}
        arrays = [option.name for option in loss.options if array_extent(option)]
        names = [*(role.name for role in loss.roles), *arrays, *READ]
        defaults = {field.name: field.default for field in fields(type(options))}
        defaults |= {option.name: option.default for option in loss.options}
        for name in dict.fromkeys(names):
            value = given.get(name)
            if value is not None and value != defaults.get(name):
                text = without_secrets(value) if isinstance(value, str) else value
                yield f"{name}={quoted(text)}"


def quoted(value: Any) -> str:
    """Return a value in Python, text in double quotes: a shell takes the whole in single ones."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def wrapped(line: str) -> str:
    """Return a line of Python, broken between the arguments of a call where it is too long."""
    if len(line) <= WIDTH:
        return line
    try:
        tokens = [*tokenize.generate_tokens(io.StringIO(line).readline)]
    except (tokenize.TokenError, SyntaxError):
        return line
    depth = 0
    breaks: list[int] = []
    for token in tokens:
        if token.type == OP:
            depth += (token.string in "([{") - (token.string in ")]}")
            breaks += [token.end[1]] if token.string == "," and depth == 1 else []
    parts: list[str] = []
    start = 0
    for at, end in pairwise([*breaks, len(line)]):
        if end - start > WIDTH - 4 * bool(parts):
            parts.append(line[start:at].strip())
            start = at
    return "\n    ".join([*parts, line[start:].strip()])


def short_numbers(text: str) -> str:
    """Return Python in which a number such as 1e-07 is 1e-7."""
    return re.sub(r"(?<=[\d.]e-)0(?=\d\b)", "", text)


def _own(name: str) -> str:
    return f"d[{quoted(name)}]"


def _of_terms(text: str, reduction: str) -> str:
    """Return an expression of the terms that NumPy computed, for one of the result `r`."""
    reduced = "sum" if reduction == "sum" else "mean"
    text = ROWS.sub(partial(_of_rows, reduced), text)
    for field, own in (
        ("value", f"terms.{reduced}()"),
        ("numerator", "terms.sum()"),
        ("denominator", "terms.size"),
        ("count", "terms.size"),
        ("per_sample", "terms"),
    ):
        text = re.sub(rf"\br\.{field}\b", own, text)
    return text


def _of_rows(reduced: str, use: re.Match[str]) -> str:
    rows, start, stop, field = use.groups()
    if rows != "[i]":
        rows = f"[:{start}]" if stop is None else f"[{start}:{'' if stop == 'None' else stop}]"
    return f"terms{rows}.{reduced if field == 'value' else 'sum'}()"
