"""Names of all losses, without importing one; `python -m losscli.losses` writes it."""

from typing import NamedTuple

FAMILIES = {
    "classification": "Classification",
    "binary": "Binary and multi-label",
    "regression": "Regression",
    "distribution": "Distributions",
    "embedding": "Ranking and embeddings",
    "sequence": "Sequences",
}


class Entry(NamedTuple):
    """What start-up needs to know of a loss."""

    module: str
    family: str
    aliases: tuple[str, ...]
    summary: str


INDEX: dict[str, Entry] = {
    "ce": Entry(
        "softmax",
        "classification",
        ("cross-entropy", "softmax-ce"),
        "Cross entropy of logits and class indices or class probabilities.",
    ),
    "nll": Entry(
        "softmax",
        "classification",
        (),
        "Negative log-likelihood of log-probabilities and class indices.",
    ),
    "bce": Entry(
        "binary",
        "binary",
        (),
        "Binary cross entropy of probabilities and targets in [0, 1].",
    ),
    "bce-logits": Entry(
        "binary",
        "binary",
        ("sigmoid-ce",),
        "Binary cross entropy of logits and targets in [0, 1].",
    ),
    "l1": Entry(
        "regression",
        "regression",
        ("mae",),
        "Absolute error.",
    ),
    "mse": Entry(
        "regression",
        "regression",
        ("l2",),
        "Squared error.",
    ),
}
