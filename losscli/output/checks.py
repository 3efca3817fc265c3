"""What a result was checked for: on its page and in JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from losscli.errors import for_command_line, one_line

if TYPE_CHECKING:
    from losscli.output.page import Block

REPORTS = ("github", "junit")
"""The formats that report checks alone."""


class Check(NamedTuple):
    """One condition that a result had to meet, and whether it did."""

    name: str
    """What was checked, as it was typed: `loss<=0.35`."""
    passed: bool
    why: str
    """One line: what was found, and what was asked for."""
    value: float | None = None
    """The figure that was found."""
    limit: float | None = None
    file: str = ""
    """The file that it is about."""
    line: int | None = None
    severity: str = "error"
    """error, warning or info: only an error fails."""

    @property
    def fails(self) -> bool:
        """Whether the exit status is 1 because of it."""
        return not self.passed and self.severity == "error"


def said(text: str) -> str:
    """Return a message as one line of the command line."""
    return one_line(for_command_line(text))


def as_json(checks: Sequence[Check]) -> dict[str, Any]:
    """Return the checks as a member of a JSON object; nothing if there are none."""
    rows = []
    for check in checks:
        row: dict[str, Any] = {
            "name": check.name,
            "passed": check.passed,
            "message": said(check.why),
        }
        row |= {"value": check.value} if check.value is not None else {}
        row |= {"limit": check.limit} if check.limit is not None else {}
        rows.append({**row, "file": check.file} if check.file else row)
    return {"checks": rows} if rows else {}


def blocks(checks: Sequence[Check]) -> list[Block]:
    """Return the checks as the end of a page."""
    from losscli.output.page import Blank, Fact, Facts

    facts = [Fact(check.name, said(check.why), holds=check.passed) for check in checks]
    return [Blank(), Facts(facts)] if facts else []
