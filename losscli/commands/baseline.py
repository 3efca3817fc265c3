"""`--baseline last.json`: no figure may be worse than in a former result of `-f json`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from losscli.commands.checking import Condition, Subject, flat
from losscli.errors import DataError, UsageError, short_name, show
from losscli.output.checks import Check

UP = {"loss": 1, "accuracy": -1}
"""The figures that are always compared: 1 where a larger number is worse, -1 where it is better."""
DIRECTIONS = {"<=": 1, "<": 1, ">=": -1, ">": -1, "==": 0}
"""The same of figures that a condition names, by its sign; 0 where any change is worse."""
FREE = ("losscli", "ci", "resamples", "seed")
"""Parts of a signature that may differ: they do not change the loss."""
ROUNDING = {"float64": 1e-12, "float32": 1e-6}
"""Relative differences that another processor makes: they are not changes."""


class Change(NamedTuple):
    """A figure, as it was and as it is."""

    figure: str
    before: float
    now: float
    worse: float
    """By how much it is worse; negative if it is better, 0 if only the last digits differ."""


class Baseline:
    """A former result, and the tolerance of each figure in its worse direction."""

    def __init__(self, path: str, tolerance: float) -> None:
        """Read the result; DataError if the file does not hold one."""
        self.path = path
        self.tolerance = tolerance
        self._found = _read(path)
        self.changes: list[tuple[Subject, Change]] = []
        """What was compared so far."""
        self.samples: Callable[[], dict[str, Any]] = dict
        """Returns what there is to say of single samples."""

    @property
    def terms(self) -> Sequence[Any] | None:
        """The losses of all samples, nested as they are shaped, if the result has them."""
        value = self._found.get("value")
        terms = self._found.get("per_sample", value if isinstance(value, list) else None)
        return terms if isinstance(terms, list) else None

    def rounding(self, before: float, now: float) -> float:
        """Return by how much two numbers may differ and still be the same."""
        dtype = dict(_parts(self._found["signature"])).get("dtype", "float64")
        return ROUNDING[dtype] * max(abs(before), abs(now))

    def require_same(self, signature: str) -> None:
        """Refuse a result of another loss, of other options or of data of another shape."""
        (loss, *there_parts), (own, *here_parts) = map(
            _parts, (self._found["signature"], signature)
        )
        if loss != own:
            raise self._refused(f"is a result of {loss[0]}, not of {own[0]}")
        there, here = dict(there_parts), dict(here_parts)
        for key in [*here, *there]:
            if there.get(key) != here.get(key):
                was, now = there.get(key, "not set"), here.get(key, "not set")
                raise self._refused(f"is another computation: {key} is {was} there, {now} here")

    def checks(
        self, subjects: Iterable[Subject], conditions: Sequence[Condition]
    ) -> Iterator[Check]:
        """Yield whether each figure of each result is no worse than it was."""
        named = {one.figure: DIRECTIONS[one.sign] for one in conditions if one.sign != "!="}
        directions = UP | {figure: up for figure, up in named.items() if figure not in UP}
        for subject in subjects:
            former = self._former(subject)
            if (count := former.get("count")) != subject.figures["count"]:
                raise self._refused(
                    f"has {count} counted terms, here are {subject.figures['count']}: the targets "
                    "are others"
                )
            for figure, up in directions.items():
                if figure not in subject.figures:
                    continue
                if figure not in former:
                    raise self._refused(f"has no {figure}")
                change = self._change(figure, up, former[figure], subject.figures[figure])
                self.changes.append((subject, change))
                yield self._check(subject, change, up)

    def as_json(self) -> dict[str, Any]:
        """Return what was compared."""
        changes = [
            {**({"source": subject.file} if subject.about else {}), **change._asdict()}
            for subject, change in self.changes
        ]
        found = {"file": self.path, "tolerance": self.tolerance, "changes": changes}
        samples = self.samples()
        return {**found, "samples": samples} if samples else found

    def _former(self, subject: Subject) -> Mapping[str, float]:
        """Return the figures of what a result is compared with."""
        if "inputs" not in self._found:
            return flat(self._found)
        by_source = {one["source"]: one for one in self._found["inputs"]}
        if subject.file not in by_source:
            known = ", ".join(map(short_name, by_source))
            raise self._refused(f"has no input {short_name(subject.file)}, but {known}")
        return flat(by_source[subject.file])

    def _change(self, figure: str, up: int, before: float, now: float) -> Change:
        worse = up * (now - before) if up else abs(now - before)
        return Change(figure, before, now, 0.0 if self._same(before, now) else worse)

    def _same(self, before: float, now: float) -> bool:
        return before == now or abs(now - before) <= self.rounding(before, now)

    def _check(self, subject: Subject, change: Change, up: int) -> Check:
        figure, before, now, worse = change
        file, tolerance = short_name(self.path), self.tolerance
        # The tolerance is a decimal number, which a difference of two others may miss by a bit.
        passed = worse <= tolerance + self.rounding(before, now)
        what = "the loss" if figure == "loss" else figure
        if worse == 0:
            side = f"as in {file}"
        else:
            how = ("worse" if worse > 0 else "better") if up else "away"
            than = "than" if up else "from"
            side = f"{abs(worse):.4g} {how} {than} {before!r} in {file}"
        if worse > 0 and tolerance:
            side += f", {'within' if passed else 'above'} the tolerance {tolerance:g}"
        why = f"{subject.about}{what} is {now!r}, {side}"
        limit = before + (up or 1) * tolerance
        return Check(f"baseline {figure}", passed, why, now, limit, subject.file)

    def _refused(self, what: str) -> DataError:
        return DataError(
            f"{short_name(self.path)} {what}; run the same command {_instead(self.path)}"
        )


def _instead(path: str) -> str:
    """Return what to type to write a baseline."""
    return f"with -f json > {path} in place of --baseline"


def _read(path: str) -> dict[str, Any]:
    if path == "-":
        raise UsageError("--baseline takes a file, not standard input; give its name")
    again = f"run the same command {_instead(path)}"
    name = short_name(path)
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
    except FileNotFoundError:
        raise DataError(f"{name}: no such file; {again}") from None
    except OSError as error:
        raise DataError(f"{name}: {error.strerror}; {again}") from None
    except (ValueError, RecursionError):
        raise DataError(
            f"{name} is not the JSON of a result; give a file that -f json wrote"
        ) from None
    if isinstance(found, dict) and isinstance(found.get("error"), dict):
        why = show(str(found["error"].get("message")))
        raise DataError(f"{name} holds an error, no result: {why}; {again}")
    if not isinstance(found, dict) or found.get("schema") != 1 or "loss" not in found:
        raise DataError(f"{name} is not a result of -f json; give a file that -f json wrote")
    if not isinstance(found.get("signature"), str):
        raise DataError(f"{name} has no signature, as a result has; {again}")
    return found


def _parts(signature: str) -> list[tuple[str, str]]:
    """Return the parts of a signature that matter, the loss first."""
    pairs = [part.partition(":")[::2] for part in signature.split("|")]
    return [(key, value) for key, value in pairs if key not in FREE]
