"""`loss reconcile`: the libraries' numbers, and the causes of numbers made with them."""

from __future__ import annotations

import json
import math
import shlex
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from losscli.commands.reconcile.asked import Asked
from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.condense import condense
from losscli.commands.reconcile.conventions import conventions
from losscli.commands.reconcile.printed import parse
from losscli.commands.reconcile.search import deviations_of, search
from losscli.contract.cases import Variant
from losscli.engine.arrays import array_source
from losscli.engine.compute import checked_options
from losscli.engine.problem.settings import Settings
from losscli.errors import LossError
from losscli.losses.declare.registry import find
from losscli.losses.index import INDEX
from tests.commands.reconcile.cases import CAUSES, CONVENTIONS, case_of
from tests.commands.reconcile.printed import printed_by
from tests.conftest import Loss
from tests.each import for_each

DIGITS = ("-i", "samples/digits/logits.npy", "-t", "samples/digits/labels.npy")
KERAS = 1e-6
"""Keras rounds its means to float32."""


def ids(row: dict[str, Any]) -> str:
    return str(row["id"])


@pytest.mark.parametrize("row", CONVENTIONS, ids=ids)
def test_a_library_returns_what_the_table_says(row: dict[str, Any]) -> None:
    told = {(c.library, c.call): c.value() for c in conventions(case_of(row))}
    assert set(told) == {(number["library"], number["call"]) for number in row["numbers"]}
    for number in row["numbers"]:
        value, expected = told[number["library"], number["call"]], float(number["value"])
        rtol = KERAS if number["library"] == "Keras" else 1e-9
        same = value == expected or (math.isnan(value) and math.isnan(expected))
        assert same or math.isclose(value, expected, rel_tol=rtol, abs_tol=1e-12), number


def test_every_library_and_the_main_losses_are_golden() -> None:
    libraries = Counter(number["library"] for row in CONVENTIONS for number in row["numbers"])
    assert set(libraries) == {"PyTorch", "Keras", "Optax", "scikit-learn", "torchmetrics"}
    assert min(libraries.values()) >= 30
    losses = {row["loss"] for row in CONVENTIONS}
    main = {"ce", "nll", "bce", "bce-logits", "mse", "l1", "huber", "kl-div", "hinge"}
    assert losses >= main | {"sigmoid-focal", "softmax-focal"}


@pytest.mark.parametrize("row", CAUSES, ids=ids)
def test_the_cause_is_the_first_match(row: dict[str, Any]) -> None:
    found = search(case_of(row), Asked((parse(row["value"], None),)))
    assert not found.agrees
    words = [deviation.words for deviation in found.matches[0].deviations]
    assert sorted(words) == sorted(row["cause"])


def test_there_are_many_causes() -> None:
    assert len(CAUSES) >= 40
    assert len({tuple(row["cause"]) for row in CAUSES}) >= 40


@pytest.mark.parametrize("row", CAUSES[::3], ids=ids)
def test_the_plain_number_agrees(row: dict[str, Any]) -> None:
    case = case_of(row)
    found = search(case, Asked((parse(f"{case.value(case.tally()):.5f}", None),)))
    assert found.agrees
    assert [match.deviations for match in found.matches] == [()]


@pytest.mark.parametrize("digits", [5, 6])
def test_a_random_number_has_no_cause(digits: int) -> None:
    rng = np.random.default_rng(11)
    hits = 0
    rows = CAUSES[:20:4]
    for row in rows:
        case = case_of(row)
        plain = case.value(case.tally())
        for factor in np.exp(0.7 * rng.normal(size=4)):
            found = search(case, Asked((parse(f"{plain * factor:.{digits}g}", None),)))
            hits += bool(found.matches) and not found.agrees
    assert hits <= len(rows) * 4 * (0.15 if digits == 5 else 0.05)


CE = [row for row in CAUSES if row["loss"] == "ce" and not row["cause"][0].startswith("the in")]


@pytest.mark.parametrize("row", CE[::4], ids=ids)
def test_a_condensed_case_gives_the_same_sums(row: dict[str, Any]) -> None:
    case = case_of(row)
    condensed = condense(case)
    whole, small = case.tally(), condensed.tally()
    for name in ("numerator", "denominator", "counted", "total"):
        assert math.isclose(getattr(whole, name), getattr(small, name), rel_tol=1e-13), name
    assert (case.class_counts == condensed.class_counts).all()
    for _, deviation in deviations_of(case):
        if deviation.on_labels and deviation.change:
            try:
                full, short = (deviation.change(one).tally() for one in (case, condensed))
            except LossError:
                continue
            assert math.isclose(full.numerator, short.numerator, rel_tol=1e-12), deviation.words
            assert math.isclose(full.denominator, short.denominator, rel_tol=1e-12)


def _saved(case: Case, folder: Path) -> list[str]:
    words = []
    for role, source in case.sources.items():
        path = folder / f"{role}.npy"
        np.save(path, source.read(0, source.shape[0]))
        words += [f"--{role}", str(path)]
    return words


def _typed(row: dict[str, Any]) -> list[str]:
    words = []
    for name, value in row.get("options", {}).items():
        text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
        words += [f"--{name.rstrip('_').replace('_', '-')}", text]
    return words


def _asked(row: dict[str, Any], folder: Path) -> list[str]:
    return ["reconcile", row["loss"], *_saved(case_of(row), folder), *_typed(row)]


def test_what_is_printed_gives_the_numbers(
    loss: Loss, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for row in CAUSES:
        ran = loss(*_asked(row, tmp_path), "--value", row["value"], "-f", "json")
        assert ran.status == 0, (row["id"], ran.err)
        match = json.loads(ran.out)["matches"][0]
        assert match["deviations"] != [], row["id"]
        number = printed_by(match["command"], loss)
        assert math.isclose(number, match["value"], rel_tol=1e-9), (row["id"], match["command"])


def test_softmax_twice_comes_with_its_command(loss: Loss) -> None:
    ran = loss("reconcile", "ce", *DIGITS, "--value", "1.5547")
    assert ran.status == 0
    assert ran.out.splitlines()[3] == "softmax is applied twice: before the loss, and inside"
    assert "loss softmax -i samples/digits/logits.npy -o softmax.npy" in ran.out


def test_no_match_is_reported_and_fails(loss: Loss) -> None:
    ran = loss("reconcile", "ce", *DIGITS, "--value", "0.731234")
    assert ran.status == 1
    assert "Nothing matches." in ran.out
    assert "label smoothing" in ran.out
    ran = loss("reconcile", "ce", *DIGITS, "--value", "0.731234", "-f", "json")
    told = json.loads(ran.out)
    assert ran.status == 1
    assert (told["schema"], told["value"], told["matches"]) == (1, 0.731234, [])
    assert told["tried"]["deviations"] > 80
    assert told["tried"]["pairs"] > 200


def test_agreement_is_reported_first(loss: Loss) -> None:
    ran = loss("reconcile", "ce", *DIGITS, "--value", "0.1430")
    assert ran.status == 0
    assert ran.out.splitlines()[1].startswith("They agree: 0.1430 ")


def test_conventions_as_json(loss: Loss) -> None:
    told = json.loads(loss("reconcile", "ce", *DIGITS, "-f", "json").out)
    assert told["schema"] == 1
    names = [row["library"] for row in told["conventions"]]
    assert names == ["PyTorch", "Keras", "Keras", "Optax", "scikit-learn", "torchmetrics"]
    assert set(told["conventions"][0]) == {"library", "call", "value", "note"}
    assert told["conventions"][0]["value"] == told["value"] == 0.14295297347585287


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--value-digits", "3"), "--value-digits"),
        (("-r", "none"), "--reduction"),
        (("-f", "csv"), "--format"),
        (("--value", "x"), "--value"),
    ],
)
def test_what_cannot_be_followed_is_refused(
    loss: Loss, arguments: tuple[str, ...], words: str
) -> None:
    ran = loss("reconcile", "ce", *DIGITS, *arguments)
    assert ran.status == 2
    assert words in ran.err
    assert len(ran.err.splitlines()) == 1


def test_a_file_that_the_loss_refuses_is_refused(loss: Loss, tmp_path: Path) -> None:
    np.save(tmp_path / "y.npy", np.full(450, 10))
    ran = loss("reconcile", "ce", *DIGITS[:2], "-t", tmp_path / "y.npy", "--value", "1")
    assert ran.status == 3
    assert len(ran.err.splitlines()) == 1


@pytest.mark.parametrize("name", sorted(INDEX))
def test_every_loss_can_be_reconciled(name: str, loss: Loss) -> None:
    example = shlex.split(find(name).facts["example"])[1:]
    ran = loss("reconcile", *example)
    assert ran.status == 0, ran.err
    ran = loss("reconcile", *example, "--value", "123.4567890123")
    assert ran.status == 1, ran.err
    value = float(loss(*example, "-q").out)
    assert loss("reconcile", *example, "--value", repr(value)).status == 0


def test_names_in_a_different_order_are_found(loss: Loss, tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    x, names = rng.normal(size=(40, 4)).round(3), ["dog", "cat", "horse", "bird"]
    y = rng.integers(0, 4, 40)
    rows = [",".join(names), *(",".join(map(str, row)) for row in x.tolist())]
    (tmp_path / "x.csv").write_text("\n".join(rows) + "\n")
    files = ["-i", tmp_path / "x.csv", "-t", tmp_path / "y.npy"]
    rank = np.argsort(np.argsort(names))
    np.save(tmp_path / "y.npy", rank[y])
    value = loss("ce", *files, "-q").out.strip()
    np.save(tmp_path / "y.npy", y)
    told = json.loads(loss("reconcile", "ce", *files, "--value", value, "-f", "json").out)
    assert "in their order by name" in told["matches"][0]["deviations"][0]


@for_each("seed", range(16))
def test_no_random_problem_breaks_it(seed: int) -> None:
    check_random(seed)


def check_random(seed: int) -> None:
    """Search a drawn problem for a number that nothing gives."""
    rng = np.random.default_rng(seed)
    n, c, t = (int(size) for size in rng.integers(1, 13, 3))
    shape = [(n, c), (n, c, t), (n, t, c)][seed % 3]
    axis = 2 if seed % 3 == 2 else 1
    x = rng.normal(size=shape) * rng.choice([1, 40])
    if seed % 5 == 0:
        x.flat[rng.integers(x.size)] = rng.choice([np.inf, -np.inf, np.nan])
    y = rng.integers(0, c, [size for at, size in enumerate(shape) if at != axis])
    ignored = int(rng.choice([-100, -1, 0, 255]))
    y[rng.random(y.shape) < 0.3] = ignored
    options: dict[str, Any] = {"ignore_index": ignored}
    if seed % 2:
        options["weight"] = array_source("weight", rng.random(c) * (rng.random(c) < 0.8))
    if seed % 4 == 0:
        options["label_smoothing"] = float(rng.choice([0.1, 1]))
    loss = find("ce")
    sources = {"input": array_source("input", x), "target": array_source("target", y)}
    weight = array_source("sample_weight", rng.random(n)) if seed % 7 == 0 else None
    settings = Settings(class_axis=axis)
    case = Case(loss, sources, checked_options(loss, options), settings, weight)
    for convention in conventions(case):
        convention.value()
    found = search(case, Asked((parse("0.1234567891", None),)))
    assert found.matches == []
    assert found.singles > 20


def test_a_declaration_is_enough_for_deviations() -> None:
    """What a loss declares of its input and options says what may have gone wrong with it."""
    words = {
        name: {deviation.words for _, deviation in deviations_of(_drawn(name))}
        for name in ("gce", "ctc", "soft-margin", "quantile", "triplet-margin")
    }
    assert "softmax is applied twice: before the loss, and inside" in words["gce"]
    assert "probabilities are clipped at 1e-7, as Keras does" in words["gce"]
    assert "probabilities where log-probabilities belong: no logarithm" in words["ctc"]
    assert {"bits: logarithms to the base 2", "zero-infinity is True"} <= words["ctc"]
    assert "the scores go through a sigmoid first" in words["soft-margin"]
    assert {"tau is 0.9", "l1: absolute error"} <= words["quantile"]
    assert {"margin is 0.5", "p is 1", "swap is True"} <= words["triplet-margin"]


def test_the_sum_of_terms_that_a_mean_divides_by_lengths() -> None:
    case = _drawn("ctc")
    whole = case.with_settings(reduction="sum")
    found = search(case, Asked((parse(f"{whole.value(whole.tally()):.7g}", None),)))
    assert [one.words for one in found.matches[0].deviations] == ["the sum, not the mean"]


def _drawn(name: str) -> Case:
    """Return a case with the numbers that the contract tests draw."""
    loss = find(name)
    variant = Variant(loss, tuple(role.kinds[0] for role in loss.roles))
    roles = variant.draw(np.random.default_rng(1)).roles
    sources = {role: array_source(role, values) for role, values in roles.items()}
    return Case(loss, sources, checked_options(loss, {}), Settings())


@pytest.mark.parametrize("samples", [40, 40_000])
def test_classes_on_the_first_axis(samples: int, loss: Loss, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(5, samples)), rng.integers(0, 5, samples)
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", y)
    p = np.exp(x) / np.exp(x).sum(axis=0)
    twice = np.log(np.exp(p).sum(axis=0)) - p[y, np.arange(samples)]
    files = ["-i", tmp_path / "x.npy", "-t", tmp_path / "y.npy", "--class-axis", "0"]
    ran = loss("reconcile", "ce", *files, "--value", f"{twice.mean():.6f}", "-f", "json")
    assert ran.status == 0, ran.err
    words = json.loads(ran.out)["matches"][0]["deviations"]
    assert words == ["softmax is applied twice: before the loss, and inside"]
