"""From sums to a number: what is divided by what, and the unit of the result."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from losscli.commands.reconcile.case import Case, Tally, quotient
from losscli.commands.reconcile.deviation import Deviation, deviation
from losscli.engine.breakdown.batches import Batches
from losscli.numerics.arrays import Array

BATCHES = (8, 16, 32, 64, 100, 128, 200, 256, 500, 512, 1000, 1024)


@deviation("fold")
def reductions(case: Case) -> Iterator[Deviation]:
    """Sum, mean, mean over samples, mean over samples and classes."""
    own, grid = case.settings.reduction, case.problem.grid
    if own != "mean":
        yield Deviation(
            "the mean",
            1,
            fold=lambda tally: quotient(tally.numerator, tally.denominator),
            typed={"reduction": "mean"},
            torch={"reduction": "'mean'"},
        )
    if own != "sum":
        yield Deviation(
            "the sum, not the mean",
            1,
            fold=lambda tally: tally.numerator,
            typed={"reduction": "sum"},
            torch={"reduction": "'sum'"},
        )
    shape = case.input.shape
    if own != "batchmean" and (grid.positions > 1 or len(shape) > 1) and not case.loss.by_class:
        batchmean = "batchmean" in case.loss.reductions
        yield Deviation(
            "summed over each sample, averaged over the samples",
            1,
            fold=lambda tally: quotient(tally.numerator, tally.samples),
            typed={"reduction": "batchmean"} if batchmean else None,
            torch={"reduction": "'sum'", "value": "{} / len(x)"},
        )
    elif grid.positions > 1 and case.loss.by_class:
        yield Deviation(
            "summed over the positions, averaged over the samples",
            1,
            fold=lambda tally: quotient(tally.numerator, tally.samples),
            torch={"reduction": "'sum'", "value": "{} / len(x)"},
        )
    if case.loss.picks and grid.classes > 1:
        yield Deviation(
            "averaged over the classes too: divided by n c",
            1,
            fold=lambda tally: quotient(tally.numerator, tally.total * tally.classes),
            torch={"reduction": "'sum'", "value": "{} / x.numel()"},
        )


@deviation("fold")
def denominators(case: Case) -> Iterator[Deviation]:
    """The divisor counts what does not count, or leaves out the weights."""
    if case.ignored is not None:
        yield Deviation(
            "divided by all targets, those too that do not count",
            1,
            fold=lambda tally: (
                quotient(tally.numerator, tally.total) if tally.counted < tally.total else math.nan
            ),
            torch={"reduction": "'sum'", "value": "{} / y.numel()"},
        )
    yield Deviation(
        "divided by the number of targets, not by the sum of their weights",
        1,
        fold=lambda tally: (
            quotient(tally.numerator, tally.unweighted)
            if tally.denominator != tally.unweighted
            else math.nan
        ),
        torch={"reduction": "'sum'", "value": "{} / y.numel()"},
    )


@deviation("fold")
def batch_means(case: Case) -> Iterator[Deviation]:
    """The mean of the means of batches, or their sum over what one forgets to multiply."""
    samples = case.problem.grid.n
    if case.problem.grid.positions > 1 and samples > 1:
        yield Deviation(
            "the mean of the samples' means",
            1,
            fold=_batched(1, np.mean),
            torch=_loop("{}", "x", "y", 1, samples),
        )
    for size in BATCHES:
        if size >= samples:
            continue
        batch, whole = f"batches of {size}", samples - samples % size
        yield Deviation(
            f"the mean of the means of {batch}",
            2,
            fold=_batched(size, np.mean),
            torch=_loop("{}", "x", "y", size, -(-samples // size)),
        )
        if samples % size:
            yield Deviation(
                f"the mean of the means of {batch}, the last {samples % size} samples left out",
                3,
                fold=_batched(size, np.mean, whole=True),
                torch=_loop("{}", f"x[:{whole}]", f"y[:{whole}]", size, whole // size),
                alone=True,
            )
        yield Deviation(
            f"the sum of the means of {batch}, divided by the number of samples",
            3,
            fold=_batched(size, lambda means: means.sum() / samples),
            torch=_loop("{}", "x", "y", size, samples),
            alone=True,
        )
        yield Deviation(
            f"the mean of the perplexities of {batch}",
            3,
            fold=_batched(size, lambda means: np.exp(means).mean()),
            torch=_loop("{}.exp()", "x", "y", size, -(-samples // size)),
            alone=True,
        )


def _batched(
    size: int, fold: Callable[[Array], float], *, whole: bool = False
) -> Callable[[Tally], float]:
    def folded(tally: Tally) -> float:
        seen: Batches | None = tally.batches
        if seen is None:
            return math.nan
        means = seen.means(size, whole=whole)
        return float(fold(means)) if means.size else math.nan

    return folded


def _loop(each: str, x: str, y: str, size: int, over: int) -> dict[str, str]:
    batches = f"zip({x}.split({size}), {y}.split({size}))"
    return {"value": f"sum({each} for x, y in {batches}) / {over}"}


@deviation("unit")
def units(case: Case) -> Iterator[Deviation]:
    """Another logarithm, a perplexity, a root, a factor of 2, a sign."""
    if case.loss.likelihood:
        summary = case.settings.reduction == "mean" and not case.options.get("z_loss")
        yield Deviation(
            "perplexity: exp of the mean",
            1,
            unit=_exp,
            typed={"summary": "perplexity"} if summary else None,
            torch={"value": "{}.exp()"},
        )
        yield Deviation(
            "bits: logarithms to the base 2",
            1,
            unit=lambda value: value / math.log(2),
            typed={"summary": "bits"} if summary else None,
            torch={"value": "{} / math.log(2)"},
        )
    if case.loss.likelihood or case.loss.name in ("bce", "bce-logits", "kl-div"):
        if not case.loss.likelihood:
            yield Deviation(
                "bits: logarithms to the base 2",
                1,
                unit=lambda value: value / math.log(2),
                torch={"value": "{} / math.log(2)"},
            )
        yield Deviation(
            "logarithms to the base 10",
            2,
            unit=lambda value: value / math.log(10),
            torch={"value": "{} / math.log(10)"},
        )
        yield Deviation(
            "2 to the power of the mean in nats",
            3,
            unit=lambda value: 2.0**value if value < 1000 else math.inf,
            torch={"value": "2 ** {}"},
            alone=True,
        )
        yield Deviation(
            "the other sign: the log-likelihood",
            2,
            unit=lambda value: -value,
            torch={"value": "-{}"},
        )
    regression = case.loss.family == "regression"
    if regression:
        yield Deviation(
            "the root of the mean",
            1 if case.loss.name in ("mse", "msle") else 3,
            unit=lambda value: math.sqrt(value) if value >= 0 else math.nan,
            torch={"value": "{} ** 0.5"},
        )
    yield Deviation(
        "half of it",
        1 if case.loss.name == "mse" else 3,
        unit=lambda value: value / 2,
        torch={"value": "{} / 2"},
        alone=not regression,
    )
    yield Deviation(
        "twice as much",
        1 if case.loss.name == "huber" else 3,
        unit=lambda value: value * 2,
        torch={"value": "2 * {}"},
        alone=not regression,
    )
    if case.loss.name == "mape":
        yield Deviation(
            "a share, not percent", 1, unit=lambda value: value / 100, torch={"value": "{} / 100"}
        )


def _exp(value: float) -> float:
    return math.exp(value) if value < 700 else math.inf
