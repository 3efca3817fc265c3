"""A walk: the steps of one sample's loss in textbook order, each with its numbers.

A loss's walk is a function that gets a `Walk` and the numbers of one term, and writes the textbook
page: `w.each` is a step with a row for every class, `w.one` a single formula, `w.table` several
named numbers, `w.branch` the case that applies, `w.reduce` the way to the loss of the file and
`w.slope` the gradient. What a step returns are its results, for the steps after it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from losscli.commands.explain.naive import Fragile
from losscli.commands.explain.number import UNIT, Number, given, total
from losscli.commands.explain.step import SHOWN, Check, Grid, Reason, Row, Step, Whole
from losscli.commands.explain.writing import Name, formula


class Walk:
    """The steps so far, and the builder of the next."""

    def __init__(
        self, whole: Whole, labels: Sequence[str], shown: Sequence[int], target: int | None
    ) -> None:
        self.whole = whole
        self.labels = labels
        self.shown = sorted(shown)
        known = set(shown)
        self.rest = [j for j in range(len(labels)) if j not in known]
        self.target = target
        self.targets = frozenset() if target is None else frozenset([target])
        """The classes that are marked: the target, or every label that is there."""
        self.row: Mapping[str, Sequence[float]] = {}
        """Of a single number the roles' whole rows, where the file has rows."""
        self.entry_names: Sequence[str] = ()
        """Names of a gradient's numbers, where they are not one a class."""
        self.row_names: Sequence[str] = ()
        self.steps: list[Step] = []
        self.loss: Number | None = None
        self.mass: Number = given(1)
        self._divisor = "n"
        self.gradients: dict[str, list[Number]] = {}
        self.fragile: Fragile | None = None
        """The part of the formula that rounding can kill, to be shown beside the stable one."""
        self.belief: float | None = None
        """The probability that the model gives the target, where it gives one."""
        self.through_softmax = False
        """Whether the gradient is that of the logits behind the input's log-probabilities."""
        self.outcomes = 0
        """Of how many outcomes `belief` is one, where the loss is its surprise, -log p."""
        self.handicap = ""
        """What makes `belief` less than what the model says: a margin."""
        self.convention = ""
        """Why the gradient is not the slope of the loss, where it is a convention."""

    def measured(self, size: int) -> list[int]:
        """Return which entries of a gradient of that size are held against a difference."""
        if size == len(self.labels):
            return self.shown
        return list(range(0, size, max(1, size // SHOWN)))

    def entry(self, entry: int) -> str:
        """Return the name of one number of a role."""
        if self.entry_names:
            return self.entry_names[entry]
        return self.labels[entry]

    def place_in_row(self, entry: int) -> str:
        """Return the name of an entry of the row."""
        return self.row_names[entry] if self.row_names else f"entry {entry}"

    def each(
        self,
        name: str,
        symbol: str,
        values: Sequence[Number],
        why: str,
        *,
        bars: bool = False,
        adds: bool = False,
    ) -> list[Number]:
        """Add a step with one row a class; `adds` says that a sum of the results means something.

        Returns the results, one a class.
        """
        rows = self._rows(values, adds=adds or bars)
        self.steps.append(Step(name, formula(symbol), rows, why, bars, by_class=True))
        return [value.settled() for value in values]

    def _rows(self, values: Sequence[Number], *, adds: bool) -> tuple[Row, ...]:
        rows = [Row(self.labels[j], values[j], j) for j in self.shown]
        if self.rest:
            others = [values[j].settled() for j in self.rest]
            label = f"other {len(others)}"
            if adds:
                rows.append(Row(label, total(others).settled()))
            else:
                numbers = [other.value for other in others]
                rows.append(Row(label, given(math.nan), span=(min(numbers), max(numbers))))
        return tuple(rows)

    def one(self, name: str, symbol: str, value: Number, why: str) -> Number:
        """Add a step of one formula; the row is named by the formula's left side."""
        tree = formula(symbol)
        self.steps.append(Step(name, tree, (Row(_left(symbol), value),), why))
        return value.settled()

    def table(
        self, name: str, symbol: str, rows: Sequence[tuple[str, Number]], why: str
    ) -> list[Number]:
        """Add a step of several named numbers."""
        tree = formula(symbol) if symbol else None
        self.steps.append(Step(name, tree, tuple(Row(*row) for row in rows), why))
        return [number.settled() for _, number in rows]

    def numbers(self, why: str, **named: Number) -> None:
        """Add the step that every walk of single numbers begins with."""
        self.table("The numbers", "", list(named.items()), why)

    def branch(self, name: str, symbol: str, test: Number, yes: str, no: str, why: str) -> bool:
        """Add a step that says which case applies; return whether the comparison holds."""
        answer = f"yes: {yes}" if test.value else f"no: {no}"
        self.steps.append(Step(name, formula(symbol), (Row("", test, None, answer),), why))
        return bool(test.value)

    def draw(self, grid: Grid, name: str, symbol: str, why: str) -> None:
        """Add a step that is a table of numbers."""
        self.steps.append(Step(name, formula(symbol), (), why, grid=grid))

    def total(self, values: Sequence[Number]) -> Number:
        """Return the sum over all classes, those that share a row as one number."""
        parts = [values[j] for j in self.shown]
        if self.rest:
            parts.append(total([values[j].settled() for j in self.rest]).settled())
        return total(parts)

    def check(self, text: str, value: Number, expected: float) -> None:
        """Add something that must hold to the last step."""
        step = self.steps[-1]
        room = 4 * value.bound + 8 * UNIT * max(1.0, abs(expected))
        holds = abs(value.value - expected) <= room or not math.isfinite(value.value)
        found = Check(text, value.value, holds)
        self.steps[-1] = replace(step, checks=(*step.checks, found))

    def reduce(self, loss: Number, mass: Number | None = None) -> None:
        """Add the way from this sample's loss to the loss of the file.

        `mass` is what the sample adds to the divisor of the mean; without one it is 1.
        """
        whole = self.whole
        if whole.sample_weight is not None:
            weight = given(whole.sample_weight)
            loss = self.one(
                "Sample weight", "L = s * L", weight * loss, "--sample-weight counts samples."
            )
        self.loss = loss
        self.mass = mass or given(1)
        if whole.reduction == "none":
            return
        own = whole.own
        if whole.length is not None:
            why = "The mean divides each loss by its number of labels first."
            loss = self.one("A label's share", "L_s = L / s", loss / given(whole.length), why)
            own /= whole.length
        others = Number(whole.numerator - own, op="made")
        parts = (loss, others) if whole.counted > 1 else (loss,)
        numerator = Number(whole.numerator, loss.error, "sum", parts)
        name = f"{whole.reduction.capitalize()} over the file"
        if whole.reduction == "sum":
            row = Row("loss", numerator)
            self._add(name, "loss = sum_i(L_i)", [row], _others(whole, "The sum"))
            return
        denominator = Number(whole.denominator, op="given")
        value = Number(whole.value, loss.error, "/", (numerator.settled(), denominator))
        rows = [Row("sum", numerator), Row("loss", value)]
        weighted = mass is not None or whole.sample_weight is not None
        self._divisor = "W" if weighted else "n"
        symbol = f"loss = sum_i(L_i) / {self._divisor}"
        divisor = "W, the sum of the weights" if weighted else "n, the number of counted terms"
        if whole.reduction == "batchmean":
            divisor = "n, the number of samples, not of terms"
        self._add(name, symbol, rows, _others(whole, f"The mean divides by {divisor}"))

    def _add(self, name: str, symbol: str, rows: Sequence[Row], why: str) -> None:
        self.steps.append(Step(name, formula(symbol), tuple(rows), why))

    def slope(
        self,
        role: str,
        symbol: str,
        values: Sequence[Number],
        why: str,
        derivation: Sequence[tuple[str, str]] = (),
        names: Sequence[str] = (),
    ) -> None:
        """Add the gradient of the file's loss with respect to one role of this sample.

        `values` are the derivatives of this sample's loss, by class or one; sample weight and
        divisor follow here. `names` name them where they are not one a class.
        """
        whole = self.whole
        tree = formula(symbol)
        left, right = tree.args
        scaled = list(values)
        if whole.sample_weight is not None:
            right = Name("*", (Name("name", (), "s"), right))
            scaled = [given(whole.sample_weight) * value for value in scaled]
        if whole.length is not None:
            right = Name("/", (right, Name("name", (), "s")))
            scaled = [value / given(whole.length) for value in scaled]
        if whole.divides:
            right = Name("/", (right, Name("name", (), self._divisor)))
            divisor = Number(whole.denominator)
            scaled = [value / divisor if divisor.value else given(0) for value in scaled]
        by_class = len(scaled) > 1 or (len(self.labels) == 1 and self.target is not None)
        self.entry_names = names
        if names:
            by_class, rows = False, _largest(scaled, names)
        elif by_class:
            rows = self._rows(scaled, adds=True)
        else:
            rows = (Row(_left(symbol), scaled[0]),)
        self.steps.append(
            Step(
                f"Gradient, {role}" if len(self.gradients) or role != "input" else "Gradient",
                Name("=", (left, right)),
                rows,
                why,
                derivation=tuple(Reason(formula(line), reason) for line, reason in derivation),
                role=role,
                by_class=by_class,
            )
        )
        self.gradients[role] = [value.settled() for value in scaled]


def _largest(values: Sequence[Number], names: Sequence[str]) -> tuple[Row, ...]:
    """Return rows for the largest of many numbers, and one for the sum of the rest."""
    order = sorted(range(len(values)), key=lambda i: -abs(values[i].value))
    shown = sorted(order[: SHOWN if len(order) <= SHOWN else SHOWN - 1])
    rows = [Row(names[i], values[i]) for i in shown]
    if rest := order[SHOWN - 1 :] if len(order) > SHOWN else []:
        summed = total([values[i].settled() for i in rest]).settled()
        rows.append(Row(f"other {len(rest)}", summed))
    return tuple(rows)


def _left(symbol: str) -> str:
    return symbol.partition(" = ")[0]


def _others(whole: Whole, how: str) -> str:
    rest = whole.counted - 1
    if rest < 1:
        return f"{how}; this is the only one."
    return f"{how}; the other {rest} {'adds' if rest == 1 else 'add'} what the kernel gave them."
