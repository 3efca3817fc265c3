"""From the walk to the figures: means with their standard errors, quantiles, rates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from losscli.commands.compare.run import LEADERS, Comparison, looks
from losscli.engine.spooled import Pieces, quantiles_of
from losscli.numerics.summation import Sum, sum_of

KL_QUANTILES = (0.5, 0.9, 0.99, 0.999)
P_QUANTILES = (0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999)


@dataclass(frozen=True)
class Figures:
    """The numbers of the whole, as JSON has them; without targets the last ones are None."""

    kl: dict[str, Any]
    same_top1: float
    same_top5: float | None
    max_abs: float
    max_abs_free: float | None
    """Where a constant is added to each sample first; None for probabilities."""
    delta_p: dict[str, Any] | None
    delta_loss: dict[str, Any] | None
    loss: dict[str, float] | None
    accuracy: dict[str, float] | None


def figures_of(found: Comparison, moved: float) -> Figures:
    """Return the figures; `moved` is the change of a loss, in nats, above which it is counted."""
    totals, count = found.totals, found.partial.counted
    kl, mean = partial(found.of_counted, "kl"), found.mean
    figures = Figures(
        kl={
            "mean": mean,
            "stderr": standard_error(kl, mean, count),
            "max": _largest(kl),
            "quantiles": _named(kl, KL_QUANTILES),
        },
        same_top1=_rate(found.partial.correct, count),
        same_top5=_rate(totals.same_leaders, count) if _has_leaders(found) else None,
        max_abs=totals.gap,
        max_abs_free=None if found.form == "probs" else totals.free_gap,
        delta_p=None,
        delta_loss=None,
        loss=None,
        accuracy=None,
    )
    if found.problem.target is None:
        return figures
    p, loss = (partial(found.of_counted, name) for name in ("delta_p", "delta_loss"))
    p_mean, loss_mean = _mean(p, count), _mean(loss, count)
    divisor = found.partial.denominator
    return Figures(
        **{
            **vars(figures),
            "delta_p": {
                "mean": p_mean,
                "stderr": standard_error(p, p_mean, count),
                "rms": math.sqrt(_mean(lambda: (part * part for part in p()), count)),
                "min": -_largest(lambda: (-part for part in p())) + 0.0,
                "max": _largest(p),
                "quantiles": _named(p, P_QUANTILES),
            },
            "delta_loss": {
                "mean": loss_mean,
                "stderr": standard_error(loss, loss_mean, count),
                "moved": sum(int(np.count_nonzero(np.abs(part) > moved)) for part in loss()),
                "moved_by": moved,
            },
            "loss": {
                "reference": totals.loss_reference.over(divisor),
                "input": totals.loss_input.over(divisor),
            },
            "accuracy": {
                "reference": _rate(totals.right_reference, count),
                "input": _rate(totals.right_input, count),
            },
        }
    )


def as_json(found: Comparison, figures: Figures) -> dict[str, Any]:
    """Return the comparison as one JSON object, without its warnings and signature."""
    logits = found.form != "probs"
    return {
        "schema": 1,
        "n": found.partial.counted,
        "ignored": found.partial.ignored,
        "kl": figures.kl,
        "same_top1": figures.same_top1,
        "same_top5": figures.same_top5,
        "delta_p": figures.delta_p,
        "delta_loss": figures.delta_loss,
        "loss": figures.loss,
        "accuracy": figures.accuracy,
        "max_abs_logit": figures.max_abs if logits else None,
        "max_abs_logit_shift_invariant": figures.max_abs_free,
        "max_abs_prob": None if logits else figures.max_abs,
        "worst": worst(found),
    }


def worst(found: Comparison) -> list[dict[str, Any]]:
    """Return the samples with the largest divergence, largest first; none that has none."""
    terms = [term for kl, term in found.partial.top if kl != 0]
    rows = [
        row_of(found, term, seen) for term, seen in zip(terms, looks(found, terms), strict=True)
    ]
    for row in rows:
        if "target" in row:
            row["target"] = found.problem.class_label(row["target"])
    return rows


def columns(found: Comparison) -> list[str]:
    """Return what is said of one sample."""
    if found.problem.target is None:
        return ["index", "reference", "input", "kl"]
    names = ["loss_reference", "loss_input", "delta_loss", "delta_p"]
    return ["index", "target", "reference", "input", "kl", *names]


def row_of(found: Comparison, term: int, seen: dict[str, Any]) -> dict[str, Any]:
    """Return what is said of a sample, its classes as the files name them."""
    problem = found.problem
    at = problem.grid.index(term)
    row = {**seen, "index": at[0] if len(at) == 1 else ",".join(map(str, at))}
    for name in ("reference", "input"):
        row[name] = None if row[name] is None else problem.class_label(row[name])
    return {name: row[name] for name in columns(found)}


def standard_error(pieces: Pieces, mean: float, count: int) -> float:
    """Return the standard error of a mean of so many values; nan for fewer than two."""
    if count < 2:
        return math.nan
    with np.errstate(all="ignore"):
        spread = _sum(lambda: ((part - mean) ** 2 for part in pieces())) / (count - 1)
    return math.sqrt(spread / count)


def _named(pieces: Pieces, at: Sequence[float]) -> dict[str, float]:
    return {str(q): value for q, value in zip(at, quantiles_of(pieces, at), strict=True)}


def _largest(pieces: Pieces) -> float:
    tops = [part.max() for part in pieces() if part.size]
    return float(np.max(tops)) if tops else math.nan


def _mean(pieces: Pieces, count: int) -> float:
    return _sum(pieces) / count if count else math.nan


def _sum(pieces: Pieces) -> float:
    total = Sum()
    with np.errstate(all="ignore"):
        for part in pieces():
            total = total.plus(*sum_of(part))
    return total.total


def _rate(count: int, size: int) -> float:
    return count / size if size else math.nan


def _has_leaders(found: Comparison) -> bool:
    return found.problem.grid.classes > LEADERS
