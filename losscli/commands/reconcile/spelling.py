"""The command that reproduces a match: losscli's own, or a call as you type it in PyTorch."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.deviation import Deviation
from losscli.commands.reconcile.forms import SIGMOID
from losscli.commands.reconcile.libraries.torch import (
    KEYWORDS,
    VARIABLES,
    Function,
    arguments,
    function_of,
)
from losscli.commands.typed import Typed
from losscli.readers.urls import without_secrets

LEFT_OUT = ("None", "'mean'")
"""Defaults that need not be typed."""
FIRST, LAST = ("library", "loss", "input"), "unit"
"""Axes whose templates replace the text that others wrap, and the axis that wraps the number."""


def reproduced(typed: Typed, case: Case, deviations: Sequence[Deviation]) -> str:
    """Return the command or call that gives the number of these deviations."""
    edits: dict[str, Any] = {}
    for deviation in deviations:
        if deviation.typed is None:
            return _in_torch(case, deviations)
        edits |= deviation.typed
    return _in_losscli(typed, case, edits)


def _in_losscli(typed: Typed, case: Case, edits: dict[str, Any]) -> str:
    through, summary = edits.pop("through", None), edits.pop("summary", None)
    reduction = edits.pop("reduction", case.settings.reduction)
    dtype = edits.pop("dtype", case.settings.dtype)
    loss = edits.pop("loss", "")
    before = ""
    if through:
        role, made = case.loss.roles[0].name, f"{through}.npy"
        plain = case.class_axis == 1 or through == SIGMOID.command
        axis = [] if plain else ["--class-axis", str(case.class_axis)]
        step = ["loss", through, "-i", without_secrets(str(typed.words[role])), *axis, "-o", made]
        before, edits[role] = f"{shlex.join(step)} > /dev/null && ", made
    tail = [] if reduction == "mean" else ["-r", reduction]
    tail += [] if dtype == "float64" else ["--dtype", dtype]
    # A table would be longer than the number that is asked for.
    tail += ["-f", "json", "--no-per-sample"] if summary else ["-q"]
    command = f"{before}{typed.command(loss=loss, **edits)} {shlex.join(tail)}"
    return f"{command} | jq .summary.{summary}" if summary else command


def _in_torch(case: Case, deviations: Sequence[Deviation]) -> str:
    # A deviation changes x itself; a logarithm that the call needs comes after it.
    function, after = Function("", "")
    if not case.adds_to_terms:
        function, after = function_of(case.loss, case.form)
    names = [VARIABLES.get(role.name, role.name) for role in case.loss.roles]
    texts = {"x": "x", "value": "{}"} | {name: name for name in names}
    given = arguments(case, function)
    for deviation in sorted(deviations, key=_order):
        for key, template in deviation.torch.items():
            if key == "call":
                return template
            if key == "function":
                function, after = template, ""
                kept = (*KEYWORDS.get(template, tuple(given)), "reduction")
                given = {name: text for name, text in given.items() if name in kept}
            elif key in texts:
                texts[key] = template.format(texts[key])
            else:
                given[key] = template
    texts["x"] += after
    keywords = [f"{name}={text}" for name, text in given.items() if text not in LEFT_OUT]
    if function:
        call = f"{function}({', '.join([*(texts[name] for name in names), *keywords])})"
    else:
        roles = [
            f"{role.name}={texts[name]}" for role, name in zip(case.loss.roles, names, strict=True)
        ]
        call = f"losscli.compute({', '.join([repr(case.loss.name), *roles, *keywords])}).value"
    return texts["value"].format(call)


def _order(deviation: Deviation) -> int:
    """Return the position of a deviation: changes of x come first, the unit of the number last."""
    return 0 if deviation.axis in FIRST else 2 if deviation.axis == LAST else 1
