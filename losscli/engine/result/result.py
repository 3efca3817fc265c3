"""The result of a computation, and the signature that makes its number reproducible."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from importlib import import_module
from typing import Any

import numpy as np

from losscli.engine.problem.problem import Problem
from losscli.engine.problem.weights import read_whole
from losscli.engine.result.notices import Notice
from losscli.engine.run import Outcome, Wanted, run
from losscli.errors import DataError, for_python, option
from losscli.losses.declare.options import Effect, Option
from losscli.numerics.arrays import Array
from losscli.readers.source import ArraySource
from losscli.version import __version__

PICKED = 256
"""So many numbers of an array are compared: all of a small one."""
QUICK = 1 << 21
"""So many numbers are computed again for a notebook."""
LONGEST_LIST = 8
"""Up to this many weights are written out in the signature; for more, a digest."""


@dataclass(frozen=True, repr=False)
class Result:
    """The result of `compute`.

    `value` is the reduced loss, or with reduction none the array of terms; `grad` the gradient of
    the reduced loss (with none, of the sum) by role, in the role's shape, and empty unless it was
    asked for. `numerator` / `denominator` is the mean; both are nan with reduction none. `count`
    terms counted, `ignored` terms did not.

    `per_sample` and `summary` are computed when they are first read, from the arrays that were
    given, which the result holds until then: DataError if these have changed since.
    """

    value: float | Any
    """A number, or an array, which is Any so that type checkers take `x: float = result.value`."""
    grad: dict[str, Array]
    numerator: float
    denominator: float
    count: int
    ignored: int
    warnings: tuple[Notice, ...]
    signature: str
    _rest: Callable[[], tuple[Array, dict[str, float]]] = field(compare=False)
    """Returns the terms and the summary."""
    _is_quick: bool = field(default=False, compare=False)
    """Whether that takes less time than anyone notices."""

    def __repr__(self) -> str:
        """Return the value and what it is made of, in one line."""
        number = self.value if isinstance(self.value, float) else f"terms {self.value.shape}"
        parts = [f"{self.count} counted, {self.ignored} ignored"]
        parts += [f"gradient of {role} {array.shape}" for role, array in self.grad.items()]
        parts += [f"warning {notice.code}" for notice in self.warnings]
        return f"<Result {self.signature.partition('|')[0]}: {number}; {'; '.join(parts)}>"

    def __float__(self) -> float:
        """Return the reduced loss; TypeError where the value is an array of terms."""
        if isinstance(self.value, float):
            return self.value
        raise TypeError(
            f"the value is an array of {self.value.size} terms; use .value, or reduction='mean'"
        )

    def _repr_html_(self) -> str:
        """Return what a notebook shows; the package knows who draws it."""
        terms = self._is_quick or "per_sample" in self.__dict__
        view: str = import_module("losscli").notebook_view(self, terms=terms)
        return view

    @cached_property
    def per_sample(self) -> Array:
        """The terms, shape (n, d...)."""
        self._complete()
        terms: Array = self.__dict__["per_sample"]
        return terms

    @cached_property
    def summary(self) -> dict[str, float]:
        """Chance level, perplexity and accuracy, if the loss has them."""
        self._complete()
        figures: dict[str, float] = self.__dict__["summary"]
        return figures

    def _complete(self) -> None:
        """Compute what is left, and let go of the arrays."""
        rest = self._rest()
        kept = {"per_sample": rest[0], "summary": rest[1], "_rest": partial(tuple, rest)}
        self.__dict__.update(kept)

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy in another process needs: numbers in place of the arrays."""
        self._complete()
        return self.__dict__


def result_of(outcome: Outcome, threads: int | None) -> Result:
    """Return the result of a run; what it did not keep is computed again when it is asked for."""
    problem, none = outcome.problem, outcome.problem.settings.reduction == "none"

    before = None if none else _some_of(problem)

    def rest() -> tuple[Array, dict[str, float]]:
        if outcome.terms is not None:
            return outcome.terms, summary(outcome)
        wanted = Wanted(terms=True, correct=problem.loss.picks, notices=False, threads=threads)
        again = run(problem, wanted)
        # Sums have the same bits for the same numbers; NaN is not equal to itself.
        same = repr(again.partial.numerator) == repr(outcome.partial.numerator)
        if not same or _some_of(problem) != before:
            raise DataError(
                "the arrays have changed since the loss was computed; compute it again, with "
                f"{option('reduction', 'none')} to keep the terms"
            )
        return np.asarray(again.terms), summary(again)

    return Result(
        outcome.value if outcome.terms is None else outcome.terms,
        outcome.gradients,
        math.nan if none else outcome.numerator,
        math.nan if none else outcome.denominator,
        outcome.partial.counted,
        outcome.partial.ignored,
        tuple(outcome.notices.listed(problem, for_python)),
        signature(problem),
        rest,
        none or problem.grid.size * problem.grid.classes <= QUICK,
    )


def _some_of(problem: Problem) -> list[bytes]:
    """Return numbers from all over the arrays, which show that they were changed or reordered."""
    sources = [operand.source for operand in problem.operands]
    arrays = [source.array for source in sources if isinstance(source, ArraySource)]
    return [array.flat[:: max(1, array.size // PICKED)].tobytes() for array in arrays]


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
    for own in problem.loss.options:
        chooses = own.choices and own.kinds_of(problem.input.role.name)
        if own.effect is not Effect.ADDS_TO_TERMS or problem.options[own.name]:
            signed = f"{own.name.rstrip('_')}:{_option_text(problem, own)}"
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
