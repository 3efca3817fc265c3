"""The command that reproduces a match: losscli's own, or else a call as one types it in PyTorch."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.deviation import Deviation
from losscli.commands.reconcile.libraries.torch import VARIABLES, arguments, first
from losscli.commands.typed import Typed

FORMS_FIRST = ("library", "loss", "input")
"""Axes whose templates replace what the others wrap."""


def reproduced(typed: Typed, case: Case, deviations: Sequence[Deviation]) -> str:
    """Return the command or call that gives the number of these deviations."""
    edits: dict[str, Any] = {}
    for deviation in deviations:
        if deviation.typed is None:
            return _in_torch(case, deviations)
        edits |= deviation.typed
    return _in_losscli(typed, case, edits)


def _in_losscli(typed: Typed, case: Case, edits: dict[str, Any]) -> str:
    settings = case.settings
    through, summary = edits.pop("through", None), edits.pop("summary", None)
    reduction = edits.pop("reduction", settings.reduction)
    dtype = edits.pop("dtype", settings.dtype)
    loss = edits.pop("loss", "")
    before = ""
    if through:
        role = case.loss.roles[0].name
        made = f"{through}.npy"
        plain = case.class_axis == 1 or through == "sigmoid"
        axis = [] if plain else ["--class-axis", str(case.class_axis)]
        source = str(typed.words[role])
        before = shlex.join(["loss", through, "-i", source, *axis, "-o", made])
        before += " > /dev/null && "
        edits[role] = made
    tail = [] if reduction == "mean" else ["-r", reduction]
    tail += [] if dtype == "float64" else ["--dtype", dtype]
    # A table would be longer than the number that is asked for.
    tail += ["-f", "json", "--no-per-sample"] if summary else ["-q"]
    command = f"{before}{typed.command(loss=loss, **edits)} {shlex.join(tail)}"
    return f"{command} | jq .summary.{summary}" if summary else command


def _in_torch(case: Case, deviations: Sequence[Deviation]) -> str:
    function, x = first(case)
    # A deviation changes x itself; a logarithm that the call needs comes after it.
    after = x.removeprefix("x")
    named = {VARIABLES.get(role.name, role.name): "" for role in case.loss.roles}
    texts = {"x": "x", **{name: name for name in named if name != "x"}, "value": "{}"}
    given = arguments(case)
    ordered = sorted(deviations, key=_order)
    for deviation in ordered:
        for key, template in deviation.torch.items():
            if key == "call":
                return template
            if key == "function":
                function, after = template, ""
                kept = _OPTIONS.get(template, tuple(given))
                given = {name: text for name, text in given.items() if name in kept}
            elif key == "value":
                texts["value"] = template.format(texts["value"])
            elif key in texts:
                texts[key] = template.format(texts[key])
            else:
                given[key] = template
    if given.get("reduction") == "'mean'":
        del given["reduction"]
    texts["x"] += after
    call = _call(case, function, texts, given)
    return texts["value"].format(call)


def _order(deviation: Deviation) -> int:
    """Return when a deviation has its turn: what x is first, the unit of the number last."""
    return 0 if deviation.axis in FORMS_FIRST else 2 if deviation.axis == "unit" else 1


_OPTIONS: Mapping[str, tuple[str, ...]] = {
    "F.nll_loss": ("weight", "ignore_index", "reduction"),
    "F.binary_cross_entropy_with_logits": ("reduction",),
    "F.binary_cross_entropy": ("weight", "reduction"),
    "F.mse_loss": ("reduction",),
    "F.l1_loss": ("reduction",),
    "F.huber_loss": ("reduction", "delta"),
    "F.smooth_l1_loss": ("reduction", "beta"),
}
"""The keywords that stay where another function takes the place of the loss's own."""


def _call(case: Case, function: str, texts: Mapping[str, str], given: Mapping[str, str]) -> str:
    names = [VARIABLES.get(role.name, role.name) for role in case.loss.roles]
    keywords = [f"{name}={text}" for name, text in given.items() if text != "None"]
    if function:
        return f"{function}({', '.join([*(texts[name] for name in names), *keywords])})"
    roles = [
        f"{role.name}={texts[name]}" for role, name in zip(case.loss.roles, names, strict=True)
    ]
    inside = ", ".join([repr(case.loss.name), *roles, *keywords])
    return f"losscli.compute({inside}).value"
