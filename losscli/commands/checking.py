"""`--check 'accuracy>=0.88'`: conditions on the figures of a result, named as in its JSON."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from losscli.commands.signatures import flag
from losscli.errors import UsageError, show
from losscli.output.checks import Check

LISTED = 16
"""Figures that a refusal lists at the most."""
_CONDITION = re.compile(r"(.+?)\s*(<=|>=|==|!=|<|>)\s*([^\s%]+)(%?)")


MEANT = {"=<": "<=", "=>": ">=", "=": "==", "\u2264": "<=", "\u2265": ">="}
"""What is typed for a sign, and the sign."""
_MISTYPED = re.compile(rf"([\w.]+)\s*({'|'.join(MEANT)})\s*([-+.\w]+%?)")


class Sign(NamedTuple):
    """A comparison, and what a number is that meets it or does not."""

    holds: Callable[[float, float], bool]
    met: str
    missed: str


SIGNS = {
    "<=": Sign(operator.le, "at most", "above"),
    "<": Sign(operator.lt, "below", "not below"),
    ">=": Sign(operator.ge, "at least", "below"),
    ">": Sign(operator.gt, "above", "not above"),
    "==": Sign(operator.eq, "equal to", "not equal to"),
    "!=": Sign(operator.ne, "not equal to", "equal to"),
}


WORDS = {
    "loss": "the loss",
    "change.mean": "the rise of the loss",
    "delta_loss.mean": "the rise of the loss",
    "kl.mean": "the mean KL",
}
"""What figures are called in sentences, if not by their names."""
SHARES = ("accuracy", "share")
"""Words in the names of figures that are from 0 to 1."""


class Condition(NamedTuple):
    """What a figure has to be."""

    typed: str
    """As it was typed, without spaces."""
    figure: str
    sign: str
    limit: float
    option: str = ""
    """The short form of `--check` that it was typed with, if any."""

    def check(self, subject: Subject) -> Check:
        """Return whether it holds for a result; nan and a figure that is not there do not."""
        value, sign = subject.figures.get(self.figure, math.nan), SIGNS[self.sign]
        passed = not math.isnan(value) and sign.holds(value, self.limit)
        what = WORDS.get(self.figure, self.figure)
        side = sign.met if passed else sign.missed
        limit = f"{self.option} {_short(self.limit)}".lstrip()
        why = f"{subject.about}{what} is {value!r}, {side} {limit}"
        is_share = any(word in SHARES for word in self.figure.split("."))
        if not passed and is_share and 0 <= value <= 1 < self.limit and self.typed[-1] != "%":
            why += f"; did you mean {_short(self.limit)}%?"
        return Check(self.typed, passed, why, value, self.limit, subject.file)


class Subject(NamedTuple):
    """One result that conditions are about, and its figures."""

    name: str
    """What it is a result of: `ce`."""
    figures: Mapping[str, float]
    file: str = ""
    about: str = ""
    """Before each sentence about it, where there are several: `a.npy: `."""

    def require(self, conditions: Iterable[Condition], *, roots: bool = False) -> None:
        """Refuse a condition on a figure that it does not have; UsageError lists those it has.

        With `roots`, before anything is computed, only the first words of the names are known.
        """
        for figure in (condition.figure for condition in conditions):
            if figure in self.figures or (roots and figure.partition(".")[0] in self.figures):
                continue
            from difflib import get_close_matches

            named = figure.lower()
            starts = (one for one in self.figures if one.startswith(named))
            if near := next(starts, "") or "".join(get_close_matches(named, self.figures, n=1)):
                near = f"did you mean {near}? They are: "
            some = ", ".join(list(self.figures)[:LISTED])
            more = ", ..." if len(self.figures) > LISTED else ""
            raise UsageError(
                f"--check: {show(figure)} is not one of the figures of this {self.name} result"
                f"{'; ' if near else ': '}{near}{some}{more}"
            )


def conditions_of(options: Any) -> list[Condition]:
    """Return the conditions among a command's options: `--check`, and its short forms.

    Raises UsageError for a text that is not a condition.
    """
    found = []
    for name, figure in options.short_forms.items():
        if (most := getattr(options, name)) is not None:
            if not math.isfinite(most):
                raise UsageError(f"{flag(name)}: {most} is not a finite number; give one")
            typed = f"{figure}<={_short(most)}"
            found.append(Condition(typed, figure, "<=", most, flag(name)))
    return [*found, *map(_condition, options.conditions or ())]


def _short(limit: float) -> str:
    return repr(limit).removesuffix(".0")


def _condition(text: str) -> Condition:
    match = _CONDITION.fullmatch(text.strip())
    if typed := _MISTYPED.fullmatch(text.strip()):
        meant = f"{typed[1]}{MEANT[typed[2]]}{typed[3]}"
        raise UsageError(f"--check: {show(text)} is not a condition; write --check '{meant}'")
    if match is None:
        raise UsageError(
            f"--check: {show(text)} is not a condition; quote it, and write a figure, one of "
            f"{' '.join(SIGNS)}, and a number: --check 'loss<=0.35'"
        )
    figure, sign, number, percent = match.groups()
    try:
        # An exponent in place of a division: 97.7% is the very number that 0.977 is.
        limit = float(f"{number}e-2" if percent else number)
    except ValueError:
        limit = math.nan
    if not math.isfinite(limit):
        raise UsageError(f"--check: {show(number + percent)} is not a finite number; write one")
    figure = "loss" if figure == "value" else figure
    return Condition(f"{figure}{sign}{number}{percent}", figure, sign, limit)


def flat(members: Mapping[str, Any]) -> dict[str, float]:
    """Return the numbers of a JSON object by their names: `ci.high`, `by.target.3.accuracy`.

    Its own `value` is called loss, that of another object by the object's name; the members of
    `summary` are figures of their own. Entries of a list are named by their first member.
    """
    found: dict[str, float] = {}
    for path, number in _numbers(members, ()):
        *words, last = path[1:] if path[0] == "summary" else path
        found[".".join(words if last == "value" else (*words, last)) or "loss"] = number
    return found


def _numbers(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], float]]:
    if isinstance(value, list):
        entries = [entry for entry in value if isinstance(entry, dict) and entry]
        value = {str(next(iter(entry.values()))): entry for entry in entries}
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _numbers(member, path if path[-1:] == (key,) else (*path, key))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path, value
