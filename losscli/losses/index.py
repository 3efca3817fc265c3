"""The names of all losses, without importing one; written by `python -m losscli.losses`."""

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
    """What start-up needs to know about a loss."""

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
    "sparsemax": Entry(
        "softmax",
        "classification",
        (),
        "Sparsemax loss of scores and class indices: sparse probabilities.",
    ),
    "arcface": Entry(
        "angular",
        "classification",
        (),
        "ArcFace loss of cosines and class indices: the target's angle must lead by a margin.",
    ),
    "am-softmax": Entry(
        "angular",
        "classification",
        ("cosface",),
        "Additive-margin softmax loss of cosines and class indices: the target's cosine must lead.",
    ),
    "multiclass-perceptron": Entry(
        "margin",
        "classification",
        (),
        "Multiclass perceptron loss of scores and class indices: how far the target is behind.",
    ),
    "multi-margin": Entry(
        "margin",
        "classification",
        (),
        "Multi-class margin loss of scores and class indices: a lead over every other class.",
    ),
    "categorical-hinge": Entry(
        "margin",
        "classification",
        (),
        "Categorical hinge loss of scores and class indices: a lead over the best other class.",
    ),
    "softmax-focal": Entry(
        "robust",
        "classification",
        (),
        "Focal loss of logits and class indices: down-weights well-classified samples.",
    ),
    "poly": Entry(
        "robust",
        "classification",
        (),
        "Poly-1 loss of logits and class indices: cross entropy with a modified first Taylor term.",
    ),
    "gce": Entry(
        "robust",
        "classification",
        (),
        "Generalized cross entropy of logits and class indices: bounded by 1/q.",
    ),
    "sce": Entry(
        "robust",
        "classification",
        (),
        "Symmetric cross entropy of logits and class indices: cross entropy plus its reverse.",
    ),
    "prob-mae": Entry(
        "robust",
        "classification",
        (),
        "Absolute error of softmax probabilities, summed over the classes.",
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
    "sigmoid-focal": Entry(
        "binary",
        "binary",
        (),
        "Focal loss of logits and 0/1 labels: down-weights well-classified samples.",
    ),
    "soft-margin": Entry(
        "binary",
        "binary",
        (),
        "Logistic loss of scores and signs -1/+1.",
    ),
    "hinge": Entry(
        "binary",
        "binary",
        (),
        "Hinge loss of scores and signs -1/+1.",
    ),
    "squared-hinge": Entry(
        "binary",
        "binary",
        (),
        "Squared hinge loss of scores and signs -1/+1.",
    ),
    "hinge-embedding": Entry(
        "binary",
        "binary",
        (),
        "Hinge loss of distances: similar pairs (+1) close, dissimilar pairs (-1) beyond a margin.",
    ),
    "multilabel-margin": Entry(
        "multilabel",
        "binary",
        (),
        "Multi-label margin loss of scores and rows of class indices.",
    ),
    "multilabel-soft-margin": Entry(
        "multilabel",
        "binary",
        (),
        "Mean over the classes of the binary cross entropy of each label.",
    ),
    "poisson-nll": Entry(
        "likelihood",
        "regression",
        (),
        "Negative log-likelihood of counts under Poisson rates.",
    ),
    "gaussian-nll": Entry(
        "likelihood",
        "regression",
        (),
        "Negative log-likelihood of real numbers under normal distributions.",
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
    "smooth-l1": Entry(
        "regression",
        "regression",
        (),
        "Absolute error, quadratic for errors below beta.",
    ),
    "huber": Entry(
        "regression",
        "regression",
        (),
        "Half the squared error up to delta, linear beyond.",
    ),
    "log-cosh": Entry(
        "regression",
        "regression",
        (),
        "Logarithm of the hyperbolic cosine of the error.",
    ),
    "quantile": Entry(
        "regression",
        "regression",
        ("pinball",),
        "Pinball loss of a predicted quantile: predictions too low cost tau, too high 1 - tau.",
    ),
    "msle": Entry(
        "regression",
        "regression",
        (),
        "Squared error of log(1 + x), for non-negative numbers.",
    ),
    "mape": Entry(
        "regression",
        "regression",
        (),
        "Absolute error in percent of a nonzero target.",
    ),
    "kl-div": Entry(
        "distribution",
        "distribution",
        (),
        "Kullback-Leibler divergence of targets from log-probabilities.",
    ),
    "margin-ranking": Entry(
        "embedding",
        "embedding",
        (),
        "Margin ranking loss of two scores and the sign of their order.",
    ),
    "cosine-embedding": Entry(
        "embedding",
        "embedding",
        (),
        "Cosine distance of pairs of vectors that belong together or do not.",
    ),
    "triplet-margin": Entry(
        "embedding",
        "embedding",
        (),
        "Triplet loss of anchors, positives and negatives.",
    ),
    "ctc": Entry(
        "sequence",
        "sequence",
        (),
        "Connectionist temporal classification: the labels of a sequence, without an alignment.",
    ),
}
