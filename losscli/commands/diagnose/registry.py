"""One declaration per rule: `@rule` takes a function of an inspection, and all else follows."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from losscli.commands.diagnose.inspection import Inspection
from losscli.commands.findings import SEVERITIES, Finding
from losscli.errors import UsageError
from losscli.losses.declare.docstrings import docstring
from losscli.losses.declare.names import senses
from losscli.losses.index import built_in

Check = Callable[[Inspection], Iterator[Finding]]
WHAT, WHY, FIX, REFERENCES = HEADINGS = ("What it does", "Why it matters", "Fix", "References")
"""The parts of a rule's docstring: the first is not named, the others begin with `Heading: `.

A reference is a paragraph; a rule may have none.
"""
NEEDED = (WHAT, WHY, FIX)


@dataclass(frozen=True)
class Example:
    """Small files for a loss: what a rule's page and its tests show."""

    loss: str
    given: Mapping[str, Any]
    """Roles and options by name."""
    why: str = ""
    """For healthy files: why they are healthy."""


def bad(loss: str, **given: Any) -> Example:
    """Return an example in which a rule finds something."""
    return Example(loss, given)


def near(why: str, loss: str = "", **changes: Any) -> Example:
    """Return the changes that make the bad files healthy, and why; None removes an option."""
    return Example(loss, changes, why)


@dataclass(frozen=True)
class Rule:
    """A declared rule."""

    code: str
    severity: str
    title: str
    check: Check
    bad: Example
    """Files in which the rule finds something."""
    near: Example
    """Files that look alike and are healthy."""
    unless: tuple[str, ...]
    """Rules that explain what this rule would report: it is skipped if they find anything."""
    shapes: bool
    """Whether the rule is about shapes alone, and runs where these do not fit too."""

    @property
    def doc(self) -> str:
        """The whole explanation, in paragraphs."""
        return docstring(self.check)

    @cached_property
    def parts(self) -> dict[str, list[str]]:
        """The paragraphs under each heading."""
        what, *named = re.split(f"\n\n({'|'.join(HEADINGS[1:])}): ", self.doc)
        texts = {WHAT: what, **dict(zip(named[::2], named[1::2], strict=True))}
        # Without docstrings and source there is no text.
        return {
            heading: [" ".join(one.split()) for one in texts.get(heading, "").split("\n\n")]
            for heading in HEADINGS
        }


_declared: dict[str, Rule] = {}


def rule(
    code: str,
    severity: str,
    title: str,
    bad: Example,
    near: Example,
    *,
    unless: Sequence[str] = (),
    shapes: bool = False,
) -> Callable[[Check], Check]:
    """Declare a rule: a function that yields its findings and whose docstring explains it.

    Raises TypeError for a declaration that is incomplete or was made before.
    """
    given = {**bad.given, **near.given}
    given = {name: value for name, value in given.items() if value is not None}
    healthy = Example(near.loss or bad.loss, given, near.why)

    def declare(check: Check) -> Check:
        new = Rule(code, severity, title, check, bad, healthy, tuple(unless), shapes)
        if not re.fullmatch(r"L[1-8]\d\d", code) or severity not in SEVERITIES:
            raise TypeError(f"{code}: a rule is L101 to L899, and {', '.join(SEVERITIES)}")
        if code in _declared:
            raise TypeError(f"{code} is declared twice")
        if __debug__ and not all("".join(new.parts[heading]) for heading in NEEDED):
            raise TypeError(f"{code}: its docstring needs the parts {', '.join(NEEDED)}")
        _declared[code] = new
        return check

    return declare


def rules() -> list[Rule]:
    """Return all rules by code; every module of `rules/` is imported."""
    from losscli.commands.diagnose import rules as package

    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    return [_declared[code] for code in sorted(_declared)]


def find_rule(code: str) -> Rule:
    """Return the rule of a code, in upper or lower case; UsageError where there is none."""
    wanted = code.upper()
    known = {rule.code: rule for rule in rules()}
    if wanted not in known:
        likely = _likely(code, known)
        raise UsageError(f"there is no rule {code!r}{likely} (`loss rule` lists all rules)")
    return known[wanted]


def _likely(word: str, known: Mapping[str, Rule]) -> str:
    """Return what a word that is not a rule's code may mean: a word of titles, or a loss."""
    pattern = rf"\b{re.escape(word)}\b"
    codes = [code for code, rule in known.items() if re.search(pattern, rule.title, re.IGNORECASE)]
    if codes:
        return f"; did you mean {' or '.join(codes[:3])}?"
    return f"; loss info {word} is about that loss" if built_in(word) or senses(word) else ""
