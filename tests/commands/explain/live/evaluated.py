"""The list of operations of a page, evaluated by the numbers of the walk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from losscli.commands.explain import comparisons
from losscli.commands.explain import number as of
from losscli.commands.explain.comparisons import COMPARE
from losscli.commands.explain.number import Number

OPERATIONS: dict[str, Callable[..., Number]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "^": lambda a, b: a**b,
    "neg": lambda a: -a,
    "abs": abs,
    "sum": lambda *parts: of.total(parts),
    "max": of.maximum,
    "min": of.minimum,
    "if": lambda part, test, otherwise: comparisons.where(part, test, otherwise.value),
    **{sign: comparisons.comparison(sign) for sign in COMPARE},
    "lost": comparisons.lost,
    "alike": comparisons.alike,
    **{f"[{sign}]": comparisons.indicator(sign) for sign in COMPARE},
    **{
        name: getattr(of, name)
        for name in (
            *("exp", "log", "log1p", "sqrt", "sign", "tanh", "sinh", "cosh", "cos", "sin"),
            *("arccos", "logsumexp"),
        )
    },
}


def evaluated(graph: Any, inputs: list[Number]) -> list[Number]:
    """Return the numbers of a graph for these inputs."""
    errors = [float(error) for times, error in graph["errors"] for _ in range(times)]
    constants = zip(map(float, graph["constants"]), errors, strict=True)
    found = [Number(n.value) for n in inputs] + [Number(*constant) for constant in constants]
    for op, times, *places in graph["operations"]:
        pairs = list(zip(places[::2], places[1::2], strict=True))
        if times == 0:
            args = [found[at] for first, count in pairs for at in range(first, first + count)]
            found.append(OPERATIONS[op](*args))
        for k in range(times):
            found.append(OPERATIONS[op](*(found[first + k * (step or 0)] for first, step in pairs)))
    return found
