"""A walk: the steps of one sample's loss in textbook order, each formula with its numbers.

A loss's walk is a function that gets a `Walk` and the numbers of one term, and writes the textbook
page. A step states its formula once, as text: it is shown, and it is evaluated on the numbers that
earlier steps named, so that what is shown is what is computed. `w.one` is a single formula,
`w.each` one with a row for every class, `w.several` a step of several formulas, `w.asks` says which
case applies, `w.reduce` leads to the loss of the file and `w.gradient` to the gradient.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from losscli.commands.explain.comparisons import alike
from losscli.commands.explain.decisions import Decisions
from losscli.commands.explain.formula import Formula, formula, symbol
from losscli.commands.explain.naive import Fragile
from losscli.commands.explain.number import Number, given, maximum, minimum, total
from losscli.commands.explain.scope import NUMBERS, Range, Scope
from losscli.commands.explain.step import SHOWN, Check, Grid, Reason, Row, Step, Whole
from losscli.losses.declare.registry import REDUCTIONS

Numbers = list[Number]


class Walk(Decisions):
    """The steps so far, the numbers that they named, and the builder of the next."""

    def __init__(
        self,
        whole: Whole,
        labels: Sequence[str],
        shown: Sequence[int],
        target: int | None,
        forced: Sequence[int] = (),
    ) -> None:
        super().__init__(forced)
        self.whole = whole
        self.labels = labels
        self.shown = sorted(shown)
        self.target = target
        self.marks = {} if target is None else {target: given(1)}
        """The classes that are marked if a test is 1: the target, or every label that is there."""
        self.by_class = len(labels) > 1 or target is not None
        classes = Range([(j,) for j in range(len(labels))], labels, is_classes=True)
        self.scope = Scope(NUMBERS, classes, self.shown)
        self.know(c=given(len(labels)))
        self.row: Mapping[str, Numbers] = {}
        """The whole rows that a single number is part of, where the file has rows."""
        self.row_names: Sequence[str] = ()
        self.steps: list[Step] = []
        self.weight = 1.0
        """What the sample adds to the normalizer of a mean, without its sample weight."""
        self.loss: Number | None = None
        self.file_loss: Number | None = None
        """The loss of the file; None where terms are not reduced."""
        self._normalizer = "n"
        self.gradients: dict[str, Numbers] = {}
        self.entry_names: Sequence[str] = ()
        """The names of a gradient's numbers, where there is not one per class."""
        self.fragile: Fragile | None = None
        """The part of the formula that rounding can break, to be shown beside the stable one."""
        self.belief: float | None = None
        """The probability that the model gives the target, where it gives one."""
        self.through_softmax = False
        """Whether the gradient is that of the logits behind the input's log-probabilities."""
        self.outcomes = 0
        """The number of outcomes that `belief` is one of, where the loss is its -log."""
        self.handicap = ""
        """What makes `belief` smaller than the model's probability: a margin."""
        self.is_generic = False
        """Whether the kernel computed the loss and its gradient: no formula checks them."""
        self.convention = ""
        """Why the gradient is not the derivative of the loss, where it is a convention."""

    @property
    def targets(self) -> frozenset[int]:
        """The classes that are marked."""
        return frozenset(cls for cls, test in self.marks.items() if test.value == 1)

    def measured(self, size: int) -> list[int]:
        """Return which entries of a gradient of that size are compared with a difference."""
        if size == len(self.labels):
            return self.shown
        return list(range(0, size, max(1, size // SHOWN)))

    def entry(self, entry: int) -> str:
        """Return the name of one number of a role."""
        return self.entry_names[entry] if self.entry_names else self.labels[entry]

    def know(self, **values: Any) -> None:
        """Name numbers, vectors and indices for the formulas that follow."""
        self.scope.know(**values)

    def value(self, text: str, **at: int) -> Number:
        """Return what a formula gives, without showing it."""
        found: Number = self.scope.value(formula(text), at)
        return found

    def values(self, text: str) -> Numbers:
        """Return what a formula of index j gives for each class, without showing it."""
        return self.over(formula(text), "j")

    def over(self, tree: Formula, index: str) -> Numbers:
        """Return what a formula gives at each place of an index."""
        rule = self.scope.rule(tree, frozenset(index))
        return [rule(dict(zip(index, at, strict=True))) for at in self.scope.ranges[index].places]

    def numbers(self, why: str, **named: Number) -> None:
        """Add the step that every walk of single numbers begins with."""
        self.know(**named)
        rows = tuple(Row(symbol(name), value) for name, value in named.items())
        self._add(Step("The numbers", None, rows, why))

    def given(
        self, name: str, text: str, values: Sequence[Number], why: str, *, bars: bool = False
    ) -> None:
        """Add a step of the numbers that were given for each class: `x_j`."""
        self.know(**{text.partition("_")[0]: values})
        self._add(Step(name, formula(text), self.rows(values, "j"), why, bars, by_class=True))

    def one(self, name: str, text: str, why: str) -> Number:
        """Add a step of one formula, `left = right`, and name its result as the left side says."""
        tree = formula(text)
        left, right = tree.args
        value = self.scope.value(right)
        self._add(Step(name, tree, (Row(left, value),), why))
        return self._name(left, value.settled())

    def several(self, name: str, why: str, *texts: str) -> Numbers:
        """Add a step of several formulas, a row for each."""
        rows, found = [], []
        for text in texts:
            tree = formula(text)
            value = self.scope.value(tree.args[1])
            rows.append(Row(tree, value))
            found.append(self._name(tree.args[0], value.settled()))
        self._add(Step(name, None, tuple(rows), why))
        return found

    def each(
        self, name: str, text: str, why: str, *, bars: bool = False, adds: bool = False
    ) -> Numbers:
        """Add a step with a row for each class, and name the results.

        `adds` says that the sum of several results means something, so that classes without a row
        of their own can share one.
        """
        tree = formula(text)
        left, right = tree.args
        index = self.scope.running(left)
        values = self.over(right, index)
        rows = self.rows(values, index, adds=adds or bars)
        by_class = self.scope.ranges[index].is_classes
        self._add(Step(name, tree, rows, why, bars, by_class=by_class))
        settled = [value.settled() for value in values]
        self.know(**{left.text.partition("_")[0]: self._vector(settled, index)})
        return settled

    def _vector(self, values: Numbers, index: str) -> Any:
        """Return values by place: for classes a list, 0 for those that the index leaves out."""
        known = self.scope.ranges[index]
        if known.is_classes:
            found = dict(zip((j for (j,) in known.places), values, strict=True))
            return [found.get(j, given(0)) for j in range(len(self.labels))]
        named: dict[int, Any] = {}
        for (first, *others), value in zip(known.places, values, strict=True):
            if others:
                named.setdefault(first, {})[others[0]] = value
            else:
                named[first] = value
        return named

    def some(self, index: str, classes: Sequence[int]) -> None:
        """Let an index run over some of the classes."""
        self.scope.ranges[index] = Range([(j,) for j in classes], self.labels, is_classes=True)

    def rows(self, values: Sequence[Number], index: str, *, adds: bool = False) -> tuple[Row, ...]:
        """Return a row for each place, up to SHOWN; the others share one."""
        known, rows, rest = self.scope.ranges[index], [], []
        own = frozenset(self.shown)
        few = len(values) if len(values) <= SHOWN else SHOWN - 1
        for i, (place, value) in enumerate(zip(known.places, values, strict=True)):
            if known.is_classes and place[0] in own:
                rows.append(Row(self.labels[place[0]], value, place[0]))
            elif not known.is_classes and i < few:
                rows.append(Row(known.labels[i], value))
            else:
                rest.append(value.settled())
        label = f"other {len(rest)}"
        if rest and (adds or not known.is_classes):
            rows.append(Row(label, total(rest).settled()))
        elif rest:
            span = minimum(*rest), maximum(*rest)
            rows.append(Row(label, given(math.nan), span=span))
        return tuple(rows)

    def _name(self, left: Formula, value: Number) -> Number:
        """Name a result; `c_y` is an entry of the vector c where y is a known index."""
        base, _, index = left.text.partition("_")
        vector, place = self.scope.values.get(f"{base}_"), self.scope.values.get(index)
        if vector is not None and isinstance(place, int):
            self.know(**{base: [value if j == place else old for j, old in enumerate(vector)]})
        else:
            self.know(**{left.text: value})
        return value

    def table(
        self,
        name: str,
        text: str,
        rows: Sequence[tuple[str, Number]],
        why: str,
        only_if: Number | None = None,
    ) -> None:
        """Add a step of numbers that were evaluated before, by that formula if there is one."""
        tree = formula(text) if text else None
        self._add(Step(name, tree, tuple(Row(*row) for row in rows), why, only_if=only_if))

    def asks(self, name: str, text: str, yes: str, no: str, why: str) -> bool:
        """Add a step that says which case applies; return whether the comparison holds."""
        tree = formula(text)
        test = self.scope.value(tree)
        holds = self.decide(test)
        answer = f"yes: {yes}" if holds else f"no: {no}"
        self._add(Step(name, tree, (Row("", test, None, answer),), why))
        return holds

    def draw(
        self, grid: Grid, name: str, text: str, why: str, only_if: Number | None = None
    ) -> None:
        """Add a step that is a table of numbers."""
        self._add(Step(name, formula(text), (), why, grid=grid, only_if=only_if))

    def _add(self, step: Step) -> None:
        self.steps.append(step)

    def check(self, text: str) -> None:
        """Add an equation that must hold to the last step."""
        tree = formula(text)
        left, right = (self.scope.value(side) for side in tree.args)
        found = Check(tree, left, alike(left, right))
        step = self.steps[-1]
        self.steps[-1] = replace(step, checks=(*step.checks, found))

    @property
    def holds(self) -> bool:
        """Whether every check of a step holds."""
        sound = self.fragile is None or self.fragile.is_sound
        return sound and all(check.holds for step in self.steps for check in step.checks)

    def reduce(
        self, loss: Number, weight: Number | None = None, *, is_ignored: bool = False
    ) -> None:
        """Add the way from this sample's loss to the loss of the file.

        `weight` is what the sample adds to the normalizer of the mean; without one it is 1.
        """
        whole = self.whole
        self.weight = 1.0 if weight is None else weight.value
        rest = whole.counted if is_ignored else whole.counted - 1
        if whole.sample_weight is not None:
            self.know(L=loss, s_i=given(whole.sample_weight))
            loss = self.one(
                "Sample weight",
                "L_s = s_i * L",
                "--sample-weight multiplies the loss of the sample.",
            )
        self.loss = loss
        if whole.reduction == "none":
            return
        own, part = whole.own, loss
        if whole.length is not None:
            self.know(L=loss, u_i=given(whole.length))
            why = "The mean divides each loss by its number of labels first."
            part = self.one("Share of a label", "L_u = L / u_i", why)
            own /= whole.length
        others = whole.numerator - own if math.isfinite(own) or own != whole.numerator else 0.0
        self.know(L=[part, Number(others, abs(whole.numerator), "made")])
        self.scope.ranges["i"] = Range([(i,) for i in range(2 if rest else 1)])
        name = f"{whole.reduction.capitalize()} over the file"
        if whole.reduction == "sum":
            self.file_loss = self.one(name, "loss = sum_i(L_i)", _others(rest, "The sum"))
            return
        weighted = weight is not None or whole.sample_weight is not None
        self._normalizer = "W" if weighted else "n"
        self.know(**{self._normalizer: given(self.denominator)})
        normalizer = "W, the sum of the weights" if weighted else "n, the number of counted terms"
        if whole.reduction not in REDUCTIONS:
            normalizer = "n, the number of samples, not of terms"
        why = _others(rest, f"The mean divides by {normalizer}")
        texts = ("N = sum_i(L_i)", f"loss = N / {self._normalizer}")
        (*_, self.file_loss) = self.several(name, why, *texts)

    @property
    def denominator(self) -> float:
        """The normalizer, with this sample's weight in place of the one that it had in the run."""
        whole = self.whole
        more = 0.0 if whole.weight is None else self.weight - whole.weight
        scale = 1.0 if whole.sample_weight is None else whole.sample_weight
        return whole.denominator + more * scale

    def gradient(
        self,
        role: str,
        text: str,
        why: str,
        derivation: Sequence[tuple[str, str]] = (),
        names: Sequence[str] = (),
    ) -> None:
        """Add the gradient of the file's loss with respect to one role of this sample.

        The formula is that of the derivative of this sample's loss, per class or one; the sample
        weight and the normalizer follow here. `names` name the entries of a running index that is
        not the class.
        """
        tree = formula(self._scaled(text))
        left, right = tree.args
        wanted = left.args[1]
        index = self.scope.running(wanted)
        values = self.over(right, index) if index else [self.scope.value(right)]
        self.entry_names = names
        by_class = bool(index) and not names
        if names:
            rows = largest_rows(values, names)
        else:
            rows = self.rows(values, index, adds=True) if index else (Row(left, values[0]),)
        is_only = not self.gradients and role == "input"
        reasons = tuple(Reason(formula(line), reason) for line, reason in derivation)
        name = "Gradient" if is_only else f"Gradient, {role}"
        self._add(Step(name, tree, rows, why, derivation=reasons, role=role, by_class=by_class))
        self.gradients[role] = [value.settled() for value in values]
        base = f"{left.args[0].text}/{wanted.text}"
        self.know(**{base.rpartition("_")[0] if index else base: self.gradients[role]})

    def _scaled(self, text: str) -> str:
        """Return the formula of a gradient with sample weight and normalizer."""
        whole, (left, _, right) = self.whole, text.partition(" = ")
        if right == "0":
            return text
        if whole.sample_weight is not None:
            right = f"s_i * ({right})"
        if whole.length is not None:
            right = f"({right}) / u_i"
        if whole.divides:
            # If nothing is counted, avoid a division by 0.
            right = f"({right}) / {self._normalizer}" if self.denominator else "0"
        return f"{left} = {right}"


def largest_rows(values: Sequence[Number], names: Sequence[str]) -> tuple[Row, ...]:
    """Return rows for the largest of many numbers, and one for the sum of the rest."""
    order = sorted(range(len(values)), key=lambda i: -abs(values[i].value))
    shown = sorted(order[: SHOWN if len(order) <= SHOWN else SHOWN - 1])
    rows = [Row(names[i], values[i]) for i in shown]
    if rest := order[SHOWN - 1 :] if len(order) > SHOWN else []:
        summed = total([values[i].settled() for i in rest]).settled()
        rows.append(Row(f"other {len(rest)}", summed))
    return tuple(rows)


def _others(rest: int, how: str) -> str:
    if not rest:
        return f"{how}; this term is the only one."
    return f"{how}; the kernel computed the other {rest}."
