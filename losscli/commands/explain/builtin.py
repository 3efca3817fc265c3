"""A small example for every loss, so that `loss explain NAME` needs no files.

The numbers are those of a textbook where there is one. A walk may state its own; others are chosen
by what a role may be. A role of a new kind is drawn from its declaration, the same every time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from losscli.commands.explain.walks import example_of
from losscli.losses.declare.registry import Loss
from losscli.losses.declare.role_kind import Kind, Layout
from losscli.numerics.arrays import Array
from losscli.readers.source import ArraySource, Source

LABEL = "the built-in example"
SEED = 4
ANIMALS = ("cat", "dog", "ship")
LOGITS = [[0.7459, 0.5881, 0.4795], [0.2894, 0.0568, 0.3439], [0.6124, 0.7558, 0.4308]]
SOFTMAX = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True)
BY_ROLE: dict[tuple[str, str, Layout], Any] = {
    ("numbers", "input", Layout.TERMS): [2.5, 0.4, 2.0, 8.0],
    ("numbers", "target", Layout.TERMS): [3.0, 1.0, 2.0, 6.5],
    ("scores", "input", Layout.TERMS): [-2.2, 1.4, -0.4, 0.9],
}
BY_KIND: dict[tuple[str, Layout], Any] = {
    ("logits", Layout.CLASSES): LOGITS,
    ("scores", Layout.CLASSES): [[1.4, -0.3, 0.8], [-1.2, 2.2, 0.4], [0.1, 0.3, -0.2]],
    ("probabilities", Layout.CLASSES): SOFTMAX,
    ("log-probabilities", Layout.CLASSES): np.log(SOFTMAX).round(4),
    ("class index", Layout.TERMS): [0, 1, 1],
    ("rows of labels", Layout.LABELS): [[0, 2, -1], [1, -1, -1], [0, -1, -1]],
    ("labels", Layout.CLASSES): [[1, 0, 1], [0, 1, 0], [1, 0, 0]],
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


def example_sources(loss: Loss, options: Mapping[str, Any]) -> dict[str, Source]:
    """Return a small source for every role of a loss, as these options want it."""
    rng = np.random.default_rng(SEED)
    own = example_of(loss.name)
    sources: dict[str, Source] = {}
    for role in loss.roles:
        kind = loss.kinds(role, options)[0]
        by_kind = BY_KIND.get((kind.name, kind.layout))
        by_kind = BY_ROLE.get((kind.name, role.name, kind.layout), by_kind)
        values = own.get(f"{role.name} {kind.name}", own.get(role.name, by_kind))
        array = _draw(kind, rng) if values is None else np.array(values)
        names = own.get("names", ANIMALS if kind.layout is Layout.CLASSES else ())
        sources[role.name] = ArraySource(array, LABEL, names=names)
    return sources


def _draw(kind: Kind, rng: np.random.Generator) -> Array:
    shape = (4,) if kind.layout is Layout.TERMS else (3, 3)
    return kind.draw(rng, shape, 3).round(2)
