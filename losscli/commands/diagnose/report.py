"""A diagnosis as a page and as JSON: heading, findings, calibration."""

from __future__ import annotations

from typing import Any

from losscli.commands.diagnose.calibrate import Calibration
from losscli.commands.diagnose.inspection import Inspection
from losscli.commands.finding_blocks import finding_blocks, rounded
from losscli.commands.findings import SEVERITIES, Diagnosis
from losscli.output.page import (
    Blank,
    Block,
    Column,
    Fact,
    Facts,
    Heading,
    Indented,
    Kind,
    Mark,
    Page,
    Paragraph,
    Phrase,
    Style,
    Styled,
    Table,
)
from losscli.output.words import counted, percent

WIDE_GAP = 0.1
"""Between confidence and accuracy."""
BARS = "█ accuracy, ┃ mean"


def calibration_of(inspection: Inspection) -> Calibration | None:
    """Return the calibration where it was asked for and there is one."""
    asked = inspection.shows_calibration and inspection.fits
    return inspection.calibration if asked else None


def as_json(inspection: Inspection, diagnosis: Diagnosis) -> dict[str, Any]:
    """Return a diagnosis as JSON has it."""
    answer: dict[str, Any] = {
        "schema": 1,
        "loss": inspection.loss.name,
        "findings": [finding.as_json() for finding in diagnosis.findings],
        "checked": list(diagnosis.checked),
    }
    found = calibration_of(inspection)
    if found:
        names = ("low", "high", "count", "confidence", "accuracy")
        answer["calibration"] = {
            "count": found.count,
            "temperature": found.temperature,
            "loss": found.before,
            "loss_at_temperature": found.after,
            "ece": found.bins.error,
            "ece_at_temperature": found.bins_after.error,
            "bins": [dict(zip(names, row, strict=True)) for row in found.bins.rows()],
        }
    return answer


def page_of(inspection: Inspection, diagnosis: Diagnosis) -> Page:
    """Return a diagnosis as a page."""
    blocks: list[Block] = [Heading(_heading(inspection))]
    for finding in diagnosis.findings:
        blocks += finding_blocks(finding)
    if inspection.shows_calibration:
        blocks += _calibration_blocks(calibration_of(inspection))
    return Page([*blocks, *_summary(diagnosis)])


def _heading(inspection: Inspection) -> Phrase:
    name = inspection.loss.name
    if not inspection.fits:
        return f"{name}: the files do not fit together"
    grid, value = inspection.problem.grid, inspection.loss_value
    text = f"{name}: {counted(grid.size, 'sample' if len(grid.axes) == 1 else 'term')}"
    if inspection.loss.by_class:
        text += f", {counted(grid.classes, 'class', 'classes')}"
    if value is None:
        return f"{text}, refused by loss {name}"
    # A sum or terms were asked for, and the figures are means.
    other = getattr(inspection.typed.options, "reduction", "mean") in ("sum", "none")
    return [text, ", mean loss " if other else ", loss ", rounded(value)]


def _calibration_blocks(found: Calibration | None) -> list[Block]:
    heading = Heading("calibration", is_part=True)
    if not found:
        text = "this loss has no softmax, or no finite loss to judge by"
        return [heading, Indented([Paragraph(text, Style.DIM)])]
    figures = [
        Fact("temperature", [rounded(found.temperature), " is best: logits / T"]),
        Fact("loss", _both(found.before, found.after)),
        Fact("gain", percent(found.gain)),
        Fact("ECE", _both(found.bins.error, found.bins_after.error)),
    ]
    low, high, count, confidence, accuracy = zip(*found.bins.rows(), strict=True)
    gaps = [right - sure for sure, right in zip(confidence, accuracy, strict=True)]
    table = Table(
        [
            Column("from", low),
            Column("to", high),
            Column("count", count),
            Column("mean", confidence, plain_header="confidence"),
            Column("accuracy", accuracy),
            Column("gap", [_gap(gap) for gap in gaps]),
            Column(BARS, accuracy, Kind.BAR, plain_header="bar", ticks=confidence),
        ]
    )
    return [heading, Indented([Facts(figures), table])]


def _both(given: float, cooled: float) -> Phrase:
    return [rounded(given), " as given, ", rounded(cooled), " at T"]


def _gap(gap: float) -> Phrase:
    return Styled(gap, Style.BAD if abs(gap) > WIDE_GAP else Style.PLAIN)


def _summary(diagnosis: Diagnosis) -> list[Block]:
    """Return the number of findings and the number of rules."""
    asked = counted(len(diagnosis.checked), "rule")
    if not diagnosis.findings:
        return [Heading(f"nothing found by {asked}", Mark.GOOD, is_part=True)]
    counts = {severity: diagnosis.count(severity) for severity in SEVERITIES}
    parts = [
        f"{count} info" if severity == "info" else counted(count, severity)
        for severity, count in counts.items()
        if count
    ]
    text = f"{', '.join(parts)}; {asked} checked. `loss rule CODE` explains a finding"
    return [Blank(), Paragraph(text, Style.DIM)]
