"""PyTorch: the definitions that losscli follows, so its number is the plain one."""

from __future__ import annotations

from collections.abc import Iterator

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.convention import SAME, Convention
from losscli.commands.reconcile.forms import form_of
from losscli.losses.declare.options import array_extent

FUNCTIONS = {
    "ce": "F.cross_entropy",
    "nll": "F.nll_loss",
    "bce": "F.binary_cross_entropy",
    "bce-logits": "F.binary_cross_entropy_with_logits",
    "l1": "F.l1_loss",
    "mse": "F.mse_loss",
    "huber": "F.huber_loss",
    "smooth-l1": "F.smooth_l1_loss",
    "kl-div": "F.kl_div",
    "soft-margin": "F.soft_margin_loss",
    "hinge-embedding": "F.hinge_embedding_loss",
    "multi-margin": "F.multi_margin_loss",
    "multilabel-margin": "F.multilabel_margin_loss",
    "multilabel-soft-margin": "F.multilabel_soft_margin_loss",
    "poisson-nll": "F.poisson_nll_loss",
    "gaussian-nll": "F.gaussian_nll_loss",
    "margin-ranking": "F.margin_ranking_loss",
    "cosine-embedding": "F.cosine_embedding_loss",
    "triplet-margin": "F.triplet_margin_loss",
    "ctc": "F.ctc_loss",
}
VARIABLES = {"input": "x", "target": "y"}
NOTES = {
    "bce": "both logarithms are at least -100",
    "ce": "softmax inside; divided by the weights of the counted targets",
    "kl-div": "reduction='mean' divides by the number of elements; 'batchmean' by samples",
}


def arguments(case: Case) -> dict[str, str]:
    """Return the keywords of PyTorch's call: what differs from its defaults."""
    given = {}
    for option in case.loss.options:
        value = case.options[option.name]
        if option.name in ("from_", "z_loss") or value is None:
            continue
        if array_extent(option):
            given[option.name] = "w" if option.name == "weight" else option.name
        elif value != option.default:
            given[option.name] = repr(value)
    if case.settings.reduction != "mean":
        given["reduction"] = repr(case.settings.reduction)
    return given


def first(case: Case) -> tuple[str, str]:
    """Return PyTorch's function for a case and what its first argument is."""
    name = case.loss.name
    if name != "ce" or form_of(case) == "logits":
        return FUNCTIONS.get(name, ""), "x"
    return "F.nll_loss", "x.log()" if form_of(case) == "probs" else "x"


def rows(case: Case) -> Iterator[Convention]:
    """Yield PyTorch's call, where it has the loss."""
    function, x = first(case)
    if not function or case.options.get("z_loss"):
        return
    names = [VARIABLES.get(role.name, role.name) for role in case.loss.roles]
    names[0] = (
        x if case.class_axis == 1 or not case.loss.picks else f"{x}.movedim({case.class_axis}, 1)"
    )
    given = arguments(case)
    weighted = case.sample_weight is not None
    if weighted:
        given["reduction"] = "'none'"
    inside = ", ".join([*names, *(f"{key}={value}" for key, value in given.items())])
    call = f"{function}({inside})"
    if weighted:
        masses = "(w[y] * s)" if "weight" in given and case.has_labels else "s"
        over = "" if case.settings.reduction == "sum" else f" / {masses}.sum()"
        call = f"({call} * s).sum(){over}"
    note = NOTES.get(case.loss.name, SAME) if x == "x" else SAME
    yield Convention("PyTorch", call, note, case)
