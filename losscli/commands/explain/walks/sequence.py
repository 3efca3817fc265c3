"""The walk of `losses/sequence.py`: the lattice of ctc, from its first step to the sum of paths."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from losscli.commands.explain.number import Number, exp, given, log, maximum, total
from losscli.commands.explain.step import Grid
from losscli.commands.explain.walk import Walk

Numbers = list[Number]
STEPS_SHOWN, STATES_SHOWN = 10, 9
"""A lattice up to this size is shown whole."""
NEVER = given(-math.inf)


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
    labels = y[:target_length]
    states = [blank]
    for label in labels:
        states += [label, blank]
    spelt = [label.removeprefix("class ") for label in w.labels]
    spelt[blank] = "blank"
    names = [spelt[state] for state in states]
    log_p = [[x[state][t] for state in states] for t in range(input_length)]
    w.table(
        "The sequence",
        "",
        [
            ("steps", given(input_length)),
            ("labels", given(target_length)),
            ("states", given(len(states))),
        ],
        f"The states are {' '.join(names)}: a blank may stand before, between and after labels. "
        "A path takes one state a step, and never goes back.",
    )
    forward = _forward(log_p, states, blank)
    log_total = _sum(forward[-1][-2:]) if forward else (given(0) if not labels else NEVER)
    if not forward:
        loss = w.one(
            "No step",
            "L = -log(P)",
            -log_total,
            "No step at all is the one path of no label, and no path of any.",
        )
    else:
        best = _best_path(log_p, states, blank)
        _walk_lattice(w, log_p, names, forward, best, states, blank)
        loss = _end(w, forward, log_total)
    lost = log_total.value == -math.inf
    if lost and zero_infinity:
        loss = w.one(
            "No path", "L = 0", given(0), "--zero-infinity leaves a sequence out that has no path."
        )
    w.reduce(loss)
    shares = _shares(log_p, forward, log_total, states, blank, lost)
    nothing = given(0 if zero_infinity else math.nan) if lost else None
    _gradient(w, x, shares, states, spelt, nothing)


def _sum(parts: Sequence[Number]) -> Number:
    """Return the log of a sum of probabilities given by their logs."""
    top = maximum(*parts)
    if top.value == -math.inf:
        return NEVER
    top = top.settled()
    added = total([exp(part - top).settled() for part in parts])
    return (top + log(added.settled())).settled()


def _leads_to(states: Sequence[int], k: int, blank: int) -> list[int]:
    """Return the states that lead to state k: itself, its neighbour, the next but one."""
    jumps = k > 1 and states[k] not in (blank, states[k - 2])
    return [k, *([k - 1] if k else []), *([k - 2] if jumps else [])]


def _forward(log_p: list[Numbers], states: Sequence[int], blank: int) -> list[Numbers]:
    """Return log P(steps 0..t end in state k)."""
    if not log_p:
        return []
    rows = [[log_p[0][k] if k < 2 else NEVER for k in range(len(states))]]
    for own in log_p[1:]:
        before = rows[-1]
        rows.append(
            [
                (_sum([before[j] for j in _leads_to(states, k, blank)]) + own[k]).settled()
                for k in range(len(states))
            ]
        )
    return rows


def _best_path(log_p: list[Numbers], states: Sequence[int], blank: int) -> list[int]:
    """Return the states of the most probable path, step by step."""
    scores = [[n.value if k < 2 else -math.inf for k, n in enumerate(log_p[0])]]
    came: list[list[int]] = []
    for own in log_p[1:]:
        from_ = [
            max(_leads_to(states, k, blank), key=lambda j: scores[-1][j])
            for k in range(len(states))
        ]
        scores.append([scores[-1][j] + own[k].value for k, j in enumerate(from_)])
        came.append(from_)
    at = max(range(max(0, len(states) - 2), len(states)), key=lambda k: scores[-1][k])
    path = [at]
    for from_ in reversed(came):
        path.append(from_[path[-1]])
    return path[::-1]


def _walk_lattice(
    w: Walk,
    log_p: list[Numbers],
    names: Sequence[str],
    forward: list[Numbers],
    best: list[int],
    states: Sequence[int],
    blank: int,
) -> None:
    """Show the lattice where it is small: how a step follows from the last, then all of it."""
    a = [[exp(n).settled() for n in row] for row in forward]
    small = len(forward) <= STEPS_SHOWN and len(states) <= STATES_SHOWN
    if small:
        w.table(
            "First step",
            "a_0(k) = p_0(k)",
            [(f"{names[k]} ({k})", exp(log_p[0][k])) for k in range(min(2, len(states)))],
            "A path begins with a blank or with the first label.",
        )
    if small and len(forward) > 1:
        rows = []
        for k in range(len(states)):
            leads = [a[0][j] for j in _leads_to(states, k, blank)]
            rows.append((f"{names[k]} ({k})", total(leads) * exp(log_p[1][k]).settled()))
        w.table(
            "Next step",
            "a_t(k) = (a_s(k) + a_s(k - 1) + a_s(k - 2)) * p_t(k)",
            rows,
            "Into a state lead itself, its neighbour and, past a blank between two different "
            "labels, the next but one; s is the step before. So on to the last step.",
        )
    path = total([log_p[t][k] for t, k in enumerate(best)])
    shown = " ".join(names[k] for k in best) if len(best) <= 40 else f"{len(best)} states"
    w.table(
        "Best path",
        "log(P_best) = sum_t(log(p_t))",
        [("log of it", path)],
        f"The most probable single path: {shown}. The loss counts all paths, not this one alone.",
    )
    if small:
        marks = frozenset((k, t) for t, k in enumerate(best))
        cells = [[row[k] for row in a] for k in range(len(states))]
        heads = [f"t = {t}" for t in range(len(forward))]
        w.draw(
            Grid(
                tuple(heads), tuple(f"{name} ({k})" for k, name in enumerate(names)), cells, marks
            ),
            "The lattice",
            "a_t(k)",
            "The probability of all beginnings that end in a state; marked is the best path.",
        )


def _end(w: Walk, forward: list[Numbers], log_total: Number) -> Number:
    ends = [exp(n) for n in forward[-1][-2:]]
    probability = total([end.settled() for end in ends])
    if probability.value > 0 and not probability.is_lost:
        p = w.one(
            "All paths",
            "P = a_T(K - 1) + a_T(K)",
            probability,
            "A path ends with the last label or the blank after it.",
        )
        return w.one(
            "Minus the log",
            "L = -log(P)",
            -log(p),
            "How surprising these labels are, wherever they stand.",
        )
    top = maximum(*forward[-1][-2:])
    if not math.isfinite(top.value):
        return w.one(
            "All paths", "L = -log(P)", -log_total, "The labels have no path through so few steps."
        )
    top = top.settled()
    s = w.one(
        "All paths, in logs",
        "S = sum_k(exp(a_k - m))",
        total([exp(n - top) for n in forward[-1][-2:]]),
        "Their probability is too small for a double: so from logs, less the larger m.",
    )
    return w.one(
        "Minus the log",
        "L = -(m + log(S))",
        -(top + log(s)),
        "How surprising these labels are, wherever they stand.",
    )


def _shares(
    log_p: list[Numbers],
    forward: list[Numbers],
    log_total: Number,
    states: Sequence[int],
    blank: int,
    lost: bool,
) -> list[Numbers]:
    """Return the share of all paths that goes through each state at each step."""
    size = len(states)
    if lost or not forward:
        return []
    onward = [given(0) if k >= size - 2 else NEVER for k in range(size)]
    shares: list[Numbers] = []
    for t in reversed(range(len(forward))):
        shares.append(
            [exp(a + b - log_total).settled() for a, b in zip(forward[t], onward, strict=True)]
        )
        after = [(b + own).settled() for b, own in zip(onward, log_p[t], strict=True)]
        onward = [
            _sum([after[j] for j in range(size) if k in _leads_to(states, j, blank)])
            for k in range(size)
        ]
    return shares[::-1]


def _gradient(
    w: Walk,
    x: list[Numbers],
    shares: list[Numbers],
    states: Sequence[int],
    spelt: Sequence[str],
    nothing: Number | None,
) -> None:
    values, names = [], []
    for cls, row in enumerate(x):
        for t, log_p in enumerate(row):
            names.append(f"{spelt[cls]} at t = {t}")
            if nothing is not None:
                values.append(nothing)
            elif t >= len(shares):
                values.append(given(0))
            else:
                own = [shares[t][k] for k, state in enumerate(states) if state == cls]
                values.append(exp(log_p).settled() - (total(own).settled() if own else given(0)))
    w.through_softmax = True
    w.slope(
        "input",
        "dL/dx_tj = p_tj - g_tj",
        values,
        "What the model gives a class at a step, minus the share of the paths that want it there; "
        "taken through the log-softmax that made the input.",
        [
            (
                "g_tj = sum_k(a_t(k) * b_t(k)) / P",
                "over the states of class j; b_t(k) is the sum of all ways on from there",
            ),
            ("dL/dlog(p_tj) = -g_tj", "the derivative of -log P"),
            ("dL/dx_tj = p_tj - g_tj", "through the log-softmax"),
        ],
        names,
    )
    if shares:
        w.check("the shares of a step sum to 1", total(shares[0]), 1.0)
