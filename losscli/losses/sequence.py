"""Losses of sequences: x is (c, t, m), laid out step after step in memory."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

import numpy as np

from losscli.errors import option
from losscli.losses.declare.decorator import loss
from losscli.losses.declare.options import Effect, Help, at_least
from losscli.losses.declare.registry import Terms
from losscli.losses.declare.standard_kinds import (
    InputLengths,
    SequenceLabels,
    SequenceLogProbs,
    TargetLengths,
)
from losscli.numerics.arrays import Array
from losscli.numerics.elementary import compensated_sum_columns
from losscli.numerics.paths import LOGS, PROBABILITIES, Arithmetic, Lattice, walk

STRIP_BYTES = 64 * 1024 * 1024
"""Bytes of the probabilities and the sums over paths of samples that are processed at once."""
BLOCK = 256 * 1024
"""Labels of steps whose shares are added up at once: not all, but enough that a thread which does
so is not in the way of one that walks."""
MANY = 32
"""With so many times more labels than samples, the labels of a sample lie together in memory."""
LONG = 1000
"""With so many steps, paths are tilted: their sums leave the range of float64 too easily."""
STEEPEST = -20
"""The power of two of the lowest tilt, which keeps the sums of `EVERY` steps in range."""
GROWTH = 1.585
"""Bits by which a sum over paths grows per step at most: three states lead to one."""
LOWEST = -900
"""Bits of a sum that is exact: in float64, all that its parts lost to underflow is far smaller."""


class Sequences(NamedTuple):
    """Some samples of a tile."""

    x: Array
    """The log-probabilities of all samples of the tile, one row per step, (t, m * c)."""
    places: Array
    """Where those of each label are in a row, (s, m); the blank's for what is not a label."""
    blanks: Array
    """Where those of the blank are in a row, (m,)."""
    input_lengths: Array
    target_lengths: Array

    @property
    def order(self) -> tuple[int, int, int]:
        """The order in memory of arrays (t, s, m): the longer axis last, as NumPy likes it."""
        labels, samples = self.places.shape
        return (0, 2, 1) if labels > MANY * samples else (0, 1, 2)

    def part(self, columns: Any) -> Sequences:
        """Return some of the samples."""
        places, *others = self[1:]
        return Sequences(self.x, places[:, columns], *(values[columns] for values in others))


class Paths(NamedTuple):
    """The sums over all paths of some samples."""

    total: Array
    """The log of the probability of all paths, (m,)."""
    labels: Array
    """The share of all paths that go through each label at each step, (t, s, m)."""
    blanks: Array
    """The share of all paths that are in a blank at each step, (t, m)."""
    sure: Array
    """Whether float64 held all that counts, (m,)."""


@loss(
    family="sequence",
    length="target_lengths",
    infinite="the labels need more steps than there are (one per label, and one more between equal "
    f"neighbors); to count such sequences as 0, use {option('zero_infinity', True)}",
    nats=True,
    torch="CTCLoss, F.ctc_loss",
    keras="CTC (of logits (n, t, c), not divided by the target's length)",
    optax="ctc_loss (of logits (n, t, c))",
    words="alignment, speech, handwriting",
    example="loss ctc -i samples/ctc/all.yaml::input -t ::target "
    "--input-lengths ::input_lengths --target-lengths ::target_lengths",
    formula="-log of the sum over all paths of blanks and labels of their probability",
    range="0 and above for log-probabilities; inf where the labels do not fit into the steps",
    divides_by="the number of samples, each loss divided by its target length first",
    equivalences="nll where every step has its own label and no blank fits between",
    pitfalls="expects log-probabilities with the steps first, (t, n, c); class 0 is the blank and "
    "not a label; --reduction sum divides by nothing",
)
def ctc(
    input: SequenceLogProbs,
    target: SequenceLabels,
    input_lengths: InputLengths,
    target_lengths: TargetLengths,
    *,
    blank: Annotated[
        int, at_least(0, "the index of the blank, the class for no label, counted from 0")
    ] = 0,
    zero_infinity: Annotated[
        bool, Help("count sequences without a path as 0", effect=Effect.DROPS_INFINITE)
    ] = False,
    grad: bool = False,
) -> Terms:
    """Connectionist temporal classification: the labels of a sequence, without an alignment.

    input (t, n, c) log-probabilities, target (n, s) labels or the concatenated labels of all
    samples; input_lengths and target_lengths (n,) say how much of each is used. Each term is the
    loss of one sample in nats. As in PyTorch, the gradient is that of the logits whose log-softmax
    is the input: the probability minus the expected share of paths.

    Source: Graves et al. 2006, doi:10.1145/1143844.1143891.
    """
    c, steps, m = input.shape
    samples = _sequences(input, target, input_lengths, target_lengths, blank)
    total = np.empty(m)
    gradient = np.exp(samples.x) if grad else samples.x
    numbers = len(samples.places) * (3 if grad else 1)
    width = max(1, STRIP_BYTES // (8 * steps * numbers))
    for start in range(0, m, width):
        strip = slice(start, min(start + width, m))
        some = samples.part(strip)
        paths = _all_paths(some, grad=grad)
        total[strip] = paths.total
        if grad:
            part = gradient[:, strip.start * c : strip.stop * c]
            _subtract_shares(part, some, paths, strip.start * c)
    total = total.astype(input.dtype)
    # With no steps there is one path for no labels, and none for any label.
    total = np.where(input_lengths > 0, total, np.where(target_lengths > 0, -np.inf, 0))
    if np.isnan(np.maximum.reduce(samples.x, axis=None)):
        total = np.where(np.isnan(input.max(axis=(0, 1))), np.nan, total)
    lost = np.isneginf(total)
    terms = np.where(lost & zero_infinity, 0, -total)
    if not grad:
        return terms, {}
    slopes = gradient.reshape(steps, m, c).transpose(2, 0, 1)
    slopes[:, np.arange(steps)[:, None] >= input_lengths] = 0
    slopes[..., lost] = 0 if zero_infinity else np.nan
    return terms, {"input": slopes}


def _sequences(
    input: Array, target: Array, input_lengths: Array, target_lengths: Array, blank: int
) -> Sequences:
    c, steps, m = input.shape
    labels = target[: target_lengths.max()]
    classes = np.full((max(1, len(labels)), m), blank)
    np.copyto(
        classes[: len(labels)], labels, where=np.arange(len(labels))[:, None] < target_lengths
    )
    row = np.arange(m) * c
    x = input.transpose(1, 2, 0).reshape(steps, m * c)
    return Sequences(x, classes + row, row + blank, input_lengths, target_lengths)


def _subtract_shares(gradient: Array, some: Sequences, paths: Paths, first: int) -> None:
    """Subtract the share of all paths that are in a class at a step; gradient (t, classes)."""
    (steps, width), blanks = gradient.shape, some.blanks - first
    size = min(steps, max(1, BLOCK // some.places.size))
    places = (some.places - first)[None].transpose(some.order).reshape(-1)
    places = np.arange(size)[:, None] * width + places
    in_order = paths.labels.transpose(some.order)
    for start in range(0, steps, size):
        block = slice(start, start + size)
        part, labels = gradient[block], in_order[block].reshape(-1)
        flat = places[: len(part)].reshape(-1)
        shares = np.bincount(flat, labels, part.size).reshape(part.shape)
        shares[:, blanks] += paths.blanks[block]
        np.subtract(part, shares, out=part, casting="same_kind")


def _all_paths(some: Sequences, *, grad: bool) -> Paths:
    """Return the sums over all paths, from logs where probabilities may have underflowed."""
    paths = _paths(PROBABILITIES, some, grad=grad)
    if paths.sure.all():
        return paths
    # A blank must come between two equal labels; in too few steps nothing is lost but the sequence.
    repeats = (some.places[1:] == some.places[:-1]) & (some.places[1:] != some.blanks)
    possible = some.input_lengths >= some.target_lengths + repeats.sum(axis=0)
    unsure = np.flatnonzero(possible & ~paths.sure)
    if unsure.size:
        again = _paths(LOGS, some.part(unsure), grad=grad)
        for values, better in zip(paths, again, strict=True):
            values[..., unsure] = better
    return paths


def _lattice(sums: Arithmetic, some: Sequences) -> tuple[Lattice, Array]:
    """Return the numbers of the states relative to the largest log of a step, and that, (t, m).

    Where the largest is nearly 0 its own digits are kept, as exp would not keep them.
    """
    steps, (s, m) = len(some.x), some.places.shape
    places = some.places[None].transpose(some.order)
    logs = some.x.take(places.reshape(-1), axis=1).reshape(steps, *places.shape[1:])
    logs = logs.transpose(some.order)
    blanks = some.x.take(some.blanks, axis=1)
    top = np.maximum(np.maximum.reduce(logs, axis=1), blanks).astype(np.float64)
    np.maximum(top, np.finfo(np.float64).min, out=top)
    labels = np.subtract(logs, top[:, None], dtype=np.float64)
    sums.from_log(labels, out=labels)
    is_label = some.places != some.blanks
    if not is_label.all():
        sums.times(labels, np.where(is_label, sums.one, sums.zero), labels)
    # Two equal labels need the blank between them: without it they collapse into one.
    skip = np.full((s, m), sums.zero)
    skip[1:][some.places[1:] != some.places[:-1]] = sums.one
    blanks = sums.from_log(blanks - top)
    lattice = Lattice(labels, blanks, skip, *some[3:], np.zeros(m, int))
    if steps >= LONG and sums is PROBABILITIES:
        lattice = lattice._replace(tilt=_tilt(lattice))
    return lattice, top


def _tilt(lattice: Lattice) -> Array:
    """Return the tilt with which paths take about as many steps as there are for all labels.

    Take the means b and e of the numbers of blanks and labels for all of them. The sums over paths
    to a blank and to a label grow by the eigenvalue v of [[b, w b], [e, e + w e]] per step, where w
    is the tilt, and paths leave d log v / d log w labels per step: a quadratic equation for w.
    """
    used = np.arange(len(lattice.blanks))[:, None] < lattice.lengths
    b = (lattice.blanks * used).sum(axis=0) / lattice.lengths
    e = (lattice.labels.sum(axis=1) * used).sum(axis=0) / (lattice.lengths * lattice.ends)
    speed = np.minimum(lattice.ends / lattice.lengths, 0.9)
    root = np.sqrt(((b + e) * speed) ** 2 + (1 - speed**2) * (b - e) ** 2)
    tilt = np.log2(speed * ((b + e) * speed + root) / ((1 - speed**2) * e))
    exponents: Array = np.rint(np.clip(np.nan_to_num(tilt), STEEPEST, 0)).astype(int)
    return exponents


def _paths(sums: Arithmetic, some: Sequences, *, grad: bool) -> Paths:
    lattice, top = _lattice(sums, some)
    steps, _, m = lattice.labels.shape
    onward = walk(sums, lattice, keep=True) if grad else None
    back = walk(sums, lattice, back=True, meet=onward)

    past = np.arange(steps)[:, None] >= some.input_lengths
    relative = sums.log(back.total, back.exponents[0] - lattice.tilt * lattice.ends)
    total = compensated_sum_columns(np.vstack([relative, np.where(past, 0, top)]))
    power = back.exponents[0] - back.exponents
    # The sum over all paths, in units of the largest sums to and from the states of a step.
    bits = np.where(past, np.inf, np.frexp(back.total)[1] + power)
    reach = onward.exponents if onward else np.ceil(GROWTH * np.arange(steps))[:, None]
    if not onward and (bits - reach < LOWEST).any():
        reach = walk(sums, lattice).exponents
    sure = (bits - reach >= LOWEST).all(axis=0) & (back.total > 0)
    if not onward:
        return Paths(total, np.empty((0, 1, m)), np.empty((0, m)), sure)
    power -= onward.exponents
    whole = np.ldexp(back.total, power)
    # To a label and from it, one label fewer is left than to a blank and from it.
    sums.share(onward.labels, np.ldexp(back.total, power - lattice.tilt)[:, None], onward.labels)
    blanks = sums.total(onward.blanks.transpose(1, 0, 2))
    sums.share(blanks, whole, blanks)
    return Paths(total, onward.labels, blanks, sure)
