"""The names that formulas of a walk may use, and the evaluation of formulas.

A formula is turned into a function of its running indices once and called for every class. The
same formula is evaluated on `Number`s, which remember how they were made, or on the floats of a
smaller precision.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from losscli.commands.explain import number
from losscli.commands.explain.comparisons import COMPARE, comparison, indicator, where
from losscli.commands.explain.formula import RELATIONS, Formula, names_in

Place = Mapping[str, int]
Rule = Callable[[Place], Any]
NOWHERE: Place = {}
TERMS_SHOWN = 8
"""The number of terms of a sum that a row writes out; the rest share one."""


class Arithmetic(NamedTuple):
    """The numbers that formulas are evaluated on."""

    constant: Callable[[float], Any]
    functions: Mapping[str, Callable[..., Any]]
    total: Callable[[Sequence[Any]], Any]
    settled: Callable[[Any], Any]
    indicator: Callable[[str], Callable[[Any, Any], Any]]
    """A comparison as a number: 1, 0, or nan where a side is nan."""


class Range(NamedTuple):
    """The values of a running index: all classes or some, pairs, or other places."""

    places: Sequence[tuple[int, ...]]
    labels: Sequence[str] = ()
    is_classes: bool = False


class Part(NamedTuple):
    """One part of a reduction: its place, its number, and whether it counts."""

    place: int
    number: Any
    test: Any
    """None of a part that counts whatever the numbers are."""

    def where_it_counts(self, head: str) -> Any:
        """Return the number, or what adds nothing where it does not count."""
        if self.test is None:
            return self.number
        return where(self.number, self.test, NEUTRAL[head])


def _settled(value: number.Number) -> number.Number:
    return value.settled()


OPERATORS: dict[str, Callable[..., Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": operator.pow,
    "neg": operator.neg,
    "abs": operator.abs,
}
NUMBERS = Arithmetic(
    number.given,
    {
        **OPERATORS,
        **{relation: comparison(relation) for relation in RELATIONS},
        **{
            name: getattr(number, name)
            for name in ("exp", "log", "log1p", "sqrt", "sign", "tanh", "sinh", "cosh")
        },
        **{name: getattr(number, name) for name in ("cos", "sin", "arccos", "logsumexp")},
        "max": number.maximum,
        "min": number.minimum,
    },
    number.total,
    _settled,
    indicator,
)
NEUTRAL = {"sum": 0.0, "min": math.inf, "max": -math.inf, "logsumexp": -math.inf}
"""What adds nothing to a reduction."""


class Scope:
    """The numbers, vectors and index ranges that formulas may name.

    A vector x is stored as `x_`, beside a number x. `x_y` is its entry y where y is an index that
    is known, and a name of its own where nothing else is meant (`D_ap`).
    """

    def __init__(
        self, arithmetic: Arithmetic, classes: Range, shown: Sequence[int] | None = None
    ) -> None:
        self.arithmetic = arithmetic
        self.values: dict[str, Any] = {}
        self.ranges = dict.fromkeys(("j", "k"), classes)
        self.shown = None if shown is None else frozenset(shown)

    def know(self, **values: Any) -> None:
        """Add numbers, indices (int) and vectors (lists)."""
        for name, value in values.items():
            is_vector = isinstance(value, Sequence | Mapping)
            self.values[f"{name}_" if is_vector else name] = value

    def running(self, tree: Formula) -> str:
        """Return the index that a name runs over, like j of x_j; nothing of a single number."""
        base, _, index = tree.text.partition("_")
        return index if index in self.ranges and tree.text not in self.values and base else ""

    def value(self, tree: Formula, at: Place = NOWHERE) -> Any:
        """Return what a formula gives at a place."""
        return self.rule(tree, frozenset(at))(at)

    def rule(self, tree: Formula, running: frozenset[str] = frozenset()) -> Rule:
        """Return a formula as a function of the indices that run."""
        op = tree.op
        if op == "name":
            return self._rule_of_name(tree.text, running)
        if op == "1[]":
            return self._indicator(tree.args[0], running)
        if tree.reduced[0]:
            return self._reduction(tree, running)
        if op == "/" and (derivative := self._derivative(tree)):
            return self._rule_of_name(derivative, running)
        function = self.arithmetic.functions[op]
        rules = [self.rule(arg, running) for arg in tree.args]
        if len(rules) == 1:
            (only,) = rules
            return lambda at: function(only(at))
        if len(rules) == 2:
            left, right = rules
            return lambda at: function(left(at), right(at))
        return lambda at: function(*(rule(at) for rule in rules))

    def _derivative(self, tree: Formula) -> str:
        """Return the name of a gradient that is known, dL/dx_j; nothing for a division."""
        above, below = (arg.text for arg in tree.args)
        name, base = f"{above}/{below}", f"{above}/{below}".partition("_")[0]
        if above != "dL" or not below.startswith("d"):
            return ""
        return name if name in self.values or f"{base}_" in self.values else ""

    def _rule_of_name(self, text: str, running: frozenset[str]) -> Rule:
        values, constant = self.values, self.arithmetic.constant
        if text in running:
            return lambda at: constant(at[text])
        if text in values:
            known = constant(values[text])
            return lambda _: known
        base, _, indices = text.partition("_")
        table = values.get(f"{base}_")
        if table is None or not indices:
            literal = constant(float(text))
            return lambda _: literal
        picks = [i if i in running else int(values.get(i, i)) for i in indices]
        if len(picks) == 1:
            (pick,) = picks
            if isinstance(pick, str):
                return lambda at: table[at[pick]]
            entry = table[pick]
            return lambda _: entry

        def found(at: Place) -> Any:
            entry = table
            for pick in picks:
                entry = entry[at[pick] if isinstance(pick, str) else pick]
            return entry

        return found

    def _indicator(self, tree: Formula, running: frozenset[str]) -> Rule:
        if self._is_of_indices(tree, running):
            constant, holds = self.arithmetic.constant, COMPARE[tree.op]
            first, second = (self._index(arg.text, running) for arg in tree.args)
            return lambda at: constant(float(holds(first(at), second(at))))
        compare = self.arithmetic.indicator(tree.op)
        left, right = (self.rule(arg, running) for arg in tree.args)
        return lambda at: compare(left(at), right(at))

    def _index(self, text: str, running: frozenset[str]) -> Callable[[Place], int]:
        if text in running:
            return lambda at: at[text]
        known: int = self.values[text]
        return lambda _: known

    def _is_of_indices(self, tree: Formula, running: frozenset[str]) -> bool:
        """Tell whether a comparison is of places alone, whatever the numbers are."""
        names = names_in(tree)
        return all(name in running or isinstance(self.values.get(name), int) for name in names)

    def _reduction(self, tree: Formula, running: frozenset[str]) -> Rule:
        head, index = tree.reduced
        letters = (index,) if len(index) == 1 else tuple(index)
        inner = running | frozenset(letters)
        body = self.rule(tree.args[0], inner)
        condition = tree.args[1] if len(tree.args) > 1 else None
        test = self._indicator(condition, inner) if condition else None
        picks = condition is None or self._is_of_indices(condition, inner)
        settled, known = self.arithmetic.settled, self.ranges[index]
        free = {letter for name in names_in(tree) for letter in (name, *name.partition("_")[2])}
        is_constant = not running & (free - set(letters))

        def reduce(at: Place) -> Any:
            parts, here = [], dict(at)
            for place in known.places:
                here.update(zip(letters, place, strict=True))
                holds = test(here) if test else None
                if not picks or holds is None or float(holds) == 1:
                    part = settled(body(here)) if running else body(here)
                    parts.append(Part(place[0], part, None if picks else holds))
            return self._reduced(head, parts, known)

        if is_constant and running:
            once = settled(reduce(NOWHERE))
            return lambda _: once
        return reduce

    def _reduced(self, head: str, parts: list[Part], known: Range) -> Any:
        arithmetic = self.arithmetic
        if not parts:
            return arithmetic.constant(NEUTRAL[head])
        if head != "sum":
            function = arithmetic.functions[head]
            many = len(parts) > TERMS_SHOWN
            chosen = function(*(part.where_it_counts(head) for part in parts))
            return arithmetic.settled(chosen) if many else chosen
        if known.is_classes and self.shown is not None:
            apart = [part for part in parts if part.place in self.shown]
            rest = [part for part in parts if part.place not in self.shown]
        else:
            first = TERMS_SHOWN if len(parts) <= TERMS_SHOWN else TERMS_SHOWN - 1
            apart, rest = parts[:first], parts[first:]
        if rest:
            settled = [arithmetic.settled(part.where_it_counts(head)) for part in rest]
            tests = [part.test for part in rest if part.test is not None]
            test = number.maximum(*tests) if tests else None
            apart.append(Part(-1, arithmetic.settled(arithmetic.total(settled)), test))
        return arithmetic.total([part.where_it_counts(head) for part in apart])
