"""What reproduces a match: a command of losscli, or a few lines of Python where no option does."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from shutil import which
from typing import Any

import numpy as np

from losscli.commands.options import DataOptions
from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.deviation import Deviation, Fold, listed
from losscli.commands.reconcile.expression import DEFINITIONS, names_in, short
from losscli.commands.typed import Typed
from losscli.engine.problem.settings import Settings
from losscli.engine.problem.weights import read_whole
from losscli.losses.declare.options import array_extent
from losscli.readers.document import ReadOptions
from losscli.readers.source import Source
from losscli.readers.urls import without_secrets

LONGEST_LIST = 20
"""A command spells out up to this many weights."""
READ = ("sample_weight", "ignore_index", *ReadOptions._fields)
"""What else losscli.read takes of a command's options."""


@dataclass(frozen=True)
class Spelled:
    """What to type for a number."""

    command: str
    """A command as a shell takes it; Python code is in it too."""
    code: tuple[str, ...] = ()
    """The lines of Python, where there is no command of losscli alone."""


def spelled(typed: Typed, root: Case, case: Case, deviations: Sequence[Deviation]) -> Spelled:
    """Return what gives the number of these deviations, which made `case` of `root`."""
    fold = next((one.fold for one in deviations if one.fold), None)
    units = [one for one in deviations if one.unit]
    by_options = fold is None or bool(fold.options)
    if by_options and all(unit.summary for unit in units):
        summary = units[0].summary if units else ""
        command = _command(typed, root, case, fold.options if fold else {}, summary)
        if command:
            return Spelled(command)
    lines = tuple(_python(typed, root, case, fold, units))
    return Spelled(shlex.join([_interpreter(), "-c", "; ".join(lines)]), lines)


def quoted(value: Any) -> str:
    """Return a value in Python, text in double quotes: a shell takes the whole in single ones."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _interpreter() -> str:
    """Return the Python that runs this program, by its name where the shell finds it so."""
    found = which("python3")
    same = found and os.path.dirname(found) == os.path.dirname(sys.executable)
    return "python3" if same else sys.executable


def _command(typed: Typed, root: Case, case: Case, folded: Mapping[str, Any], summary: str) -> str:
    """Return the command of losscli; empty where a change is not an option."""
    edits: dict[str, Any] = {}
    before = ""
    if case.lines:
        source = without_secrets(str(typed.words[root.first]))
        name = short(root.first)
        axis: list[str] = [] if root.class_axis == 1 else ["--class-axis", str(root.class_axis)]
        for transform in ("softmax", "sigmoid"):
            if case.lines == (f"{name} = {transformed(root, transform).format(name)}",):
                words = [] if transform == "sigmoid" else axis
                step = ["loss", transform, "-i", source, *words, "-o", f"{transform}.npy"]
                before, edits[root.first] = (
                    f"{shlex.join(step)} > /dev/null && ",
                    f"{transform}.npy",
                )
        if not before:
            return ""
    for option in case.loss.options:
        own, new = root.options.get(option.name), case.options[option.name]
        if new is own or (not hasattr(new, "read") and not hasattr(own, "read") and new == own):
            continue
        edits[option.name] = _typed_value(new)
        if edits[option.name] is TOO_LONG:
            return ""
        if new == option.default:
            edits[option.name] = None
    if case.sample_weight is not root.sample_weight:
        edits["sample_weight"] = None
    settings = {field.name: getattr(case.settings, field.name) for field in fields(Settings)}
    settings |= folded
    reduction, dtype = settings.pop("reduction"), settings.pop("dtype")
    data = {field.name for field in fields(DataOptions)}
    edits |= {
        name: value
        for name, value in settings.items()
        if name in data and value != getattr(root.settings, name)
    }
    tail = [] if reduction == "mean" else ["-r", reduction]
    tail += [] if dtype == "float64" else ["--dtype", dtype]
    # A table would be longer than the number that is asked for.
    tail += ["-f", "json", "--no-per-sample"] if summary else ["-q"]
    loss = "" if case.loss is root.loss else case.loss.name
    command = f"{before}{typed.command(loss=loss, **edits)} {shlex.join(tail)}"
    return f"{command} | jq .summary.{summary}" if summary else command


TOO_LONG = object()


def _typed_value(value: Any) -> Any:
    if not hasattr(value, "read"):
        return value
    numbers = np.ravel(read_whole(value)).tolist()
    return ",".join(map(repr, numbers)) if len(numbers) <= LONGEST_LIST else TOO_LONG


def transformed(case: Case, name: str) -> str:
    """Return the expression that applies a transform over the classes of a case."""
    axis = "" if case.class_axis == 1 or name == "sigmoid" else f", class_axis={case.class_axis}"
    return f'losscli.transform("{name}", {{}}{axis})'


def _python(
    typed: Typed, root: Case, case: Case, fold: Fold | None, units: Sequence[Deviation]
) -> Iterator[str]:
    """Yield lines of Python that print the number."""
    value = fold.text if fold else "r.value"
    for unit in units:
        value = unit.unit.format(value)
    reduction = {"reduction": fold.options["reduction"]} if fold and fold.options else {}
    if reduction:
        value = value.replace(fold.text, "r.value") if fold else value
    arrays = {role.name: short(role.name) for role in case.loss.roles}
    given = dict(_keywords(root, case, reduction))
    used = frozenset().union(*map(names_in, [*case.lines, value, *given.values()]))
    in_rows = "loss" in used
    touched = frozenset().union(frozenset(), *map(names_in, case.lines))
    roles = [
        f"{short(role.name)} = d[{quoted(role.name)}]"
        f"{_cast(root.sources[role.name], short(role.name) in touched)}"
        for role in root.loss.roles
        if role.name in case.sources or short(role.name) in used
    ]
    modules = [name for name in ("functools", "math") if name in used]
    yield f"import {', '.join([*modules, 'losscli'])}"
    if "np" in used or any(".astype(np." in line for line in roles):
        yield "import numpy as np"
    yield from (DEFINITIONS[name] for name in DEFINITIONS if name in used)
    yield f"d = losscli.read({', '.join(_reading(typed, root))})"
    yield from roles
    yield from case.lines
    cut = "[rows]" if in_rows else ""
    words = [quoted(case.loss.name), *(f"{role}={name}{cut}" for role, name in arrays.items())]
    words += [f"{name}={text}" for name, text in given.items() if name != "sample_weight"]
    if "sample_weight" in given:
        words.append(f"sample_weight={given['sample_weight']}{cut}")
    call = f"losscli.compute({', '.join(words)})"
    if in_rows:
        yield f"loss = lambda rows: {call}"
    if "r" in names_in(value):
        yield f"r = {call}"
    yield f"print({value})"


def _cast(source: Source, touched: bool) -> str:
    """Return what makes an array of a file one of doubles or of long integers, as computed."""
    kind = source.dtype.kind
    wanted = np.dtype(np.float64 if kind == "f" else np.int64)
    return f".astype(np.{wanted})" if touched and source.dtype != wanted else ""


def _reading(typed: Typed, root: Case) -> Iterator[str]:
    """Yield the arguments of losscli.read that open the files as they were typed."""
    yield quoted(root.loss.name)
    given = {**vars(typed.options), **typed.words}
    arrays = [option.name for option in root.loss.options if array_extent(option)]
    names = [*(role.name for role in root.loss.roles), *arrays, *READ]
    defaults = {field.name: field.default for field in fields(type(typed.options))}
    defaults |= {option.name: option.default for option in root.loss.options}
    for name in dict.fromkeys(names):
        value = given.get(name)
        if value is not None and value != defaults.get(name):
            text = without_secrets(value) if isinstance(value, str) else value
            yield f"{name}={quoted(text)}"


def _keywords(root: Case, case: Case, reduction: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the keywords of losscli.compute that differ from its defaults."""
    for option in case.loss.options:
        value, own = case.options[option.name], root.options.get(option.name)
        if hasattr(value, "read"):
            if value is own:
                yield option.name, f"d[{quoted(option.name)}]"
            else:
                text = case.texts.get(option.name, "")
                yield option.name, text or listed(np.squeeze(read_whole(value)))
        elif value != option.default:
            yield option.name, quoted(value)
    for field in fields(Settings):
        value = reduction.get(field.name, getattr(case.settings, field.name))
        if value != field.default:
            yield field.name, quoted(value)
    if case.sample_weight is not None:
        yield "sample_weight", 'd["sample_weight"]'
