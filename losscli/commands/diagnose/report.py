"""What a diagnosis says: heading, findings, calibration; as JSON, and as plain text for a pipe."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from losscli.commands.diagnose.calibrate import BINS, Bins, Calibration
from losscli.commands.diagnose.examine import Diagnosis
from losscli.commands.diagnose.finding import Finding, Row
from losscli.commands.diagnose.inspection import Inspection
from losscli.commands.diagnose.registry import find_rule
from losscli.errors import printable
from losscli.output.words import counted, figure, percent


@dataclass(frozen=True)
class Report:
    """A diagnosis with the inspection that it is of."""

    inspection: Inspection
    diagnosis: Diagnosis
    calibration: Calibration | None

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON has it."""
        answer: dict[str, Any] = {
            "schema": 1,
            "loss": self.inspection.loss.name,
            "findings": [finding.as_json() for finding in self.diagnosis.findings],
            "checked": list(self.diagnosis.checked),
        }
        if self.calibration:
            answer["calibration"] = _calibration_as_json(self.calibration)
        return answer


def _calibration_as_json(found: Calibration) -> dict[str, Any]:
    return {
        "count": found.count,
        "temperature": found.temperature,
        "loss": found.before,
        "loss_at_temperature": found.after,
        "ece": found.bins.error,
        "ece_at_temperature": found.bins_after.error,
        "bins": [
            {"low": low, "high": high, "count": count, "confidence": confidence}
            | {"accuracy": accuracy}
            for low, high, count, confidence, accuracy in reliability_rows(found.bins)
        ],
    }


def heading(report: Report, value: str) -> str:
    """Return what was looked at; `value` is the loss as the reader shows numbers."""
    inspection = report.inspection
    if not inspection.fits:
        return f"{inspection.loss.name}: the files do not fit together"
    grid = inspection.problem.grid
    text = (
        f"{inspection.loss.name}: {counted(grid.size, 'sample' if len(grid.axes) == 1 else 'term')}"
    )
    if inspection.loss.by_class:
        text += f", {counted(grid.classes, 'class', 'classes')}"
    return f"{text}, {value}"


def loss_in_words(inspection: Inspection, *, full: bool) -> str:
    """Return the loss, or that a loss command refuses these files."""
    if not inspection.fits or inspection.loss_value is None:
        return f"refused by loss {inspection.loss.name}"
    return f"loss {inspection.loss_value!r}" if full else f"loss {figure(inspection.loss_value)}"


def title_of(finding: Finding) -> str:
    """Return the title of the finding's rule."""
    return find_rule(finding.code).title


def row_text(row: Row) -> str:
    """Return a row as text: where, and what stands there."""
    value = row.value
    shown = str(value) if isinstance(value, int) or not math.isfinite(value) else f"{value:g}"
    return printable(f"{row.place}: {row.what + ' ' if row.what else ''}{shown}")


def more_rows(finding: Finding) -> str:
    """Say how many rows are not shown."""
    left = finding.count - len(finding.rows)
    return f"and {left} more" if finding.rows and left > 0 else ""


def evidence_text(evidence: Mapping[str, Any], *, full: bool) -> str:
    """Return the evidence as name=number pairs."""

    def shown(value: Any) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f"{key}: {count}" for key, count in value.items()) + "}"
        if isinstance(value, bool) or value is None or isinstance(value, str | list):
            return "none" if value is None else str(value).lower()
        return repr(value) if full else figure(value)

    return printable("  ".join(f"{name}={shown(value)}" for name, value in evidence.items()))


def summary(report: Report) -> str:
    """Return how many findings there are, and of how many rules."""
    diagnosis = report.diagnosis
    asked = counted(len(diagnosis.checked), "rule")
    if not diagnosis.findings:
        return f"nothing found by {asked}"
    parts = [
        counted(diagnosis.count(severity), severity) if severity != "info" else f"{count} info"
        for severity in ("error", "warning", "info")
        if (count := diagnosis.count(severity))
    ]
    return f"{', '.join(parts)}; {asked} checked, loss rule CODE explains one"


def reliability_rows(bins: Bins) -> Iterator[tuple[float, float, int, float, float]]:
    """Yield the bins that hold a term: low, high, count, mean confidence, accuracy."""
    for i in range(BINS):
        count = int(bins.count[i])
        if count:
            confidence, right = float(bins.confidence[i]), float(bins.right[i])
            yield i / BINS, (i + 1) / BINS, count, confidence / count, right / count


def calibration_lines(found: Calibration, *, full: bool) -> Iterator[tuple[str, str]]:
    """Yield the figures of the calibration as (what, figures)."""

    def shown(value: float) -> str:
        return repr(value) if full else figure(value)

    yield "temperature", f"{shown(found.temperature)} is best: logits / T"
    yield "loss", f"{shown(found.before)} as given, {shown(found.after)} at T"
    yield "gain", percent(found.gain)
    yield "ECE", f"{shown(found.bins.error)} as given, {shown(found.bins_after.error)} at T"


def plain_lines(report: Report) -> Iterator[str]:
    """Yield the report as lines with every digit, whatever the width."""
    yield heading(report, loss_in_words(report.inspection, full=True))
    for finding in report.diagnosis.findings:
        yield f"{finding.code} {finding.severity}: {title_of(finding)}"
        yield f"  {printable(finding.message)}"
        if finding.evidence:
            yield f"  evidence: {evidence_text(finding.evidence, full=True)}"
        for row in finding.rows:
            yield f"  at: {row_text(row)}"
        if more := more_rows(finding):
            yield f"  {more}"
        if finding.next:
            yield f"  next: {finding.next}"
    if report.calibration:
        for what, figures in calibration_lines(report.calibration, full=True):
            yield f"{what}: {figures}"
        yield "from  to  count  confidence  accuracy"
        for figures_of_bin in reliability_rows(report.calibration.bins):
            yield "  ".join(map(repr, figures_of_bin))
    elif report.inspection.shows_calibration:
        yield NO_CALIBRATION
    yield summary(report)


NO_CALIBRATION = "calibration: this loss has no softmax, or no finite loss to judge by"
