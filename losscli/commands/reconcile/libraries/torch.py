"""PyTorch: losscli follows its definitions, so its number is the plain one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.convention import SAME, Convention, joined
from losscli.losses.declare.options import array_extent
from losscli.losses.declare.registry import Loss

NAME = "PyTorch"
KEYWORDS = {
    "F.nll_loss": ("weight", "ignore_index"),
    "F.binary_cross_entropy_with_logits": (),
    "F.binary_cross_entropy": ("weight",),
    "F.mse_loss": (),
    "F.l1_loss": (),
    "F.huber_loss": ("delta",),
    "F.smooth_l1_loss": ("beta",),
}
"""The keywords, besides the reduction, that a function keeps when it replaces another."""
VARIABLES = {"input": "x", "target": "y"}
NOTES = {
    "F.binary_cross_entropy": "both logarithms are at least -100",
    "F.cross_entropy": "softmax inside; divided by the weights of the counted targets",
    "F.kl_div": "reduction='mean' divides by the number of elements; 'batchmean' by samples",
}


class Function(NamedTuple):
    """A function of PyTorch; empty where it has none."""

    name: str
    after: str
    """The text after its first argument."""


def function_of(loss: Loss, form: str) -> Function:
    """Return PyTorch's function for a loss whose input holds a form."""
    names = (name for known in loss.libraries["torch"] for name in known.names)
    name = next((name for name in names if name.startswith("F.")), "")
    if name != "F.cross_entropy" or form == "logits":
        return Function(name, "")
    return Function("F.nll_loss", ".log()" if form == "probabilities" else "")


def arguments(case: Case, function: str) -> dict[str, str]:
    """Return the keywords of a call: options that differ from the defaults."""
    given = {}
    for option in case.loss.options:
        value = case.options[option.name]
        names_function = function and option.choices and option.kinds_of("input")
        if names_function or value is None or value == option.default:
            continue
        text = "w" if option.name == "weight" else option.name
        given[option.name] = text if array_extent(option) else repr(value)
    if case.settings.reduction != "mean":
        given["reduction"] = repr(case.settings.reduction)
    return given


def rows(case: Case) -> Iterator[Convention]:
    """Yield PyTorch's call, where it has the loss."""
    function, after = function_of(case.loss, case.form)
    if not function:
        return
    names = [VARIABLES.get(role.name, role.name) for role in case.loss.roles]
    names[0] += after
    if case.class_axis != 1 and case.loss.picks:
        names[0] += f".movedim({case.class_axis}, 1)"
    given = arguments(case, function)
    weighted = case.sample_weight is not None
    if weighted:
        given["reduction"] = "'none'"
    call = f"{function}({joined(*names, *(f'{key}={value}' for key, value in given.items()))})"
    if weighted:
        weights = "(w[y] * s)" if "weight" in given and case.has_labels else "s"
        over = "" if case.settings.reduction == "sum" else f" / {weights}.sum()"
        call = f"({call} * s).sum(){over}"
    yield Convention(call, NOTES.get(function, SAME), case)
