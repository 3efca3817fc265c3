"""A loss's command and `compute` take the options that the loss accepts, and refuse the others."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from losscli import compute
from losscli.contract.cases import Case
from losscli.errors import UsageError
from losscli.losses import declaration, names
from losscli.losses.declare.registry import NEEDED, REDUCTIONS
from losscli.numerics.arrays import Array
from tests.conftest import Loss as Run
from tests.losses.cases import VARIANTS

SETTINGS = {
    "class_axis": 1,
    "label_base": 1,
    "labels_are": "indices",
    "classes": "cat,dog",
    "map_binary": True,
    "shift": True,
    "by": "target",
}
"""A sensible value of each setting that only some losses take."""
TYPED = ("by", "labels_are", "classes")
"""Settings of files, or of the command alone: `compute` does not have them."""
TOOLS = ("explain", "diagnose", "reconcile", "compare", "report")


def typed(name: str, value: Any) -> list[str]:
    """Return an option as it is typed."""
    flag = f"--{name.rstrip('_').replace('_', '-')}"
    if isinstance(value, bool):
        return [flag if value else flag.replace("--", "--no-", 1)]
    return [flag, str(value)]


def case_of(name: str) -> Case:
    """Return data of a loss with its usual roles, and with as many options as fit in one call."""
    defaults = {option.name: option.default for option in declaration(name).options}
    variants = [variant for variant in VARIANTS if variant.loss.name == name]
    usual = [variant for variant in variants if variant.choices.items() <= defaults.items()]
    return max(usual, key=lambda variant: len(variant.drawn)).draw(np.random.default_rng(5), (6,))


def meant_for(setting: str, role: str, values: Array, case: Case) -> Array:
    """Return a role's numbers as they are where a setting is given."""
    kind = case.kind(role)
    if setting == "label_base" and kind.index:
        return np.where(values < 0, values, values + 1)
    if setting == "map_binary" and role == "target":
        return (values + 1) / 2
    return np.round(values) if setting == "by" and kind.high == 1 else values


@pytest.mark.parametrize("name", names())
def test_what_a_loss_offers_is_accepted(loss: Run, name: str, tmp_path: Path) -> None:
    case, declared = case_of(name), declaration(name)

    def call(*options: str, setting: str = "", **arrays: Array) -> None:
        given = {role: meant_for(setting, role, case.roles[role], case) for role in case.roles}
        words = list(options)
        for role, values in (given | arrays).items():
            np.save(tmp_path / f"{role}.npy", values)
            words += typed(role, tmp_path / f"{role}.npy")
        ran = loss(name, *words, "-f", "json", "--no-per-sample", "--no-warn")
        assert (ran.status, ran.err) == (0, ""), (options, ran)

    own = {key: value for key, value in case.options.items() if not isinstance(value, np.ndarray)}
    files = {key: value for key, value in case.options.items() if key not in own}
    call(*(word for key, value in own.items() for word in typed(key, value)), **files)
    for reduction in declared.reductions[len(REDUCTIONS) :]:
        call("-r", reduction)
    for setting, value in SETTINGS.items():
        if not declared.lacks(setting):
            at = declared.class_axis if setting == "class_axis" else value
            if setting == "classes":
                count = case.roles[declared.roles[0].name].shape[declared.class_axis]
                at = ",".join(f"class {i}" for i in range(count))
            call(*typed(setting, at), setting=setting)


@pytest.mark.parametrize("name", names())
def test_what_a_loss_does_not_offer_is_refused(loss: Run, name: str) -> None:
    case, declared = case_of(name), declaration(name)
    lacked = [setting for setting in NEEDED if declared.lacks(setting)]
    for i, setting in enumerate(lacked):
        lacking = declared.lacks(setting)
        # --by is an option of the loss's own command; the first one is tried with every tool.
        tools = ((tool,) for tool in TOOLS if i == 0 and setting != "by")
        for tool in ((), *tools):
            ran = loss(*tool, name, *typed(setting, SETTINGS[setting]))
            says = f"{typed(setting, True)[0]}: {name} has no {lacking}; remove it"
            assert (ran.status, ran.err) == (2, f"loss: {says}\n")
        if setting not in TYPED:
            with pytest.raises(
                UsageError, match=f"^{setting}.*: {name} has no {re.escape(lacking)}"
            ):
                case.compute(**{setting: SETTINGS[setting]})


def test_every_setting_is_tried() -> None:
    assert set(SETTINGS) == set(NEEDED)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ("ce --blank 0", "--blank: ce does not take it (ctc does); remove it"),
        ("explain mse --beta 1", "--beta: mse does not take it (sce, smooth-l1 do); remove it"),
        ("ce --anchor a.csv", "--anchor: ce does not take it (triplet-margin does); remove it"),
        ("ce --no-log-input", "--no-log-input: ce does not take it (poisson-nll does); remove it"),
        ("ce --weigt 1", "there is no option --weigt; did you mean --weight? (loss ce --help"),
        ("ce --logits 1,2", "there is no option --logits; did you mean --input? (loss ce --help"),
        ("explain ce --labels 1", "there is no option --labels; did you mean --target?"),
        ("ce --n 3", "there is no option --n; did you mean -n?"),
        (
            "triplet-margin -i 1,2 -t 0",
            "there is no option -i; triplet-margin takes --anchor, --positive, --negative\n",
        ),
        ("explain triplet-margin --target 0", "there is no option --target; triplet-margin takes"),
        ("info triplet-margin -i 1", "there is no option -i (loss info"),
        ("softmax --logits 2,1", "there is no option --logits; did you mean --input?"),
        ("entropy --probs 1,2", "there is no option --probs; did you mean --input?"),
        ("ce --json", "there is no option --json; did you mean -f json?"),
        ("ce 2,1,0.1 0", "2,1,0.1 is one word too many; give numbers an option, with no blanks"),
        ("ce -i 2 1 0.1", "1 is one word too many; give numbers an option, with no blanks"),
        (
            "-i 2,1 -q diagnose ce -t 0",
            "-i: options come after the name of the command; type: loss diagnose ce -t 0 -i 2,1",
        ),
        ("-r sum", "-r: the name of a command comes first; loss list shows"),
        ("ce -i=-2,1 -t 0", "'-i=-2,1': a short option has no equals sign; type -i -2,1\n"),
        (
            "ce -i a.npy b.npy -t y.npy",
            "b.npy is one word too many; give each file an option, -i once per model to rank "
            "several; quote a pattern only if its files are one array: '*.npy'\n",
        ),
        (
            "softmax -i a.npy b.npy",
            "b.npy is one word too many; give each file an option, and quote",
        ),
        ("--install-completion bash", "--install-completion takes no name; type it alone, in bash"),
        ("--show-completion 5", "--show-completion takes no name; type it alone, in the shell"),
        ("samples a b", "b is one word too many (loss samples --help lists the options)"),
        ("formats --top 3", "there is no option --top (loss formats --help lists the options)"),
    ],
)
def test_an_unknown_option(loss: Run, call: str, says: str) -> None:
    ran = loss(*call.split())
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(f"loss: {says}")


def test_a_keyword_that_a_loss_does_not_take() -> None:
    with pytest.raises(UsageError, match=r"ce has no 'blank'; it takes .*label_smoothing"):
        compute("ce", input=[[0.0, 1.0]], target=[0], blank=0)
