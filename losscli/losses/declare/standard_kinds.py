"""The kinds that a role of a loss may be: shape, layout, domain, and the advice of refusals.

A loss names kinds in its signature (`input: Logits`, `target: ClassIndex | ClassProbs`);
validation, tile layout, help texts and the tests' random cases all follow from them.
"""

from __future__ import annotations

import math
from typing import Annotated, Any

from losscli.errors import call, option
from losscli.losses.declare import draws
from losscli.losses.declare.role_kind import Draw, Impossible, Kind, Layout
from losscli.numerics.arrays import Array

TARGET_KEYS = ("targets", "labels", "label", "y")
SCORES = ("logits", "scores")
PREDICTIONS = ("predictions", "prediction", "output")


NO_CHANCE = Impossible(-math.inf, "{} has probability 0", "correct the number or its target")


def _classes(name: str, draw: Draw, keys: tuple[str, ...], **domain: Any) -> Kind:
    return Kind(name, "(n, c, d...)", Layout.CLASSES, keys, draw, **domain)


def _terms(name: str, draw: Draw, keys: tuple[str, ...], **domain: Any) -> Kind:
    return Kind(name, "any shape", Layout.TERMS, keys, draw, **domain)


def _targets(name: str, draw: Draw, **domain: Any) -> Kind:
    return Kind(name, "the input's shape", Layout.TERMS, TARGET_KEYS, draw, **domain)


Logits = Annotated[Array, _classes("logits", draws.normal, SCORES, zero_probability=NO_CHANCE)]
LOG_PROBABILITIES = _classes(
    "log-probabilities",
    draws.log_softmax,
    ("log_probs", "logprobs", "log_probabilities"),
    zero_probability=NO_CHANCE,
)
LogProbs = Annotated[Array, LOG_PROBABILITIES]
PROBABILITIES = _classes(
    "probabilities",
    draws.softmax,
    ("probs", "probabilities"),
    low=0.0,
    high=1.0,
    advice=f"write probabilities; if these are logits, use {option('from_', 'logits')}",
    zero_probability=Impossible(
        0.0, "{} has probability 0", "give probabilities above 0, or the logits"
    ),
)
ClassScores = Annotated[Array, _classes("scores", draws.normal, SCORES)]
Cosines = Annotated[
    Array,
    _classes(
        "cosines",
        draws.cosines,
        ("cosines",),
        low=-1.0,
        high=1.0,
        slack=1e-3,
        advice="normalize the embeddings and the class weights",
    ),
]
ClassIndex = Annotated[
    Array,
    Kind(
        "class index",
        "(n, d...)",
        Layout.TERMS,
        TARGET_KEYS,
        draws.indices,
        index=True,
        is_integer=True,
        is_target=True,
    ),
]
ClassProbs = Annotated[
    Array,
    _classes(
        "class probabilities",
        draws.softmax,
        TARGET_KEYS,
        low=0.0,
        high=1.0,
        advice="write class probabilities, or one column of class indices",
        is_target=True,
    ),
]
Probs = Annotated[
    Array,
    _terms(
        "probabilities",
        draws.uniform,
        ("probs", "probabilities"),
        low=0.0,
        high=1.0,
        advice=f"write probabilities; if these are logits, use {call('bce-logits')}",
    ),
]
BinaryLogits = Annotated[Array, _terms("logits", draws.normal, SCORES)]
BinaryProbs = Annotated[
    Array,
    _targets(
        "target probabilities",
        draws.uniform,
        low=0.0,
        high=1.0,
        advice="write 0, 1 or a probability between them",
    ),
]
ZeroOne = Annotated[
    Array,
    _targets(
        "labels",
        draws.zeros_and_ones,
        values=(0.0, 1.0),
        advice=f"write 0 or 1; for targets in between, use {call('bce-logits')}",
    ),
]
Scores = Annotated[Array, _terms("scores", draws.normal, SCORES)]
Distances = Annotated[Array, _terms("distances", draws.positive, ("distances",))]
SIGNS = (-1.0, 1.0)
MAP_BINARY = f"write -1 or +1; if these are 0/1 labels, use {option('map_binary', True)}"
Signs = Annotated[
    Array,
    _targets(
        "signs",
        draws.signs,
        values=SIGNS,
        advice=MAP_BINARY,
    ),
]
Reals = Annotated[Array, _terms("numbers", draws.normal, PREDICTIONS)]
RealTarget = Annotated[Array, _targets("numbers", draws.normal)]
NON_NEGATIVE = f"log(1 + x) needs non-negative numbers; for any number, use {call('mse')}"
NotNegative = Annotated[
    Array, _terms("numbers", draws.positive, PREDICTIONS, low=0.0, advice=NON_NEGATIVE)
]
NotNegativeTarget = Annotated[
    Array, _targets("numbers", draws.positive, low=0.0, advice=NON_NEGATIVE)
]
NonzeroTarget = Annotated[
    Array,
    _targets(
        "numbers",
        draws.positive,
        nonzero=True,
        advice=f"a percentage of 0 is undefined; for any target, use {call('l1')}",
    ),
]
Counts = Annotated[
    Array,
    _targets("counts", draws.counts, low=0.0, advice="write non-negative counts"),
]
LogRates = Annotated[Array, _terms("log rates", draws.normal, ("log_rates", *PREDICTIONS))]
RATES = _terms(
    "rates",
    draws.positive,
    ("rates", *PREDICTIONS),
    low=0.0,
    advice=f"write non-negative rates; if these are logarithms, use {option('log_input', True)}",
    zero_probability=Impossible(
        0.0, "a rate of 0 has no logarithm", f"give rates above 0 or use {option('eps', 1e-8)}"
    ),
)
Variances = Annotated[
    Array,
    Kind(
        "variances",
        "the input's shape, or a last axis of 1",
        Layout.TERMS,
        ("variance", "variances"),
        draws.positive,
        low=0.0,
        advice="give variances: squared standard deviations",
        zero_probability=Impossible(
            0.0,
            "a variance of 0 claims certainty",
            f"give variances above 0 or use {option('eps', 1e-6)}",
        ),
        broadcasts=True,
    ),
]
TermLogProbs = Annotated[
    Array,
    _terms(
        "log-probabilities",
        draws.log_uniform,
        ("log_probs", "logprobs", *PREDICTIONS),
        zero_probability=NO_CHANCE,
    ),
]
TargetProbs = Annotated[
    Array,
    _targets(
        "target probabilities",
        draws.uniform,
        low=0.0,
        high=1.0,
        advice=f"write probabilities; if these are logarithms, use {option('log_target', True)}",
    ),
]
TARGET_LOG_PROBABILITIES = _targets("log-probabilities", draws.log_uniform)
Embedding = Annotated[
    Array, Kind("vectors", "(n, e)", Layout.VECTORS, ("embeddings",), draws.normal)
]
PairSigns = Annotated[
    Array,
    Kind("signs", "(n,)", Layout.TERMS, TARGET_KEYS, draws.signs, values=SIGNS, advice=MAP_BINARY),
]
LabelRows = Annotated[
    Array,
    Kind(
        "rows of labels",
        "the input's shape",
        Layout.LABELS,
        TARGET_KEYS,
        draws.label_rows,
        index=True,
        is_integer=True,
        terminated=True,
    ),
]
ZeroOneRows = Annotated[
    Array,
    Kind(
        "labels",
        "the input's shape",
        Layout.CLASSES,
        TARGET_KEYS,
        draws.zeros_and_ones,
        values=(0.0, 1.0),
        advice="write 0 or 1, one per class",
    ),
]
SequenceLogProbs = Annotated[
    Array,
    Kind(
        "log-probabilities",
        "(t, n, c)",
        Layout.SEQUENCES,
        ("log_probs", "logprobs"),
        draws.sequence_log_softmax,
    ),
]
SequenceLabels = Annotated[
    Array,
    Kind(
        "labels",
        "(n, s), or those of all samples one after another",
        Layout.LABELS,
        TARGET_KEYS,
        draws.sequence_labels,
        index=True,
        is_integer=True,
        excluded_option="blank",
    ),
]


def _lengths(of: str) -> Kind:
    return Kind("lengths", "(n,)", Layout.TERMS, (), draws.counts, is_integer=True, length_of=of)


InputLengths = Annotated[Array, _lengths("input")]
TargetLengths = Annotated[Array, _lengths("target")]
