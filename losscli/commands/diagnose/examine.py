"""Runs the selected rules on an inspection and orders their findings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from graphlib import TopologicalSorter

from losscli.commands.diagnose.facts.passes import Passes
from losscli.commands.diagnose.inspection import Inspection
from losscli.commands.diagnose.registry import Rule, find_rule, rules
from losscli.commands.findings import SEVERITIES, Diagnosis, Finding
from losscli.commands.typed import Typed
from losscli.engine.run import Outcome
from losscli.errors import UsageError
from losscli.losses.declare.registry import Loss
from losscli.readers.source import Source


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
            known = replace(finding, code=code, severity=severity, title=rule.title)
            findings.append(known)
    findings.sort(key=lambda finding: (SEVERITIES.index(finding.severity), finding.code))
    return Diagnosis(tuple(findings), tuple(sorted(checked)))


def diagnosed(
    loss: Loss,
    sources: Mapping[str, Source],
    typed: Typed,
    outcome: Outcome,
    tell: Callable[[int, int], None] | None = None,
) -> Diagnosis:
    """Return what all rules find in the files of a finished run; `tell` hears of their passes."""
    inspection = Inspection(
        loss, sources, typed, passes=Passes(getattr(typed.options, "threads", None), tell)
    )
    inspection.know(outcome)
    return examine(inspection, rules())
