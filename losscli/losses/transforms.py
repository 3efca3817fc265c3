"""softmax, log-softmax, sigmoid and log-sigmoid: the formulas.

A formula gets a tile in double precision, (c, m) with the classes first or (m,) for single numbers,
and must not change it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import get_args

import numpy as np

from losscli.losses.declare.docstrings import docstring
from losscli.losses.declare.registry import Role
from losscli.losses.declare.role_kind import Kind, Layout
from losscli.losses.declare.standard_kinds import BinaryLogits, Logits
from losscli.numerics.arrays import Array
from losscli.numerics.elementary import exp_of_gaps, pairwise_sum_columns, softplus
from losscli.numerics.elementary import sigmoid as stable_sigmoid


def softmax(x: Array) -> Array:
    """Probabilities from logits: exp(x) / sum of exp(x) over the classes.

    input (n, c, d...); the output has the input's shape, lies in [0, 1] and sums to 1 over the
    class axis. The largest logit is subtracted first, so that exp cannot overflow. A class with the
    logit -inf is masked: its probability is 0. A row that is all -inf, or contains +inf or nan,
    becomes nan, as in PyTorch.

    Source: Bridle 1990, doi:10.1007/978-3-642-76153-9_28.
    """
    split = x.argmax(axis=0), np.arange(x.shape[1])
    e = exp_of_gaps(x, x[split])
    largest = e[split]
    e[split] = 0
    total = pairwise_sum_columns(e) + largest
    e[split] = largest
    e /= total
    return e


def log_softmax(x: Array) -> Array:
    """Log-probabilities from logits: x - log(sum of exp(x)) over the classes.

    input (n, c, d...); the output has the input's shape and is at most 0; its exponentials sum to 1
    over the class axis. It is the stable form of log(softmax(x)): nothing underflows, and a nearly
    certain class keeps all digits of its small loss. A class with the logit -inf is masked and
    stays -inf. A row that is all -inf, or contains +inf or nan, becomes nan, as in PyTorch.

    Source: Bridle 1990, doi:10.1007/978-3-642-76153-9_28.
    """
    split = x.argmax(axis=0), np.arange(x.shape[1])
    top = x[split]
    e = exp_of_gaps(x, top)
    largest = e[split]
    e[split] = 0
    # The largest exponential is 1: log1p keeps what the others add to it, however small.
    log_sum = np.log1p(pairwise_sum_columns(e) + (largest - 1))
    result: Array = (x - top) - log_sum + 0.0
    return result


def sigmoid(x: Array) -> Array:
    """Probabilities from binary logits: 1 / (1 + exp(-x)).

    input of any shape; the output has its shape and lies in [0, 1]. Negative logits use
    exp(x) / (1 + exp(x)), so that nothing overflows and small probabilities keep their digits.

    Source: Cox 1958, doi:10.1111/j.2517-6161.1958.tb00292.x.
    """
    return stable_sigmoid(x)


def log_sigmoid(x: Array) -> Array:
    """Log-probabilities from binary logits: -log(1 + exp(-x)).

    input of any shape; the output has its shape and is at most 0. Computed as -softplus(-x), which
    neither overflows nor cancels: log(sigmoid(x)) is -inf below -745 and 0 above 37.

    Source: Cox 1958, doi:10.1111/j.2517-6161.1958.tb00292.x.
    """
    return -softplus(-x) + 0.0


@dataclass(frozen=True)
class Transform:
    """A formula and the kind of its input."""

    formula: Callable[[Array], Array]
    kind: Kind
    for_one: str = ""
    """The transform for one logit per sample, where this one runs over classes."""

    @property
    def name(self) -> str:
        """The name of the command."""
        return self.formula.__name__.replace("_", "-")

    @property
    def by_class(self) -> bool:
        """Whether it runs over a class axis."""
        return self.kind.layout is Layout.CLASSES

    @property
    def role(self) -> Role:
        """The role that it reads."""
        return Role("input", (self.kind,))

    @property
    def doc(self) -> str:
        """The docstring of the formula below its first line."""
        return docstring(self.formula).partition("\n")[2].strip("\n")


_LOGITS: Kind = get_args(Logits)[1]
_BINARY_LOGITS: Kind = get_args(BinaryLogits)[1]
TRANSFORMS = {
    transform.name: transform
    for transform in (
        Transform(softmax, _LOGITS, for_one="sigmoid"),
        Transform(log_softmax, _LOGITS, for_one="log-sigmoid"),
        Transform(sigmoid, _BINARY_LOGITS),
        Transform(log_sigmoid, _BINARY_LOGITS),
    )
}
