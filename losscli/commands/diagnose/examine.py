"""Runs the selected rules on an inspection and orders their findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter

from losscli.commands.diagnose.finding import SEVERITIES, Finding
from losscli.commands.diagnose.inspection import Inspection
from losscli.commands.diagnose.registry import Rule, find_rule, rules
from losscli.errors import UsageError


@dataclass(frozen=True)
class Diagnosis:
    """The findings, errors first, and the codes of the rules that ran."""

    findings: tuple[Finding, ...]
    checked: tuple[str, ...]

    def count(self, severity: str) -> int:
        """Return how many findings are of a severity."""
        return sum(finding.severity == severity for finding in self.findings)


def chosen(select: Sequence[str], ignore: Sequence[str]) -> list[Rule]:
    """Return the selected rules, or all, without the ignored ones.

    A code may be shortened: L1 means L101 to L199. Raises UsageError for a code of no rule.
    """
    known = rules()
    for code in (*select, *ignore):
        if len(code) < 2 or not any(_is_named(rule, [code]) for rule in known):
            find_rule(code)
    kept = [rule for rule in known if not select or _is_named(rule, select)]
    kept = [rule for rule in kept if not _is_named(rule, ignore)]
    if not kept:
        raise UsageError("--select and --ignore leave no rule; remove one of them")
    return kept


def _is_named(rule: Rule, codes: Sequence[str]) -> bool:
    return any(rule.code.startswith(code.upper()) for code in codes)


def examine(inspection: Inspection, asked: Sequence[Rule]) -> Diagnosis:
    """Run the rules; a rule is skipped where a finding already explains what it would report."""
    findings: list[Finding] = []
    checked: list[str] = []
    meant = {rule.code: rule for rule in asked}
    # Causes first: a rule that would only repeat them runs after all of them.
    for code in TopologicalSorter({rule.code: rule.unless for rule in rules()}).static_order():
        found = {finding.code for finding in findings if finding.severity != "info"}
        rule = meant.get(code)
        if not rule or not (inspection.fits or rule.shapes) or found & set(rule.unless):
            continue
        checked.append(code)
        for finding in rule.check(inspection):
            severity = finding.severity or rule.severity
            findings.append(replace(finding, code=code, severity=severity))
    findings.sort(key=lambda finding: (SEVERITIES.index(finding.severity), finding.code))
    return Diagnosis(tuple(findings), tuple(sorted(checked)))
