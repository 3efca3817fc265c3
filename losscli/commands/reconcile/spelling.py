"""What reproduces a match: a command of losscli, or a few lines of Python where no option does."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from shutil import which
from typing import Any

import numpy as np

from losscli.commands.options import DataOptions
from losscli.commands.reconcile.asked import Asked
from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.deviation import Deviation
from losscli.commands.reconcile.expression import short
from losscli.commands.reconcile.script import Script, wrapped
from losscli.commands.typed import Typed
from losscli.engine.problem.settings import Settings
from losscli.engine.problem.weights import read_whole
from losscli.losses.declare.options import array_extent
from losscli.readers.urls import without_secrets

LONGEST_LIST = 20
"""A command spells out up to this many weights."""
OF_TABLES = ("header", "delimiter", "decimal", "by_id")
"""Options on a table that do not fit the file that a transform writes."""


@dataclass(frozen=True)
class Spelled:
    """What to type for a number."""

    command: str
    """A command as a shell takes it; Python code is in it too."""
    code: tuple[str, ...] = ()
    """The lines of Python, where there is no command of losscli alone."""


def spelled(
    typed: Typed, root: Case, case: Case, deviations: Sequence[Deviation], asked: Asked
) -> Spelled:
    """Return what gives the numbers of these deviations, which made `case` of `root`."""
    fold = next((one.fold for one in deviations if one.fold), None)
    units = [one for one in deviations if one.unit]
    by_options = asked.size is None and (fold is None or bool(fold.options))
    reduction = {"reduction": case.settings.reduction, **(fold.options if fold else {})}
    # The summary has the unit of the mean.
    in_summary = reduction["reduction"] == "mean" and all(unit.summary for unit in units)
    if by_options and (in_summary or not units):
        summary = units[0].summary if units else ""
        command = _command(typed, root, case, fold.options if fold else {}, summary)
        if command:
            return Spelled(command)
    lines = Script(typed, root, case, fold, units, asked).lines()
    command = shlex.join([_interpreter(), "-c", "; ".join(lines)])
    return Spelled(command, tuple("\n".join(map(wrapped, lines)).splitlines()))


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
        before, made = _transformed_first(typed, root, case)
        if not before:
            return ""
        edits[root.first] = made
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


def _transformed_first(typed: Typed, root: Case, case: Case) -> tuple[str, str]:
    """Return the command that transforms the first role, and its file, where no more is changed."""
    options, names = typed.options, {role.name for role in root.loss.roles}
    names |= {option.name for option in root.loss.options if array_extent(option)}
    given = [typed.words.get(name) for name in names] + [options.sample_weight]
    own_files = all(typed.words[role.name] for role in root.loss.roles) and not any(
        isinstance(text, str) and text.startswith("::") for text in given
    )
    if not own_files or any(getattr(options, name) is not None for name in OF_TABLES):
        return "", ""
    name = short(root.first)
    for transform in ("softmax", "sigmoid"):
        if case.lines == (f"{name} = {transformed(root, transform).format(name)}",):
            axis = transform == "softmax" and root.class_axis != 1
            # A table keeps the names of its classes.
            made = f"{transform}.csv" if root.input.names else f"{transform}.npy"
            words = ["loss", transform, "-i", without_secrets(str(typed.words[root.first]))]
            words += ["--class-axis", str(root.class_axis)] if axis else []
            return f"{shlex.join([*words, '-o', made])} > /dev/null && ", made
    return "", ""


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
