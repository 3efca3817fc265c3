"""Findings as blocks of a page: the rule, what was found, where, and what to type next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from losscli.commands.findings import Finding, Row
from losscli.output.page import (
    Block,
    Command,
    Fact,
    Facts,
    Form,
    Heading,
    Indented,
    Mark,
    Number,
    Paragraph,
    Part,
    Phrase,
)

MARKS = {"error": Mark.BAD, "warning": Mark.WARNING, "info": Mark.INFO}


def rounded(value: float) -> Number:
    """Return a number of a finding: a few significant digits."""
    return Number(value, Form.SHORT)


def finding_blocks(finding: Finding) -> list[Block]:
    """Return one finding: its rule, what was found, where, the numbers, and what to type."""
    facts = [Fact("at", _row(row)) for row in finding.rows]
    more = finding.count - len(finding.rows)
    if finding.rows and more > 0:
        facts.append(Fact("at", f"and {more} more"))
    if finding.evidence:
        facts.append(Fact("evidence", _evidence(finding.evidence)))
    label = f"{finding.code} {finding.severity}"
    blocks: list[Block] = [Paragraph(finding.message), Facts(facts)]
    if finding.next:
        blocks.append(Command(finding.next, "next"))
    heading = Heading(finding.title, MARKS[finding.severity], label, is_part=True)
    return [heading, Indented(blocks)]


def _row(row: Row) -> Phrase:
    """Return a row's place and its value."""
    what = f"{row.what} " if row.what else ""
    # A label is shown in full, and so is what would look like one.
    form = Form.GENERAL if float(f"{row.value:.4g}").is_integer() else Form.SHORT
    return [f"{row.place}: {what}", Number(row.value, form)]


def _evidence(evidence: Mapping[str, Any]) -> Phrase:
    parts: list[Part] = []
    for name, value in evidence.items():
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        parts += ["  " if parts else "", f"{name}=", rounded(value) if is_number else _word(value)]
    return parts


def _word(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {count}" for key, count in value.items()) + "}"
    return str(value).lower()
