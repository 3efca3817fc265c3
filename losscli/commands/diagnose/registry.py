"""One declaration a rule: `@rule` takes a function of a study, and everything else follows."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from losscli.commands.diagnose.finding import SEVERITIES, Finding
from losscli.commands.diagnose.inspection import Study
from losscli.errors import UsageError

Check = Callable[[Study], Iterator[Finding]]


@dataclass(frozen=True)
class Example:
    """Small files for a loss: what a rule's page and its tests show."""

    loss: str
    roles: Mapping[str, Any]
    options: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""
    """Of a near miss: why it is none."""


@dataclass(frozen=True)
class Rule:
    """What one declaration says."""

    code: str
    severity: str
    title: str
    check: Check
    bad: Example
    """Files in which the rule finds something."""
    near: Example
    """Files that look alike and are healthy."""
    unless: tuple[str, ...]
    """Findings that this one would only repeat: where one is there, it is not looked for."""
    shapes: bool
    """Whether the rule is about shapes alone, and is asked where these do not fit too."""

    @property
    def doc(self) -> str:
        """What the rule says, in paragraphs."""
        return inspect.getdoc(self.check) or ""


_declared: dict[str, Rule] = {}


def rule(
    code: str,
    severity: str,
    title: str,
    *,
    bad: Example,
    near: Example,
    unless: Sequence[str] = (),
    shapes: bool = False,
) -> Callable[[Check], Check]:
    """Declare a rule.

    The function yields its findings; its docstring is what `loss rule CODE` explains. Raises
    TypeError for a declaration that is incomplete or there already.
    """

    def declare(check: Check) -> Check:
        if not re.fullmatch(r"L[1-8]\d\d", code) or severity not in SEVERITIES:
            raise TypeError(f"{code}: a rule is L101 to L899, and {', '.join(SEVERITIES)}")
        if code in _declared:
            raise TypeError(f"{code} is declared twice")
        if not check.__doc__:
            raise TypeError(f"{code} has no docstring")
        _declared[code] = Rule(code, severity, title, check, bad, near, tuple(unless), shapes)
        return check

    return declare


def rules() -> list[Rule]:
    """Return all rules by code; every module of `rules/` is imported."""
    from losscli.commands.diagnose import rules as package

    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    return [_declared[code] for code in sorted(_declared)]


def find_rule(code: str) -> Rule:
    """Return the rule of a code, in capitals or not; UsageError where there is none."""
    wanted = code.upper()
    known = {rule.code: rule for rule in rules()}
    if wanted not in known:
        raise UsageError(f"there is no rule {code!r} (loss rule lists all)")
    return known[wanted]
