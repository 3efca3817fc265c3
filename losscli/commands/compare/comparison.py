"""The comparison of two outputs: an observer that keeps totals and a few numbers per sample.

Quantiles need every sample: 8 bytes are kept for each, 24 with targets; in a temporary file when
there are many.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from losscli.engine.paired.difference import RightWrong
from losscli.engine.problem.grid import Tile
from losscli.engine.problem.problem import Problem, TileData
from losscli.engine.run import Outcome
from losscli.engine.spooled import Spooled
from losscli.numerics.arrays import Array
from losscli.numerics.divergence import Divergence, divergence
from losscli.numerics.entries import Entries
from losscli.numerics.exponentials import exponentials
from losscli.numerics.summation import Sum, sum_of

LEADERS = 5
"""The top classes compared as a set; with this many classes or fewer they always agree."""
NEAR = 1.0
"""Below this log-ratio t the change of a probability is p (exp(t) - 1), above it q - p."""


class Look(NamedTuple):
    """The figures of each sample of a tile, (m,) each; the second half is None without targets."""

    kl: Array
    reference: Array
    """The reference's first class."""
    input: Array
    """The input's first class."""
    delta_p: Array | None = None
    """Change of the target's probability, from the reference to the input."""
    delta_loss: Array | None = None
    loss_reference: Array | None = None
    loss_input: Array | None = None
    target: Array | None = None


class Totals(NamedTuple):
    """The totals of a stretch of samples: those of two stretches add up."""

    kl: Sum = Sum()
    loss_reference: Sum = Sum()
    loss_input: Sum = Sum()
    same_first: int = 0
    same_leaders: int = 0
    right_reference: int = 0
    right_input: int = 0
    right_both: int = 0
    gap: float = 0.0
    """The largest difference of two numbers: the larger one of two stretches."""
    free_gap: float = 0.0

    def merged(self, right: Totals) -> Totals:
        """Return the totals of two neighboring stretches."""
        return Totals(*(MERGE[type(a)](a, b) for a, b in zip(self, right, strict=True)))


MERGE: Mapping[type, Callable[[Any, Any], Any]] = {
    Sum: lambda a, b: a.plus(*b),
    int: operator.add,
    float: lambda a, b: float(np.maximum(a, b)),
}


class Comparison:
    """The observer, and what it found when the run is over."""

    outcome: Outcome
    """The finished run: counts, notices, the samples furthest apart."""

    def __init__(self, problem: Problem, *, every: bool) -> None:
        self.problem = problem
        self.totals = Totals()
        self.first_odd: int | None = None
        """Flat index of the first sample with a number that is not finite."""
        names = ["kl"] if problem.target is None else ["kl", "delta_p", "delta_loss"]
        if every:
            names = [name for name in self.columns if name not in ("index", "target")]
        classes = ("reference", "input")
        self.kept = {name: Spooled(np.int64 if name in classes else np.float64) for name in names}
        """`kl`, with targets `delta_p` and `delta_loss`; all columns for lists."""
        self.counted = None if problem.ignore_index is None else Spooled(np.uint8)
        """1 where a sample counts; None where all do."""

    @property
    def columns(self) -> list[str]:
        """The figures of one sample."""
        if self.problem.target is None:
            return ["index", "reference", "input", "kl"]
        losses = ["loss_reference", "loss_input", "delta_loss", "delta_p"]
        return ["index", "target", "reference", "input", "kl", *losses]

    @property
    def right_wrong(self) -> RightWrong | None:
        """How many predictions are right and wrong, if there are targets."""
        if self.problem.target is None:
            return None
        totals = self.totals
        both, theirs, ours = totals.right_both, totals.right_reference, totals.right_input
        return RightWrong(both, theirs - both, ours - both, self.count - theirs - ours + both)

    @property
    def form(self) -> str:
        """What both outputs are: logits, probs or log-probs."""
        return str(self.problem.options["from_"])

    @property
    def count(self) -> int:
        """The number of counted samples."""
        return self.outcome.partial.counted

    def mean_of(self, total: Sum) -> float:
        """Return the mean of a total over the samples that count."""
        return total.over(self.outcome.partial.denominator)

    def look(self, problem: Problem, data: TileData, terms: Array, tile: Tile) -> Any:  # noqa: ARG002
        """Return the totals of a tile, the figures of each sample, and which samples count."""
        apart: Divergence = data.aside["divergence"]
        look = _look(data, apart, self.form)
        counted = np.ones(tile.terms, bool) if data.ignored is None else ~data.ignored
        odd = counted & ~np.isfinite(look.kl)
        if look.delta_loss is not None:
            odd |= counted & ~np.isfinite(look.delta_loss)
        first = int(problem.grid.terms_of(tile)[odd.argmax()]) if odd.any() else None
        return _totals(data, apart, look, counted), look, counted, first

    def add(self, seen: Any) -> None:
        """Add a tile."""
        totals, look, counted, first = seen
        self.totals = self.totals.merged(totals)
        self.first_odd = first if self.first_odd is None else self.first_odd
        for name, kept in self.kept.items():
            kept.add(getattr(look, name))
        if self.counted is not None:
            self.counted.add(counted)

    def of_counted(self, name: str) -> Iterator[Array]:
        """Yield a kept number of the samples that count, in their order, piece by piece."""
        if self.counted is None:
            yield from self.kept[name].pieces()
            return
        for values, counted in zip(self.kept[name].pieces(), self.counted.pieces(), strict=True):
            yield values[counted == 1]

    def look_again(self, term: int) -> dict[str, Any]:
        """Look at one sample again, on its own tile: the same bits."""
        data, at = self.problem.term(term)
        with np.errstate(all="ignore"):
            apart = divergence(data.values["input"], data.values["reference"], self.form)
            look = _look(data, apart, self.form)._asdict()
        return {name: column[at].item() for name, column in look.items() if column is not None}


def _look(data: TileData, apart: Divergence, form: str) -> Look:
    x, r = data.values["input"], data.values["reference"]
    plain = Look(apart.kl, r.argmax(axis=0), x.argmax(axis=0))
    if "target" not in data.values:
        return plain
    loss_reference, loss_input = (_loss(values, data.target, form) for values in (r, x))
    log_ratio = apart.at(data.target)
    near = (np.abs(log_ratio) < NEAR) & np.isfinite(loss_reference)
    p = np.exp(-loss_reference)
    return plain._replace(
        delta_p=np.where(near, p * np.expm1(log_ratio), np.exp(-loss_input) - p),
        delta_loss=np.where(near, -log_ratio + 0.0, loss_input - loss_reference),
        loss_reference=loss_reference,
        loss_input=loss_input,
        target=data.target,
    )


def _loss(x: Array, target: Array, form: str) -> Array:
    """Return the cross entropy of each sample, as `loss ce` does."""
    own = Entries(target, len(x))
    if form == "logits":
        return exponentials(x, own).minus_log
    picked = np.log(own.of(x)) if form == "probs" else own.of(x)
    return np.where(np.isnan(x.max(axis=0)), np.nan, -picked + 0.0)


def _totals(data: TileData, apart: Divergence, look: Look, counted: Array) -> Totals:
    x, r = data.values["input"], data.values["reference"]
    known = counted & ~np.isnan(apart.gap)

    def total(values: Array) -> Sum:
        return sum_of(values[counted])

    def count(mask: Array) -> int:
        return int(np.count_nonzero(known & mask))

    totals = Totals(
        kl=total(look.kl),
        same_first=count(look.reference == look.input),
        same_leaders=count((_leaders(x) == _leaders(r)).all(axis=0)) if len(x) > LEADERS else 0,
        gap=float(apart.gap[counted].max(initial=0.0)),
        free_gap=float(apart.free_gap[counted].max(initial=0.0)),
    )
    if look.loss_reference is None or look.loss_input is None:
        return totals
    return totals._replace(
        loss_reference=total(look.loss_reference),
        loss_input=total(look.loss_input),
        right_reference=count(look.reference == data.target),
        right_input=count(look.input == data.target),
        right_both=count((look.input == data.target) & (look.reference == data.target)),
    )


def _leaders(x: Array) -> Array:
    """Return the mask of the largest numbers of each column; the first ones win a tie."""
    edge = len(x) - LEADERS
    mask: Array = x >= np.partition(x, edge, axis=0)[edge]
    tied = np.flatnonzero(np.count_nonzero(mask, axis=0) > LEADERS)
    if tied.size:
        order = np.argsort(-x[:, tied], axis=0, kind="stable")[:LEADERS]
        mask[:, tied] = False
        mask[order, tied] = True
    return mask
