"""A small example for every loss, so that `loss explain NAME` needs no files.

The numbers are those of a textbook where there is one. They are chosen by what a role may be; a
role of a new kind is drawn from its declaration, the same every time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from losscli.losses.declare.registry import Loss
from losscli.losses.declare.role_kind import Kind, Layout
from losscli.numerics.arrays import Array
from losscli.readers.source import ArraySource, Source

LABEL = "the built-in example"
SEED = 4
ANIMALS = ("cat", "dog", "ship")
WEATHER = ("sunny", "cloudy", "rain")
LOGITS = [[0.7459, 0.5881, 0.4795], [0.2894, 0.0568, 0.3439], [0.6124, 0.7558, 0.4308]]
SOFTMAX = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True)
BELIEF = np.array([[0.4, 0.3, 0.3], [0.7, 0.2, 0.1]])
WEATHER_SEEN = np.array([[0.5, 0.2, 0.3], [1.0, 0.0, 0.0]])
HEARD = np.array(
    [
        [[0.6, 0.3, 0.1], [0.1, 0.8, 0.1]],
        [[0.2, 0.7, 0.1], [0.3, 0.4, 0.3]],
        [[0.5, 0.2, 0.3], [0.2, 0.1, 0.7]],
        [[0.1, 0.1, 0.8], [0.7, 0.2, 0.1]],
    ]
)
"""Four steps of two sequences over a blank and two letters."""
VECTORS = {
    "anchor": [[0.9, 0.1, 0.3], [0.2, 0.8, -0.1], [-0.4, 0.5, 0.7]],
    "positive": [[1.0, 0.0, 0.2], [0.1, 0.9, 0.1], [-0.2, 0.6, 0.9]],
    "negative": [[-0.8, 0.4, 0.1], [0.3, 0.7, 0.2], [0.6, -0.5, 0.2]],
}
BY_ROLE: dict[tuple[str, str, Layout], Any] = {
    ("numbers", "input", Layout.TERMS): [2.5, 0.4, 2.0, 8.0],
    ("numbers", "target", Layout.TERMS): [3.0, 1.0, 2.0, 6.5],
    ("scores", "input", Layout.TERMS): [-2.2, 1.4, -0.4, 0.9],
    ("scores", "input1", Layout.TERMS): [2.1, 0.4, 1.0, -0.3],
    ("scores", "input2", Layout.TERMS): [1.5, 0.9, 1.0, 0.8],
    ("vectors", "input1", Layout.VECTORS): VECTORS["anchor"],
    ("vectors", "input2", Layout.VECTORS): VECTORS["negative"],
    **{("vectors", role, Layout.VECTORS): rows for role, rows in VECTORS.items()},
    ("lengths", "input_lengths", Layout.TERMS): [4, 4],
    ("lengths", "target_lengths", Layout.TERMS): [2, 2],
}
BY_KIND: dict[tuple[str, Layout], Any] = {
    ("logits", Layout.CLASSES): LOGITS,
    ("scores", Layout.CLASSES): [[1.4, -0.3, 0.8], [-1.2, 2.2, 0.4], [0.1, 0.3, -0.2]],
    ("cosines", Layout.CLASSES): [[0.81, 0.10, -0.05], [0.15, 0.30, 0.29], [-0.03, 0.72, 0.20]],
    ("probabilities", Layout.CLASSES): SOFTMAX,
    ("log-probabilities", Layout.CLASSES): np.log(SOFTMAX).round(4),
    ("class index", Layout.TERMS): [0, 1, 1],
    ("rows of labels", Layout.LABELS): [[0, 2, -1], [1, -1, -1], [0, -1, -1]],
    ("labels", Layout.CLASSES): [[1, 0, 1], [0, 1, 0], [1, 0, 0]],
    ("labels", Layout.LABELS): [[1, 2], [1, 1]],
    ("log-probabilities", Layout.SEQUENCES): np.log(HEARD).round(6),
    ("probabilities", Layout.TERMS): [0.1, 0.8, 0.3, 0.6],
    ("logits", Layout.TERMS): [-2.2, 1.4, -0.4, 0.9],
    ("target probabilities", Layout.TERMS): [0, 1, 1, 0],
    ("labels", Layout.TERMS): [0, 1, 1, 0],
    ("signs", Layout.TERMS): [-1, 1, 1, -1],
    ("distances", Layout.TERMS): [1.8, 0.3, 0.9, 0.4],
    ("counts", Layout.TERMS): [3, 1, 6, 1],
    ("log rates", Layout.TERMS): [1.0, -0.3, 1.1, 0.2],
    ("rates", Layout.TERMS): [2.5, 0.4, 7.2, 1.0],
    ("variances", Layout.TERMS): [0.25, 0.25, 1, 0.5],
}
DISTRIBUTIONS = {
    ("input", "log-probabilities"): np.log(BELIEF).round(6),
    ("target", "target probabilities"): WEATHER_SEEN,
    ("target", "log-probabilities"): np.log(WEATHER_SEEN.clip(1e-3)).round(6),
}
"""Of losses between distributions: rows, though each number is a term."""


def example_sources(loss: Loss, options: Mapping[str, Any]) -> dict[str, Source]:
    """Return a small source for every role of a loss, as these options want it."""
    rng = np.random.default_rng(SEED)
    sources: dict[str, Source] = {}
    for role in loss.roles:
        kind = loss.kinds(role, options)[0]
        values = BY_ROLE.get((kind.name, role.name, kind.layout))
        if values is None:
            values = BY_KIND.get((kind.name, kind.layout))
        if loss.family == "distribution":
            values = DISTRIBUTIONS.get((role.name, kind.name))
        array = _drawn(kind, rng) if values is None else np.array(values)
        sources[role.name] = ArraySource(array, LABEL, names=_names(loss, kind))
    if loss.layout is Layout.VECTORS and "target" in sources:
        sources["target"] = ArraySource(np.array([-1, 1, -1]), LABEL)
    return sources


def _names(loss: Loss, kind: Kind) -> tuple[str, ...]:
    if loss.family == "distribution":
        return WEATHER
    return {Layout.CLASSES: ANIMALS}.get(kind.layout, ())


def _drawn(kind: Kind, rng: np.random.Generator) -> Array:
    shape = (4,) if kind.layout is Layout.TERMS else (3, 3)
    return kind.draw(rng, shape, 3).round(2)
