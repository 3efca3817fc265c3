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


class Lattice(NamedTuple):
    """The states of a path: blank, label, blank, label, ..., blank (k = 2 s + 1)."""

    classes: Array
    """The class of each state, (k, m); states beyond a sample's labels are blanks."""
    skip: Array
    """0 where a path may skip the blank before a label, else -inf, (k, m)."""
    last: Array
    """The last state of each sample, (m,)."""


def _lattice(target: Array, target_lengths: Array, blank: int, dtype: np.dtype[Any]) -> Lattice:
    s, m = target.shape
    classes = np.full((2 * s + 1, m), blank)
    classes[1::2] = np.where(target < 0, blank, target)
    skip = np.full((2 * s + 1, m), -np.inf, dtype)
    # Two equal labels need the blank between them: without it they collapse into one.
    skip[3::2] = np.where(classes[3::2] != classes[1:-2:2], 0, -np.inf)
    return Lattice(classes, skip, 2 * target_lengths)


class Paths:
    """Sums over paths: a state is reached from itself or from the one or two states before it."""

    def __init__(self, k: int, m: int, skip: Array) -> None:
        self.skip = skip
        # Two states of probability 0 come before the first, so every state has predecessors.
        self.before = np.full((k + 2, m), -np.inf, skip.dtype)
        self.states = self.before[2:]
        self._parts = np.empty((3, k, m), skip.dtype)
        self._top = np.empty((k, m), skip.dtype)
        self._lowest = np.finfo(skip.dtype).min

    def step(self) -> Array:
        """Return the log of the sum over the predecessors of each state; the array is reused."""
        stay, walk, jump = self._parts
        top = self._top
        np.add(self.before[:-2], self.skip, out=jump)
        np.maximum(self.states, self.before[1:-1], out=top)
        np.maximum(top, jump, out=top)
        # The lowest number replaces -inf, so that -inf - top is -inf and not nan.
        np.maximum(top, self._lowest, out=top)
        np.subtract(self.states, top, out=stay)
        np.subtract(self.before[1:-1], top, out=walk)
        np.subtract(jump, top, out=jump)
        np.exp(self._parts, out=self._parts)
        stay += walk
        stay += jump
        np.log(stay, out=stay)
        stay += top
        return stay


@loss(
    family="sequence",
    length="target_lengths",
    infinite="the labels need more steps than there are (one per label, and one more between equal "
    f"neighbors); to count such sequences as 0, use {option('zero_infinity', True)}",
    nats=True,
    torch="CTCLoss",
    keras="CTC (of logits)",
    optax="ctc_loss (of logits)",
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
    lattice = _lattice(target, target_lengths, blank, input.dtype)
    columns = np.arange(m)
    emitted = np.take_along_axis(input.transpose(1, 0, 2), lattice.classes[None], axis=1)
    forward = _forward(emitted, lattice)
    final = np.maximum(input_lengths - 1, 0)
    ends = forward[final, lattice.last, columns]
    label = forward[final, np.maximum(lattice.last - 1, 0), columns]
    total = np.where(lattice.last > 0, np.logaddexp(ends, label), ends)
    # With no steps there is one path for no labels, and none for any label.
    total = np.where(input_lengths > 0, total, np.where(lattice.last > 0, -np.inf, 0))
    total = np.where(np.isnan(input.max(axis=(0, 1))), np.nan, total)
    lost = np.isneginf(total)
    terms = np.where(lost & zero_infinity, 0, -total)
    if not grad:
        return terms, {}

    shares = _shares(forward, emitted, lattice, input_lengths, total)
    # Every second state is a blank; the others are summed by step, class and sample.
    place = (np.arange(steps)[:, None, None] * c + lattice.classes[1::2]) * m + columns
    labels = np.bincount(place.reshape(-1), shares[:, 1::2].reshape(-1), steps * c * m)
    expected = labels.reshape(steps, c, m)
    expected[:, blank] += shares[:, ::2].sum(axis=1)
    gradient = np.exp(input) - expected.transpose(1, 0, 2)
    gradient[:, np.arange(steps)[:, None] >= input_lengths] = 0
    gradient[..., lost] = 0 if zero_infinity else np.nan
    return terms, {"input": gradient.astype(input.dtype, copy=False)}


def _forward(emitted: Array, lattice: Lattice) -> Array:
    """Return log P(steps 0..i end in state k), (t, k, m)."""
    steps, k, m = emitted.shape
    forward = np.empty_like(emitted)
    paths = Paths(k, m, lattice.skip)
    paths.states[:1] = emitted[0, :1]
    paths.states[1:2] = np.where(lattice.last > 0, emitted[0, 1:2], -np.inf)
    forward[0] = paths.states
    for i in range(1, steps):
        np.add(paths.step(), emitted[i], out=forward[i])
        paths.states[...] = forward[i]
    return forward


def _shares(
    forward: Array, emitted: Array, lattice: Lattice, input_lengths: Array, total: Array
) -> Array:
    """Return the share of all paths that go through each state, (t, k, m); overwrites forward.

    The backward pass is the forward pass of the lattice turned upside down, where a jump ends two
    states further up.
    """
    steps, k, m = emitted.shape
    skip = np.full_like(lattice.skip, -np.inf)
    skip[2:] = lattice.skip[:1:-1]
    paths = Paths(k, m, skip)
    states = np.arange(k)[:, None]
    ends = np.where((states == lattice.last) | (states == lattice.last - 1), 0.0, -np.inf)
    for i in reversed(range(steps)):
        # Before the first pass nothing has been reached, and step() returns -inf.
        onward = np.where(input_lengths == i + 1, ends, paths.step()[::-1])
        forward[i] += onward
        paths.states[::-1] = onward + emitted[i]
    forward -= total
    np.exp(forward, out=forward)
    return forward
