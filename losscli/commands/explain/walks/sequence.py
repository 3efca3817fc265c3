"""The walk of `losses/sequence.py`: the lattice of ctc, from its first step to the sum of paths."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from losscli.commands.explain.comparisons import alike, comparison
from losscli.commands.explain.formula import formula
from losscli.commands.explain.number import Number, given, maximum, total
from losscli.commands.explain.scope import Range
from losscli.commands.explain.step import Grid
from losscli.commands.explain.walk import Numbers, Walk

STEPS_SHOWN, STATES_SHOWN = 10, 9
"""A lattice up to this size is shown whole."""
HEARD = [
    [[0.6, 0.3, 0.1], [0.1, 0.8, 0.1]],
    [[0.2, 0.7, 0.1], [0.3, 0.4, 0.3]],
    [[0.5, 0.2, 0.3], [0.2, 0.1, 0.7]],
    [[0.1, 0.1, 0.8], [0.7, 0.2, 0.1]],
]
"""Four steps of two sequences over a blank and two letters."""
EXAMPLES = {
    "ctc": {
        "input": np.log(HEARD).round(6),
        "target": [[1, 2], [1, 1]],
        "input_lengths": [4, 4],
        "target_lengths": [2, 2],
    }
}
ABOVE, BELOW = comparison(">"), comparison("<")
TINY = 1e-280
"""A sum of paths below it is computed from logs: parts of it may have underflowed."""


def ctc(
    w: Walk,
    x: list[Numbers],
    y: list[int],
    input_length: int,
    target_length: int,
    *,
    blank: int,
    zero_infinity: bool,
    **_: Any,
) -> None:
    """Minus the log of the sum over all paths of blanks and labels."""
    states = [blank]
    for label in y[:target_length]:
        states += [label, blank]
    spelled = [label.removeprefix("class ") for label in w.labels]
    spelled[blank] = "blank"
    names = [spelled[state] for state in states]
    counts = {"steps": input_length, "labels": target_length, "states": len(states)}
    w.table(
        "The sequence",
        "",
        [(name, given(count)) for name, count in counts.items()],
        f"The states are {' '.join(names)}: a blank may come before, between and after labels. "
        "A path is in one state at each step, and never goes back.",
    )
    w.know(x=list(zip(*x, strict=True)), T=input_length - 1)
    if not input_length:
        w.know(P=given(0 if target_length else 1))
        why = "With no steps there is one path for no labels, and none for any label."
        loss = w.one("No step", "L = -log(P)", why)
    else:
        w.know(l=[[x[state][t] for state in states] for t in range(input_length)])
        lattice = _Lattice(w, states, blank, names, in_logs=False)
        if not w.decide(*lattice.in_range()):
            lattice = _Lattice(w, states, blank, names, in_logs=True)
        lattice.show(x)
        loss = lattice.reduce()
    lost = w.case("L == inf")
    if lost and zero_infinity:
        why = "--zero-infinity leaves out a sequence that has no path."
        loss = w.one("No path", "L = 0", why)
    w.reduce(loss)
    entries = [(t, j) for j in range(len(x)) for t in range(len(x[0]))]
    w.scope.ranges["tj"] = Range(entries)
    entry_names = [f"{spelled[j]} at t = {t}" for t, j in entries]
    if lost:
        why = "Without a path there is no gradient."
        text = "dL/dx_tj = 0" if zero_infinity else "dL/dx_tj = L - L"
        w.gradient("input", text, why, names=entry_names)
    elif not input_length:
        w.gradient("input", "dL/dx_tj = 0", "No step is used.", names=entry_names)
    else:
        lattice.gradient(len(x), len(x[0]), entry_names)
    w.through_softmax = True


class _Lattice:
    """The sums over paths to and from each state at each step, as probabilities or as logs."""

    def __init__(
        self, w: Walk, states: Sequence[int], blank: int, names: Sequence[str], *, in_logs: bool
    ) -> None:
        self.w, self.states, self.blank, self.names = w, states, blank, names
        self.in_logs = in_logs
        self.steps = len(w.scope.values["l_"])
        if in_logs:
            self.first, self.next = "a_0k = l_0k", "a_tk = logsumexp_m(a_rm) + l_tk"
            self.back, self.ends = "b_tk = logsumexp_m(b_um + l_um)", "L = -logsumexp_k(a_Tk)"
            self.share, nothing, certain = "s_tk = exp(a_tk + b_tk + L)", -math.inf, 0.0
        else:
            self.first, self.next = "a_0k = exp(l_0k)", "a_tk = sum_m(a_rm) * exp(l_tk)"
            self.back, self.ends = "b_tk = sum_m(b_um * exp(l_um))", "P = sum_k(a_Tk)"
            self.share, nothing, certain = "s_tk = a_tk * b_tk / P", 0.0, 1.0
        size = len(states)
        last = range(max(0, size - 2), size)
        self.lead_to = [self._leads_to(k) for k in range(size)]
        self.lead_from = [[m for m in range(size) if k in self.lead_to[m]] for k in range(size)]
        self.nothing, self.certain = given(nothing), given(certain)
        self.started = self._evaluated(self.first, 0, range(min(2, size)))
        rest = [self.nothing] * (size - len(self.started))
        self.to = [[n.settled() for n in self.started] + rest]
        w.know(a=self.to)
        self.moved: Numbers = []
        rules = self._rules(self.next, self.lead_to)
        for t in range(1, self.steps):
            found = [rule({"t": t, "r": t - 1, "k": k}) for k, rule in enumerate(rules)]
            self.moved = self.moved or found
            self.to.append([number.settled() for number in found])
        w.scope.ranges["k"] = Range([(k,) for k in last])
        self.total: Number = w.scope.value(formula(self.ends).args[1])

    def in_range(self) -> tuple[Number, Number]:
        """Return whether no sum of paths that counts has underflowed or overflowed."""
        largest = maximum(*(number for row in self.to for number in row))
        return ABOVE(self.total, given(TINY)), BELOW(largest, given(1 / TINY))

    def _leads_to(self, k: int) -> list[int]:
        """Return the states that lead to state k: itself, its neighbor, the next but one."""
        jumps = k > 1 and self.states[k] not in (self.blank, self.states[k - 2])
        return [k, *([k - 1] if k else []), *([k - 2] if jumps else [])]

    def _rules(self, text: str, leads: list[list[int]]) -> list[Callable[..., Number]]:
        """Return for each state k a formula over the states m that it is linked with."""
        rules = []
        for linked in leads:
            self.w.scope.ranges["m"] = Range([(m,) for m in linked])
            rules.append(self.w.scope.rule(formula(text).args[1], frozenset("truk")))
        return rules

    def _evaluated(self, text: str, t: int, states: Sequence[int]) -> Numbers:
        rule = self.w.scope.rule(formula(text).args[1], frozenset("tk"))
        return [rule({"t": t, "k": k}) for k in states]

    def show(self, x: list[Numbers]) -> None:
        """Show the lattice where it is small: how a step follows from the last, then all of it."""
        w, small = self.w, self.steps <= STEPS_SHOWN and len(self.states) <= STATES_SHOWN
        labels = [f"{name} ({k})" for k, name in enumerate(self.names)]
        best = self._best_path()
        path = total([x[self.states[k]][t] for t, k in enumerate(best)])
        still = alike(path, self._most_probable())
        if small:
            why = "At t = 0 a path begins with a blank or with the first label."
            rows = list(zip(labels, self.started, strict=False))
            w.table("First step", self.first, rows, why)
        if self.moved and small:
            why = (
                "The states m that lead to k are itself, its neighbor and, past a blank between "
                "two different labels, the next but one; r is the step before. These are the "
                "numbers for t = 1; the later steps follow in the same way."
            )
            w.table("Next step", self.next, list(zip(labels, self.moved, strict=True)), why)
        shown = " ".join(self.names[k] for k in best) if len(best) <= 40 else f"{len(best)} states"
        why = (
            f"The most probable single path: {shown}. The loss counts all paths, not only this one."
        )
        w.table("Best path", "", [("log of its probability", path)], why, only_if=still)
        if small:
            marks = frozenset((k, t) for t, k in enumerate(best))
            cells = [[row[k] for row in self.to] for k in range(len(self.states))]
            heads = tuple(f"t = {t}" for t in range(self.steps))
            what = "The log of the probability" if self.in_logs else "The probability"
            why = f"{what} of all partial paths that end in a state; the best path is marked."
            grid = Grid(heads, tuple(labels), cells, marks)
            w.draw(grid, "The lattice", "a_tk", why, only_if=still)

    def _most_probable(self) -> Number:
        """Return the log of the probability of the most probable path."""
        logs: list[Numbers] = self.w.scope.values["l_"]
        scores = [n if k < 2 else given(-math.inf) for k, n in enumerate(logs[0])]
        for own in logs[1:]:
            moved = [maximum(*(scores[m] for m in leads)) for leads in self.lead_to]
            scores = [score + own[k] for k, score in enumerate(moved)]
        return maximum(*scores[-2:])

    def _best_path(self) -> list[int]:
        """Return the states of the most probable path, step by step."""
        logs = [[n.value for n in row] for row in self.w.scope.values["l_"]]
        scores = [[n if k < 2 else -math.inf for k, n in enumerate(logs[0])]]
        came: list[list[int]] = []
        for own in logs[1:]:
            before = scores[-1]
            from_ = [max(leads, key=before.__getitem__) for leads in self.lead_to]
            scores.append([before[j] + own[k] for k, j in enumerate(from_)])
            came.append(from_)
        size = len(self.states)
        path = [max(range(max(0, size - 2), size), key=scores[-1].__getitem__)]
        for from_ in reversed(came):
            path.append(from_[path[-1]])
        return path[::-1]

    def reduce(self) -> Number:
        """Walk from the states that a path may end in to the loss."""
        why = "A path ends at the last step T with the last label or the blank after it."
        surprise = "How surprising these labels are, wherever they occur."
        if self.in_logs:
            why = f"{why} Their probability is too small for a float64, so it is taken from logs."
            return self.w.one("Minus the log of all paths", self.ends, why)
        self.w.one("All paths", self.ends, why)
        return self.w.one("Minus the log", "L = -log(P)", surprise)

    def gradient(self, classes: int, steps: int, entry_names: Sequence[str]) -> None:
        """Add the gradient: what the model gives, minus the share of paths that want it."""
        w, size = self.w, len(self.states)
        onward = [[self.nothing if k < size - 2 else self.certain for k in range(size)]]
        w.know(b={self.steps - 1: onward[0]})
        after = w.scope.values["b_"]
        rules = self._rules(self.back, self.lead_from)
        for t in reversed(range(self.steps - 1)):
            after[t] = [
                rule({"t": t, "u": t + 1, "k": k}).settled() for k, rule in enumerate(rules)
            ]
        w.know(
            s=[
                [n.settled() for n in self._evaluated(self.share, t, range(size))]
                for t in range(self.steps)
            ]
        )
        wanted = "g_tj = sum_k(s_tk)"
        shares = [[given(0)] * classes for _ in range(steps)]
        for j in set(self.states):
            w.scope.ranges["k"] = Range([(k,) for k, state in enumerate(self.states) if state == j])
            rule = w.scope.rule(formula(wanted).args[1], frozenset("t"))
            for t in range(self.steps):
                shares[t][j] = rule({"t": t}).settled()
        w.know(g=shares)
        text = "exp(x_tj) - g_tj"
        if self.steps < steps:
            text = f"1[t <= T] * ({text})"
        why = (
            "What the model gives a class at a step, minus the share of the paths that want it "
            "there; taken through the log-softmax that made the input."
        )
        reasons = [
            (
                self.back,
                "the sum of all continuations from state k, over the states m that follow at u",
            ),
            (self.share, "the share of all paths that are in state k at step t"),
            (wanted, "over the states k of class j"),
        ]
        w.gradient("input", f"dL/dx_tj = {text}", why, reasons, entry_names)
        w.scope.ranges["k"] = Range([(k,) for k in range(size)])
        w.know(t=0)
        w.check("sum_k(s_tk) = 1")
