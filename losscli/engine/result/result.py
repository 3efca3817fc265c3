"""The result of a computation, and the signature that makes its number reproducible."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from losscli.engine.problem.problem import Problem
from losscli.engine.problem.weights import read_whole
from losscli.engine.result.notices import Notice
from losscli.engine.run import Outcome
from losscli.errors import for_python
from losscli.losses.declare.options import Effect, Option
from losscli.numerics.arrays import Array
from losscli.version import __version__

LONGEST_LIST = 8
"""Up to this many weights are written out in the signature; for more, a digest."""


@dataclass(frozen=True)
class Result:
    """The result of `compute`.

    `value` is the reduced loss, or with reduction none the array of terms; `per_sample` the terms,
    shape (n, d...); `grad` the gradient of the reduced loss (with none, of the sum) by role, in the
    role's shape, and empty unless it was asked for. `numerator` / `denominator` is the mean; both
    are nan with reduction none. `count` terms counted, `ignored` terms did not.
    """

    value: float | Array
    per_sample: Array
    grad: dict[str, Array]
    numerator: float
    denominator: float
    count: int
    ignored: int
    summary: dict[str, float]
    warnings: tuple[Notice, ...]
    signature: str


def result_of(outcome: Outcome) -> Result:
    """Return the result of a run that kept its terms."""
    terms = outcome.terms
    if terms is None:
        raise TypeError("the run did not keep its terms")
    none = outcome.problem.settings.reduction == "none"
    return Result(
        terms if none else outcome.value,
        terms,
        outcome.gradients,
        math.nan if none else outcome.numerator,
        math.nan if none else outcome.denominator,
        outcome.partial.counted,
        outcome.partial.ignored,
        summary(outcome),
        tuple(outcome.notices.listed(outcome.problem, for_python)),
        signature(outcome.problem),
    )


def summary(outcome: Outcome) -> dict[str, float]:
    """Return chance level, perplexity and accuracy, if the loss has them."""
    problem, partial = outcome.problem, outcome.partial
    if not problem.loss.picks or not partial.counted:
        return {}
    numbers = {}
    ranked = not problem.input.source.of_target
    if problem.loss.likelihood and ranked:
        numbers["chance"] = math.log(problem.grid.classes)
    if problem.loss.likelihood and not problem.value_of(Effect.ADDS_TO_TERMS):
        with np.errstate(over="ignore"):
            mean = partial.numerator.over(partial.denominator)
            numbers["perplexity"] = float(np.exp(mean))
            numbers["bits"] = mean / math.log(2)
    if ranked:
        numbers["accuracy"] = partial.correct / partial.counted
    return numbers


def signature(problem: Problem) -> str:
    """Return loss, options, sizes, arithmetic and version in one line."""
    settings = problem.settings
    first: list[str] = []
    later: list[str] = []
    for option in problem.loss.options:
        chooses = option.choices and option.kinds_of(problem.input.role.name)
        if option.effect is not Effect.ADDS_TO_TERMS or problem.options[option.name]:
            signed = f"{option.name.rstrip('_')}:{_option_text(problem, option)}"
            (first if chooses else later).append(signed)
    parts = [problem.loss.name, *first, f"reduction:{settings.reduction}", *later]
    if problem.sample_weight is not None:
        n = problem.grid.n
        parts.append(f"sample_weight:{_digest(problem.sample_weight.read(0, n))}")
    if settings.label_base:
        parts.append(f"label_base:{settings.label_base}")
    if settings.map_binary:
        parts.append("map_binary:yes")
    if settings.class_axis not in (None, 1):
        parts.append(f"class_axis:{settings.class_axis}")
    if settings.shift:
        parts.append("shift:1")
    parts.append(f"n:{problem.grid.n}")
    if problem.loss.by_class:
        parts.append(f"c:{problem.grid.classes}")
    elif problem.input.order is not None:
        parts.append(f"e:{problem.grid.classes}")
    if problem.grid.steps > 1:
        parts.append(f"t:{problem.grid.steps}")
    if len(problem.grid.axes) > 1:
        parts.append(f"d:{','.join(map(str, problem.grid.axes[1:]))}")
    parts += [f"dtype:{settings.dtype}", f"losscli:{__version__}"]
    return "|".join(parts)


def _option_text(problem: Problem, option: Option) -> str:
    value = problem.options[option.name]
    if value is None:
        return "none"
    if source := problem.weight_sources.get(option.name):
        given = read_whole(source)
        if given.ndim > 1 or given.size > LONGEST_LIST:
            return _digest(given)
        return ",".join(number(float(item)) for item in given.reshape(-1))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return number(value) if isinstance(value, int | float) else str(value)


def number(value: float) -> str:
    """Return the shortest text that reads back as the same number, without a trailing `.0`."""
    text = repr(value)
    return text.removesuffix(".0")


def _digest(values: Array) -> str:
    import hashlib

    data = np.ascontiguousarray(values, dtype="<f8").tobytes()
    return f"sha256={hashlib.sha256(data).hexdigest()[:12]}"
