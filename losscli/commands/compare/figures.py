"""The figures of a comparison: means with their standard errors, quantiles, rates."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from losscli.commands.compare.comparison import LEADERS, Comparison
from losscli.engine.spooled import Pieces, quantiles_of
from losscli.numerics.arrays import Array
from losscli.numerics.summation import Sum, sum_of

KL_QUANTILES = (0.5, 0.9, 0.99, 0.999)
P_QUANTILES = (0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999)


@dataclass(frozen=True)
class Figures:
    """The figures of all samples, as JSON has them; without targets the last ones are None."""

    kl: dict[str, Any]
    same_top1: float
    same_top5: float | None
    max_abs: float
    max_abs_free: float | None
    """The same after adding to each sample the constant that minimizes it; logits only."""
    delta_p: dict[str, Any] | None = None
    delta_loss: dict[str, Any] | None = None
    loss: dict[str, float] | None = None
    accuracy: dict[str, float] | None = None


def figures_of(found: Comparison, moved: float) -> Figures:
    """Return the figures; `moved` is the change of a loss, in nats, above which it is counted."""
    totals = found.totals
    kl = partial(found.of_counted, "kl")
    several = found.problem.grid.classes > LEADERS
    targets = {} if found.problem.target is None else _of_targets(found, moved)
    return Figures(
        kl={
            **_mean_of(kl, found.count, found.mean_of(totals.kl)),
            "max": _largest(kl),
            "quantiles": _quantiles(kl, KL_QUANTILES),
        },
        same_top1=_rate(totals.same_first, found.count),
        same_top5=_rate(totals.same_leaders, found.count) if several else None,
        max_abs=totals.gap,
        max_abs_free=None if found.form == "probs" else totals.free_gap,
        **targets,
    )


def _of_targets(found: Comparison, moved: float) -> dict[str, Any]:
    totals, count = found.totals, found.count
    p, loss = (partial(found.of_counted, name) for name in ("delta_p", "delta_loss"))
    return {
        "delta_p": {
            **_mean_of(p, count),
            "rms": math.sqrt(_mean(p, count, lambda part: part * part)),
            "min": -_largest(lambda: (-part for part in p())) + 0.0,
            "max": _largest(p),
            "quantiles": _quantiles(p, P_QUANTILES),
        },
        "delta_loss": {
            **_mean_of(loss, count),
            "moved": sum(int(np.count_nonzero(np.abs(part) > moved)) for part in loss()),
            "moved_by": moved,
        },
        "loss": {
            "reference": found.mean_of(totals.loss_reference),
            "input": found.mean_of(totals.loss_input),
        },
        "accuracy": {
            "reference": _rate(totals.right_reference, count),
            "input": _rate(totals.right_input, count),
        },
    }


def as_json(found: Comparison, figures: Figures) -> dict[str, Any]:
    """Return the comparison as one JSON object, without its warnings and signature."""
    logits, table = found.form != "probs", found.right_wrong
    return {
        "schema": 1,
        "n": found.count,
        "ignored": found.outcome.partial.ignored,
        "kl": figures.kl,
        "same_top1": figures.same_top1,
        "same_top5": figures.same_top5,
        "delta_p": figures.delta_p,
        "delta_loss": figures.delta_loss,
        "loss": figures.loss,
        "accuracy": figures.accuracy,
        "mcnemar": table and table.as_json(),
        "max_abs_logit": figures.max_abs if logits else None,
        "max_abs_logit_shift_invariant": figures.max_abs_free,
        "max_abs_prob": None if logits else figures.max_abs,
        "worst": worst(found),
    }


def worst(found: Comparison) -> list[dict[str, Any]]:
    """Return the samples with the largest divergence, largest first; 0 is left out."""
    problem, rows = found.problem, []
    for term in [term for kl, term in found.outcome.partial.top if kl != 0]:
        row, at = found.look_again(term), problem.grid.index(term)
        row["index"] = at[0] if len(at) == 1 else ",".join(map(str, at))
        for name in {"target", "reference", "input"} & row.keys():
            row[name] = problem.class_label(row[name])
        rows.append({name: row[name] for name in found.columns})
    return rows


def _mean_of(pieces: Pieces, count: int, mean: float | None = None) -> dict[str, float]:
    """Return the mean of that many values with its standard error; nan for fewer than two."""
    mean = _mean(pieces, count) if mean is None else mean
    if count < 2:
        return {"mean": mean, "stderr": math.nan}
    variance = _mean(pieces, count - 1, lambda part: (part - mean) ** 2)
    return {"mean": mean, "stderr": math.sqrt(variance / count)}


def _mean(pieces: Pieces, count: int, of: Callable[[Array], Array] = np.asarray) -> float:
    """Return the sum of the values, or of what a function makes of them, over a count."""
    total = Sum()
    with np.errstate(all="ignore"):
        for part in pieces():
            total = total.plus(*sum_of(of(part)))
    return total.total / count if count else math.nan


def _quantiles(pieces: Pieces, at: Sequence[float]) -> dict[str, float]:
    return {str(q): value for q, value in zip(at, quantiles_of(pieces, at), strict=True)}


def _largest(pieces: Pieces) -> float:
    tops = [part.max() for part in pieces() if part.size]
    return float(np.max(tops)) if tops else math.nan


def _rate(count: int, size: int) -> float:
    return count / size if size else math.nan
