"""A call as CI services read it: its checks, its warnings, its figures, its time."""

from __future__ import annotations

from collections.abc import Iterable
from time import perf_counter
from typing import Any

from losscli.commands.call import Call
from losscli.output.ci_reports import Outcome, report


def ci_report(call: Call) -> Iterable[str]:
    """Return the report of a call that is done, in its format."""
    warnings = [f"{warning.message} [{warning.code}]" for warning in call.warnings]
    suite = " ".join(filter(None, ("loss", call.tool, call.subject)))
    seconds = perf_counter() - call.started
    found = Outcome(suite, call.checked, warnings, call.not_finite(), _properties(call), seconds)
    return report(call.format, found)


def _properties(call: Call) -> dict[str, Any]:
    """Return the figures of each result, and the signature; those of breakdowns are too many."""
    subjects = list(call.subjects())
    found: dict[str, Any] = {}
    for subject in subjects:
        before = f"{subject.file}: " if len(subjects) > 1 else ""
        own = {name: value for name, value in subject.figures.items() if "." not in name}
        found |= {f"{before}{name}": value for name, value in own.items()}
    signature = call.signature()
    return {**found, "signature": signature} if signature else found
