"""--check: conditions on the figures of a result."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

import pytest

from losscli.commands.checking import Subject, conditions_of, flat
from tests.conftest import Loss

CALL = ("ce", "-i", "samples/digits/logits.npy", "-t", "samples/digits/labels.npy")
LOSS = 0.14295297347585287
ACCURACY = 440 / 450


class Typed(NamedTuple):
    """The options of a command that has conditions alone."""

    conditions: list[str]
    short_forms: Mapping[str, str] = {}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        (f"loss<={LOSS!r}", True),
        (f"loss<{LOSS!r}", False),
        (f"loss>={LOSS!r}", True),
        (f"value > {LOSS!r}", False),
        ("loss<=1e-1", False),
        ("accuracy>=97.7%", True),
        ("accuracy >= 98%", False),
        ("count==450", True),
        ("ignored != 0", False),
        ("bits<.3", True),
    ],
)
def test_a_condition_is_judged_on_the_exact_figure(loss: Loss, text: str, holds: bool) -> None:
    ran = loss(*CALL, "-q", "--check", text)
    assert (ran.status, ran.out) == (0 if holds else 1, f"{LOSS!r}\n")
    assert bool(ran.err) is not holds


def test_each_failed_condition_is_a_line(loss: Loss) -> None:
    checks = ("--check", "loss<0.1", "--check", "accuracy>=98%", "--check", "count==450")
    ran = loss(*CALL, "-q", *checks, "--max", "0.05")
    assert ran.status == 1
    assert ran.err.splitlines() == [
        f"loss: the loss is {LOSS!r}, above --max 0.05",
        f"loss: the loss is {LOSS!r}, not below 0.1",
        f"loss: accuracy is {ACCURACY!r}, below 0.98",
    ]


def test_breakdowns_and_the_objective_have_figures(loss: Loss) -> None:
    ran = loss(*CALL, "--by", "target", "--ci", "-f", "json", "--no-per-sample")
    found = json.loads(ran.out)
    figures = {
        "ci.high": found["ci"]["high"],
        "by.target.3.accuracy": found["by"]["target"][3]["accuracy"],
    }
    checks = [word for name, x in figures.items() for word in ("--check", f"{name}=={x!r}")]
    assert loss(*CALL, "--by", "target", "--ci", "-f", "json", *checks).status == 0
    params = ("--params", "samples/digits/logits.npy", "--l2", "0.01")
    found = json.loads(loss(*CALL, *params, "-f", "json").out)["objective"]
    checks = ["--check", f"objective=={found['value']!r}"]
    checks += ["--check", f"objective.penalty=={found['penalty']!r}"]
    assert loss(*CALL, *params, "-q", *checks).status == 0


def test_every_input_has_to_meet_a_condition(loss: Loss) -> None:
    both = ("ce", "-i", "samples/digits/logits_int4.npy", *CALL[1:])
    ran = loss(*both, "-q", "--check", "accuracy>0.975", "--check", "loss<0.2")
    assert ran.status == 1
    assert ran.err == (
        "loss: samples/digits/logits_int4.npy: accuracy is 0.9733333333333334, not above 0.975\n"
    )
    found = json.loads(loss(*both, "--ci", "-f", "json").out)["inputs"]
    high = max(one["ci"]["high"] for one in found)
    assert loss(*both, "--ci", "-f", "json", "--check", f"ci.high<={high!r}").status == 0
    assert loss(*both, "--ci", "-f", "json", "--check", f"ci.high<{high!r}").status == 1


def test_a_comparison_has_its_own_figures(loss: Loss) -> None:
    files = ("-i", "samples/digits/logits_int4.npy", "--reference", *CALL[2:])
    found = json.loads(loss("compare", *files, "-f", "json").out)
    kl = found["kl"]["quantiles"]["0.99"]
    assert loss("compare", *files, "-q", "--check", f"kl.quantiles.0.99=={kl!r}").status == 0
    change = json.loads(loss("compare", "ce", *files, "-f", "json").out)["inputs"][0]["change"]
    checks = ("--check", f"change.mean=={change['mean']!r}", "--check", "mcnemar.p<=5%")
    ran = loss("compare", "ce", *files, "-q", *checks)
    assert (ran.status, ran.err) == (1, "loss: mcnemar.p is 0.625, above 0.05\n")
    assert loss("compare", *files, "-q", "--check", "x<1").status == 2


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("loss", "'loss' is not a condition; quote it"),
        ("loss=1", "'loss=1' is not a condition; write --check 'loss==1'\n"),
        ("loss =< 1", "'loss =< 1' is not a condition; write --check 'loss<=1'\n"),
        ("accuracy\u226588%", "is not a condition; write --check 'accuracy>=88%'\n"),
        ("acc>1", "'acc' is not one of the figures of this ce result; did you mean accuracy? They"),
        ("loss<=nan", "'nan' is not a finite number"),
        ("loss<x%", "'x%' is not a finite number"),
        ("los<1", "result; did you mean loss? They are: loss, numerator,"),
        ("zz<1", "'zz' is not one of the figures of this ce result: loss, numerator,"),
        ("ci.high<1", "'ci.high' needs --ci; give it"),
        ("by.target.1.mean<1", "needs --by target; give it"),
    ],
)
def test_what_is_not_a_condition_is_refused_before_a_file_is_read(
    loss: Loss, text: str, why: str
) -> None:
    ran = loss("ce", "-i", "missing.npy", "-t", "missing.npy", "--check", text)
    assert ran.status == 2
    assert why in ran.err


def test_what_is_not_finite_comes_before_a_figure_that_is_missing(loss: Loss) -> None:
    ignored = ("ce", "-i", "1,2;3,4", "-t", "-100,-100")
    ran = loss(*ignored, "-q", "--check", "accuracy>0.5")
    assert (ran.status, ran.out) == (4, "nan\n")
    ran = loss(*CALL, "--by", "target", "--check", "by.target.10.accuracy>0.5")
    assert ran.status == 2
    assert "'by.target.10.accuracy' is not one of the figures" in ran.err


def test_nan_meets_no_condition() -> None:
    subject = Subject("ce", {"loss": float("nan")})
    texts = [f"loss{sign}1" for sign in ("<", "<=", ">", ">=", "==", "!=")]
    assert not any(condition.check(subject).passed for condition in conditions_of(Typed(texts)))


def test_figures_are_named_as_in_json() -> None:
    members = {
        "value": 1.0,
        "reduction": "mean",
        "denominator": None,
        "summary": {"accuracy": 0.5},
        "objective": {"penalty": 2.0, "value": 3.0},
        "groups": {"mean_of_means": 4.0, "groups": [{"group": "a b", "mean": 5.0}]},
        "numbers": [1, 2],
    }
    assert flat(members) == {
        "loss": 1.0,
        "accuracy": 0.5,
        "objective.penalty": 2.0,
        "objective": 3.0,
        "groups.mean_of_means": 4.0,
        "groups.a b.mean": 5.0,
    }
    (condition,) = conditions_of(Typed(["groups.a b.mean>=5"]))
    assert condition.check(Subject("ce", flat(members))).passed


def test_diagnose_only_keeps_the_limit(loss: Loss) -> None:
    ran = loss("diagnose", *CALL, "--max", "0.1")
    assert ran.status == 0
    assert "0.1429" not in ran.err


@pytest.mark.parametrize(
    ("condition", "asks"),
    [
        ("accuracy>90", "; did you mean 90%?\n"),
        ("accuracy>=99.5", "; did you mean 99.5%?\n"),
        ("accuracy>101%", "not above 1.01\n"),
        ("accuracy>0.99", "not above 0.99\n"),
        ("loss>80", "not above 80\n"),
    ],
)
def test_a_share_that_is_held_to_a_percentage(loss: Loss, condition: str, asks: str) -> None:
    ran = loss(*CALL, "-q", "--check", condition)
    assert ran.status == 1
    assert ran.err.endswith(asks)
