"""What a rule reports: a code, evidence as numbers, the rows, and what to type next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from losscli.commands.typed import Typed
from losscli.engine.run import Outcome
from losscli.losses.declare.registry import Loss
from losscli.readers.source import Source

SEVERITIES = ("error", "warning", "info")
"""In order, from what makes the loss wrong to what is good to know."""


@dataclass(frozen=True)
class Row:
    """A place in a file that shows the finding."""

    index: tuple[int, ...]
    """The index of the term, counted from 0."""
    place: str
    """File and line or row, as messages name them."""
    what: str
    """The name of the value, if it is not the number in the file."""
    value: float | int


@dataclass(frozen=True)
class Finding:
    """One finding; `code`, `severity` and `title` are the rule's unless it says otherwise."""

    message: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    rows: tuple[Row, ...] = ()
    """The first five rows."""
    count: int = 0
    """The number of all rows."""
    next: str = ""
    """The command to type."""
    code: str = ""
    severity: str = ""
    title: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the finding as JSON has it."""
        found = asdict(self)
        del found["title"]
        return {"code": found.pop("code"), "severity": found.pop("severity"), **found}


@dataclass(frozen=True)
class Diagnosis:
    """The findings, errors first, and the codes of the rules that ran."""

    findings: tuple[Finding, ...]
    checked: tuple[str, ...]

    def count(self, severity: str) -> int:
        """Return how many findings are of a severity."""
        return sum(finding.severity == severity for finding in self.findings)


Diagnose = Callable[
    [Loss, Mapping[str, Source], Typed, Outcome, Callable[[int, int], None] | None], Diagnosis
]
"""Finds what stands out in the files of a finished run: what `loss diagnose` gives to others."""
