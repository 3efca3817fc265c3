"""The reliability diagram of a run, and its numbers."""

from __future__ import annotations

from losscli.engine.breakdown.reliability import ByConfidence, Reliability, interval
from losscli.engine.confidence import is_binary, label_names
from losscli.engine.problem.problem import Problem
from losscli.output.chart import Axis, Chart, Line, Points
from losscli.output.page import Column, Table
from losscli.output.words import counted, percent


def calibration_axes(problem: Problem) -> tuple[str, str]:
    """Return what is across and along: of two labels, it is about the second one."""
    if not is_binary(problem):
        return "confidence", "accuracy"
    label = label_names(problem)[1]
    return f"probability of {label}", f"share of {label}"


def calibration_chart(problem: Problem, observer: ByConfidence) -> Chart:
    """Return the chart of what an observer counted, at least one term."""
    found = observer.found
    axes = ("confidence", "accuracy")
    title = _title(found)
    if is_binary(problem):
        label = label_names(problem)[1]
        axes = (f"probability of {label}", f"share of {label}")
        title = _title_of_label(found, label)
    note = ""
    if observer.broken:
        note = f"Left out: {counted(observer.broken, 'sample')} without a probability."
    return _chart(found, title, axes, note)


def _title(found: Reliability) -> str:
    right = (
        f"{percent(found.accuracy)} right at a mean confidence of {percent(found.mean_confidence)}"
    )
    if not (off := _off(found)):
        return f"no significant gap: {right}"
    return f"{'under' if off > 0 else 'over'}-confident: {right}"


def _title_of_label(found: Reliability, label: str) -> str:
    real = (
        f"{percent(found.accuracy)} are {label}, mean probability {percent(found.mean_confidence)}"
    )
    if not (off := _off(found)):
        return f"no significant gap: {real}"
    return f"probabilities are too {'low' if off > 0 else 'high'}: {real}"


def _off(found: Reliability) -> int:
    """Return 1 or -1 where the share that is right is surely above or below what is claimed."""
    low, high = interval(found.accuracy, found.total)
    return int(found.mean_confidence < low) - int(found.mean_confidence > high)


def _chart(found: Reliability, title: str, axes: tuple[str, str], note: str) -> Chart:
    rows = list(found.rows())
    intervals = [interval(share, count) for _, _, count, _, share in rows]
    points = Points(
        [confidence for *_, confidence, _ in rows],
        [share for *_, share in rows],
        sizes=[count / found.total for _, _, count, _, _ in rows],
        intervals=intervals,
        tips=[
            f"{counted(count, 'sample')}: {axes[0]} {confidence:.4g}, {axes[1]} {share:.4g}"
            for _, _, count, confidence, share in rows
        ],
    )
    diagonal = Line([0, 1], [0, 1], is_guide=True)
    key = "Area: share of the samples. Line: 95 % interval. Dashed: right as often as claimed."
    x, y = map(Axis, axes)
    return Chart(title, x, y, [diagonal, points], key, note, is_square=True)


def calibration_table(found: Reliability, axes: tuple[str, str]) -> Table:
    """Return the bins with their intervals."""
    low, high, count, confidence, share = zip(*found.rows(), strict=True)
    lows, highs = zip(*map(interval, share, count), strict=True)
    names = [axis.replace(" ", "_") for axis in axes]
    return Table(
        [
            Column("from", low),
            Column("to", high),
            Column("count", count),
            Column(names[0], confidence),
            Column(names[1], share),
            Column("low", lows),
            Column("high", highs),
        ]
    )
