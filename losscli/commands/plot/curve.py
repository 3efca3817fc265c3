"""`loss plot curve`: a loss as a function of one of its numbers; it reads no files."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from losscli.commands.call import command
from losscli.commands.plot.one_input import Case, Sweep, sweep_of, values
from losscli.commands.plot.options import CurveOptions
from losscli.commands.plot.plot import Drawn, Plot
from losscli.commands.plot.traced import Trace, clipped, heights, lowest, traced
from losscli.commands.signatures import flag, is_single
from losscli.errors import UsageError, show
from losscli.losses.declare.options import Option
from losscli.losses.declare.registry import Loss
from losscli.numerics.arrays import Array
from losscli.output.chart import Axis, Chart, Line, axis_of, labels
from losscli.output.page import Column, Kind, Phrase, Table
from losscli.output.streams import Streams

HELP = """The loss as a function of one number, without files: of the error, the score, the margin.

What the number is follows from the loss. A numeric option takes several values, such as 1,2,5: one
curve each. --range A,B sets the ends of the axis.
"""
MOST = 6
"""More curves cannot be distinguished."""


def curve_command(loss: Loss, streams: Streams) -> Callable[..., int]:
    """Return the function that Typer calls for `loss plot curve` and a loss."""
    return command(partial(Curve, loss), CurveOptions, streams, HELP, loss=loss, lists=True)


class _Curve(NamedTuple):
    """One curve: its target, the values of the options that vary, and its points."""

    case: Case
    varied: dict[str, Any]
    trace: Trace
    lowest: float

    @property
    def name(self) -> str:
        named = [self.case.name, *(_said(name, x) for name, x in self.varied.items())]
        return ", ".join(filter(None, named))


class Curve(Plot):
    """One picture of a loss."""

    options: CurveOptions
    tool = "plot curve"

    def __init__(
        self, loss: Loss, typed: Mapping[str, Any], options: CurveOptions, streams: Streams
    ) -> None:
        """Take the loss, and what was typed."""
        self.loss = loss
        self.subject = loss.name
        super().__init__(typed, options, streams)

    @property
    def inputs(self) -> list[str]:
        """The files that are read: none."""
        return []

    def check(self) -> None:
        """Refuse options that are not numbers."""
        super().check()
        self.given = {own.name: _values(own, self.typed[own.name]) for own in _taken(self.loss)}
        self.fixed = {name: some[0] for name, some in self.given.items() if len(some) == 1}
        self.sweep = sweep_of(self.loss, {name: some[0] for name, some in self.given.items()})
        self.low, self.high = _ends(self.options.range, self.sweep)

    def heading(self) -> str:
        """Return the loss and its formula."""
        return f"{self.loss.name}: {self.loss.facts['formula']}"

    def draw(self) -> Drawn:
        """Trace every curve."""
        curves = list(self._curves())
        axis = Axis(self.sweep.title, self.low, self.high)
        low, high = heights([one.trace for one in curves])
        up = axis_of("loss", min(low, 0.0) if low > 0 and low < high / 2 else low, high)
        lines = []
        for tint, one in enumerate(curves):
            trace = clipped(one.trace, up.low, up.high)
            name = one.name if len(curves) > 1 else ""
            lines.append(Line(trace.x.tolist(), trace.y.tolist(), name, tint))
        chart = Chart(
            _title(self.loss.name, curves, self.sweep.title),
            axis,
            up,
            lines,
            note=self._note(curves, up),
        )
        return Drawn(
            chart, _table(curves, self.sweep.title), "points", {"range": [self.low, self.high]}
        )

    def _note(self, curves: list[_Curve], up: Axis) -> str:
        """Return what is fixed, and how far a curve goes that leaves the picture."""
        named = [_said(name, value) for name, value in self.fixed.items()]
        options = f"Options: {', '.join(named)}." if named else ""
        most = max(float(one.trace.y.max()) for one in curves)
        end = "infinity" if math.isinf(most) else f"{most:.4g}"
        cut = f"A line that leaves the picture goes up to {end}." if most > up.high else ""
        return " ".join(filter(None, (self.sweep.note, options, cut)))

    def _curves(self) -> Iterator[_Curve]:
        several = {name: some for name, some in self.given.items() if len(some) > 1}
        choices = list(itertools.product(*several.values()))
        if (count := len(choices) * len(self.sweep.cases)) > MOST:
            raise UsageError(
                f"{count} curves are too many to tell apart, at most {MOST} are drawn; give fewer "
                "values"
            )
        for case, chosen in itertools.product(self.sweep.cases, choices):
            varied = dict(zip(several, chosen, strict=True))
            options = {**self.fixed, **varied}
            numbers = [x for x in options.values() if isinstance(x, float)]
            near = [sign * x + whole for x in numbers for sign in (-1, 1) for whole in (-1, 0, 1)]

            def f(x: Array, case: Case = case, options: Mapping[str, Any] = options) -> Array:
                return values(self.loss, case, x, options)

            trace = traced(f, self.low, self.high, [0.0, *near])
            yield _Curve(case, varied, trace, lowest(f, trace))


def _said(name: str, value: Any) -> str:
    """Return an option with its value in words."""
    word = name.strip("_").replace("_", " ")
    if isinstance(value, bool):
        return f"{word} {'yes' if value else 'no'}"
    return f"{word} {value}" if isinstance(value, str) else f"{word} {value:g}"


def _taken(loss: Loss) -> list[Option]:
    """Return the options that a curve has: all but arrays and those about labels."""
    return [own for own in loss.options if is_single(own)]


def _values(own: Option, text: Any) -> list[Any]:
    """Return the values of an option, from its text."""
    if not isinstance(text, str) or own.choices:
        return [own.check(text)]
    found = []
    for word in text.split(","):
        try:
            found.append(own.check(own.type(word)))
        except ValueError:
            raise UsageError(
                f"{flag(own.name)}: {show(word)} is not a number; give numbers like 1,2"
            ) from None
    return list(dict.fromkeys(found))


def _ends(text: str | None, sweep: Sweep) -> tuple[float, float]:
    """Return the ends of the axis."""
    if text is None:
        return sweep.low, sweep.high
    try:
        low, high = map(float, text.split(","))
    except ValueError:
        raise UsageError(
            f"--range: {show(text)} is not two numbers; write them like -3,3"
        ) from None
    if low > high:
        raise UsageError(f"--range: {text} is not a range; give the smaller number first")
    if not (low < high and math.isfinite(high - low)):
        raise UsageError(f"--range: {text} is not a range; give two numbers like -3,3")
    if low < sweep.least or high > sweep.most:
        raise UsageError(
            f"--range: {text} leaves [{sweep.least:g}, {sweep.most:g}], where the {sweep.title} "
            "is; give a range inside"
        )
    return low, high


def _title(name: str, curves: list[_Curve], axis: str) -> str:
    """Return where the loss rises and falls, and where it is infinite."""
    found = [_course(one, axis) for one in curves]
    text = f"{name} {found[0]}"
    if len(curves) == 1 and found[0] in ("falls", "rises"):
        (x, *_, to_x), (y, *_, to_y) = (side.tolist() for side in curves[0].trace)
        (x, to_x), (y, to_y) = labels([x, to_x], 4), labels([y, to_y], 4)
        text += f" from {y} at {x} to {to_y} at {to_x}"
    if len(set(found)) > 1:
        named = [f"{course} for {one.name}" for course, one in zip(found, curves, strict=True)]
        by_case = dict(zip([one.case.name for one in curves], found, strict=True))
        if len(by_case) == len(set(by_case.values())) and all(
            by_case[one.case.name] == course for one, course in zip(curves, found, strict=True)
        ):
            named = [f"{course} for {case}" for case, course in by_case.items()]
        text = f"{name} " + ", ".join(named) if len(named) < 3 else f"{name} by {axis}"
        if text.count(start := f"is smallest at {axis} = ") > 1:
            text = text.replace(start, "").replace(f"{name} ", f"{name} {start}", 1)
    poles = sorted({float(x) for one in curves for x in one.trace.x[np.isinf(one.trace.y)]})
    if poles and len(poles) <= 2 and "inf" not in text:
        text += f"; infinite at {' and '.join(f'{x:g}' for x in poles)}"
    return text.replace(" inf ", " infinity ")


def _course(one: _Curve, axis: str) -> str:
    finite = one.trace.y[np.isfinite(one.trace.y)]
    if finite.size < 2:
        return "is infinite almost everywhere"
    steps = np.diff(finite)
    if not (steps > 0).any():
        return "is constant" if not (steps < 0).any() else "falls"
    if not (steps < 0).any():
        return "rises"
    return f"is smallest at {axis} = {round(one.lowest, 6) + 0.0:.4g}"


def _table(curves: list[_Curve], axis: str) -> Table:
    """Return every point, with its target and its options."""
    rows = [
        (one, x, y)
        for one in curves
        for x, y in zip(*map(np.ndarray.tolist, one.trace), strict=True)
    ]
    columns = []
    if curves[0].case.name:
        targets: list[Phrase] = [one.case.name.rpartition(" ")[2] for one, _, _ in rows]
        columns.append(Column("target", targets, Kind.NAME))
    columns += [
        Column(name.rstrip("_"), [one.varied[name] for one, _, _ in rows])
        for name in curves[0].varied
    ]
    columns += [Column(axis, [x for _, x, _ in rows]), Column("loss", [y for *_, y in rows])]
    return Table(columns)
