"""Entropy and its relatives: exact to the last digits, as given, and what the command says."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path

import mpmath  # type: ignore[import-untyped]
import numpy as np
import pytest
from numpy.typing import NDArray

from losscli.commands.entropy import distributions as entropy
from losscli.numerics.information import BASES, SYMBOLS, measured
from tests.conftest import ROOT, Loss, is_silent_or_an_error
from tests.each import for_each

Array = NDArray[np.float64]
P, Q = ROOT / "samples/entropy/p.csv", ROOT / "samples/entropy/q.csv"
PAIR = ("entropy", "-i", P, "-t", Q)


def measures(p: object, q: object, base: str = "e") -> dict[str, float]:
    a, b = (np.asarray(x, float)[:, np.newaxis] for x in (p, q))
    return {name: float(x[0]) for name, x in measured(a, b, BASES[base]).items()}


def reference(p: Array, q: Array, base: str) -> dict[str, mpmath.mpf]:
    """Return all measures by their definitions, with 60 digits."""
    size = mpmath.log({"e": mpmath.e, "2": 2, "10": 10}[base])
    a, b = ([mpmath.mpf(float(x)) for x in given] for given in (p, q))
    middle = [(x + y) / 2 for x, y in zip(a, b, strict=True)]

    def cross(x: list[mpmath.mpf], y: list[mpmath.mpf]) -> mpmath.mpf:
        pairs = zip(x, y, strict=True)
        terms = (-u * mpmath.log(v) if v else mpmath.inf for u, v in pairs if u)
        return mpmath.fsum(terms) / size

    def kl(x: list[mpmath.mpf], y: list[mpmath.mpf]) -> mpmath.mpf:
        return cross(x, y) - cross(x, x)

    return {
        "entropy": cross(a, a),
        "cross_entropy": cross(a, b),
        "kl_pq": kl(a, b),
        "kl_qp": kl(b, a),
        "js": (kl(a, middle) + kl(b, middle)) / 2,
    }


def near(rng: np.random.Generator, outcomes: int, gap: float) -> tuple[Array, Array]:
    """Return two distributions whose probabilities differ by about this share."""
    p = rng.dirichlet(np.full(outcomes, 2.0))
    q = np.clip(p * (1 + gap * rng.normal(size=outcomes)), 1e-9, 1)
    return p, q / q.sum()


@pytest.mark.parametrize("base", BASES)
@for_each("gap", [3.0, 0.5, 0.1, 1e-3, 1e-6, 1e-9, 1e-12, 0.0])
@for_each("outcomes", [1, 2, 5, 40])
def test_every_measure_is_exact(base: str, gap: float, outcomes: int) -> None:
    rng = np.random.default_rng(outcomes)
    with mpmath.workdps(80):
        for _ in range(4):
            p, q = near(rng, outcomes, gap)
            got, want = measures(p, q, base), reference(p, q, base)
            for name, value in want.items():
                assert abs(got[name] - value) <= 3e-15 * abs(value) + 1e-320, (name, p, q)


def test_extreme_probabilities() -> None:
    with mpmath.workdps(900):
        for p, q in (
            ([1e-300, 1 - 1e-16], [1.0, 1e-320]),
            ([5e-324, 1.0], [1e-310, 1.0]),
            ([1e-5, 1e-300], [1e-300, 1e-5]),
            ([1.0, 0.0], [1.0, 0.0]),
        ):
            got, want = measures(p, q), reference(np.array(p), np.array(q), "e")
            for name, value in want.items():
                if mpmath.isfinite(value):
                    assert abs(got[name] - value) <= 1e-14 * abs(value) + 1e-322, (name, p, q)


@pytest.mark.parametrize("base", BASES)
@for_each("outcomes", [1, 2, 3, 4, 8, 10, 1000])
def test_uniform_has_the_largest_entropy(base: str, outcomes: int) -> None:
    p = np.full(outcomes, 1 / outcomes)
    logarithm = {"e": math.log, "2": math.log2, "10": math.log10}[base]
    assert measures(p, p, base)["entropy"] == pytest.approx(logarithm(outcomes), rel=5e-16)
    for other in np.random.default_rng(1).dirichlet(np.ones(outcomes), 20):
        assert measures(other, p, base)["entropy"] <= logarithm(outcomes) + 1e-15


def test_powers_of_two_are_whole_bits() -> None:
    assert measures([0.5, 0.25, 0.125, 0.125], [0.25] * 4, "2") | {"js": 0} == {
        "entropy": 1.75,
        "cross_entropy": 2.0,
        "kl_pq": 0.25,
        "kl_qp": 0.25,
        "js": 0,
    }


@pytest.mark.parametrize("base", BASES)
def test_identities(base: str) -> None:
    rng = np.random.default_rng(2)
    one = math.log(2) / BASES[base].size
    for alpha in (0.05, 1.0, 50.0):
        for _ in range(30):
            p, q = rng.dirichlet(np.full(6, alpha), 2).clip(1e-12, 1)
            here, there = measures(p, q, base), measures(q, p, base)
            total = here["entropy"] + here["kl_pq"]
            assert here["cross_entropy"] == pytest.approx(total, rel=1e-15)
            assert (here["kl_pq"], here["kl_qp"]) == (there["kl_qp"], there["kl_pq"])
            assert here["js"] == there["js"]
            assert 0 <= here["js"] <= one * (1 + 1e-15)
            assert here["kl_pq"] > -1e-11
    assert measures(p, p, base) | {"entropy": 0, "cross_entropy": 0} == dict.fromkeys(SYMBOLS, 0)
    assert measures([1, 0], [0, 1], base)["js"] == pytest.approx(one, rel=1e-16)


def test_impossible_outcomes() -> None:
    found = measures([1, 0, 0], [0.7, 0.2, 0.1])
    assert found["kl_pq"] == pytest.approx(-math.log(0.7), rel=1e-15)
    assert found["entropy"] == 0
    assert not math.copysign(1, found["entropy"]) < 0
    assert found["kl_qp"] == math.inf
    assert measures([0.5, 0.5], [1, 0])["cross_entropy"] == math.inf
    both = measures([0.5, 0.5, 0], [0.25, 0.75, 0])
    assert both == pytest.approx(measures([0.5, 0.5], [0.25, 0.75]), rel=1e-15)


def test_columns_do_not_depend_on_their_neighbors() -> None:
    rng = np.random.default_rng(3)
    p, q = rng.dirichlet(np.ones(7), 50).T, rng.dirichlet(np.ones(7), 50).T
    whole = measured(p, q, BASES["e"])
    for i in range(50):
        assert {name: x[i] for name, x in whole.items()} == measures(p[:, i], q[:, i])


# --- the command ---------------------------------------------------------------------------------


def test_the_texts_numbers(loss: Loss) -> None:
    ran = loss(*PAIR)
    lines = dict(line.split(": ", 1) for line in ran.out.splitlines() if ": " in line)
    assert round(float(lines["KL(P||Q)"]), 4) == 0.3567
    assert lines["identity"].startswith("H(P,Q) = H(P) + KL(P||Q): 0.35667494393873")
    assert round(float(loss("entropy", "-q", "-i", "-", stdin=b"0.5,0.2,0.3\n").out), 4) == 1.0297


def test_the_pipes_table_names_outcomes(loss: Loss) -> None:
    ran = loss(*PAIR)
    lines = ran.out.splitlines()
    assert lines[0] == "entropy: 3 outcomes, in nats"
    assert lines[1].split() == ["outcome", "p", "-log(p)", "q", "-log(q)"]
    assert lines[2].split() == ["sun", "1.0", "0.0", "0.7", repr(-math.log(0.7))]
    assert lines[3].split()[:3] == ["rain", "0.0", "inf"]
    assert ran.status == 4
    assert ran.err == (
        "loss: samples/entropy/p.csv line 2 column 2: P is 0 where Q is 0.2, so KL(Q||P) is "
        "infinite; give P above 0\n"
    ).replace("samples/", f"{ROOT}/samples/")


def test_quiet_prints_one_number_per_distribution(loss: Loss) -> None:
    ran = loss(*PAIR, "-q")
    assert (ran.status, ran.out, ran.err) == (0, f"{-math.log(0.7)!r}\n", "")
    rows = b"0.5,0.5\n0.25,0.75\n1,0\n"
    printed = loss("entropy", "--log-base", "2", "-f", "value", "-i", "-", stdin=rows).out.split()
    assert [float(x) for x in printed] == [1.0, pytest.approx(0.8112781244591328), 0.0]


def test_json_is_strict_and_whole(loss: Loss) -> None:
    printed = json.loads(loss(*PAIR, "-f", "json").out, parse_constant=pytest.fail)
    assert printed["schema"] == 1
    assert printed["names"] == ["sun", "rain", "snow"]
    assert printed["kl_qp"] == ["inf"]
    assert printed["information"] == [[0.0, "inf", "inf"]]
    assert printed["mean"]["kl_pq"] == printed["kl_pq"][0] == -math.log(0.7)
    assert set(SYMBOLS) <= set(printed)
    alone = json.loads(loss("entropy", "-i", Q, "-f", "json").out)
    assert "kl_pq" not in alone
    assert alone["unit"] == "nats"


@pytest.mark.parametrize("form", ["csv", "tsv"])
def test_separated_rows(
    loss: Loss, form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(4)
    p, q = rng.dirichlet(np.ones(4), 30), rng.dirichlet(np.ones(4), 30)
    np.save(tmp_path / "p.npy", p)
    np.save(tmp_path / "q.npy", q)
    monkeypatch.setattr(entropy, "CELLS", 20)
    ran = loss("entropy", "-i", tmp_path / "p.npy", "-t", tmp_path / "q.npy", "-f", form)
    rows = list(csv.reader(io.StringIO(ran.out), delimiter="\t" if form == "tsv" else ","))
    assert rows[0] == ["index", *SYMBOLS, *(f"information_{i}" for i in range(4))]
    for i, row in enumerate(rows[1:]):
        assert [float(x) for x in row] == [
            i,
            *measures(p[i], q[i]).values(),
            *(-np.log(p[i])).tolist(),
        ]


def test_many_distributions_show_their_means(loss: Loss) -> None:
    lines = loss(
        "entropy", "-i", "-", "-n", "2", stdin=b"1,0\n.5,.5\n.5,.5\n0,1\n"
    ).out.splitlines()
    assert lines[0] == "entropy: 4 distributions, 2 outcomes, in nats"
    assert [line.split()[0] for line in lines[2:5]] == ["0", "...", "3"]
    assert lines[-1] == f"mean H(P): {math.log(2) / 2!r}"


@pytest.mark.parametrize("shape", [(3,), (1, 3), (3, 1)])
def test_a_vector_a_row_and_a_column_are_one_distribution(
    loss: Loss, shape: tuple[int, ...], tmp_path: Path
) -> None:
    np.save(tmp_path / "p.npy", np.reshape([0.5, 0.2, 0.3], shape))
    np.save(tmp_path / "bad.npy", np.reshape([0.5, 0.2, -0.3], shape))
    ran = loss("entropy", "-q", "-i", tmp_path / "p.npy", "-t", Q)
    assert float(ran.out) == measures([0.5, 0.2, 0.3], [0.7, 0.2, 0.1])["cross_entropy"]
    ran = loss("entropy", "-q", "-i", tmp_path / "bad.npy")
    assert ran.status == 3
    assert ("row 3" in ran.err) == (shape != (1, 3))
    assert ("column 3" in ran.err) == (shape == (1, 3))


def test_both_may_be_in_one_file(loss: Loss, tmp_path: Path) -> None:
    path = tmp_path / "both.yaml"
    path.write_text("p: [1, 0, 0]\nq: [0.7, 0.2, 0.1]\n")
    assert loss("entropy", "-q", "-i", path, "-t", "::q").out == loss(*PAIR, "-q").out
    table = tmp_path / "both.csv"
    table.write_text("p,q\n1,0.7\n0,0.2\n0,0.1\n")
    ran = loss("entropy", "-q", "-i", f"{table}::p", "-t", f"{table}::q")
    assert ran.out == loss(*PAIR, "-q").out


def test_sums_other_than_1_are_warned_about_and_kept(loss: Loss) -> None:
    ran = loss("entropy", "-q", "-i", "-", stdin=b"0.5,0.5\n0.5,0.4\n0.2,0.2\n")
    assert ran.status == 0
    assert float(ran.out.split()[1]) == measures([0.5, 0.4], [1, 1])["entropy"]
    assert ran.err == (
        "warning: standard input line 2 column 1: the probabilities sum to 0.9, not to 1 "
        "(2 of 3); computed as given [L105]\n"
    )
    thirds = loss("entropy", "-q", "-i", "-", stdin=b"0.33,0.33,0.33\n")
    assert thirds.err == ""
    assert loss("entropy", "-q", "--no-warn", "-i", "-", stdin=b"0.5,0.4\n").err == ""


@pytest.mark.parametrize(
    ("p", "q", "status", "words"),
    [
        (
            "0.5,0.5",
            "1,0",
            4,
            "q.csv line 1 column 2: Q is 0 where P is 0.5, so H(P,Q)",
        ),
        ("1,0", "0.5,0.5", 4, "p.csv line 1 column 2: P is 0 where Q is 0.5, so KL(Q||P)"),
        ("nan,1", "0.5,0.5", 4, "p.csv line 1 column 1: input is nan"),
        ("0.5,0.5", "0.5,nan", 4, "q.csv line 1 column 2: target is nan"),
        ("1.5,0.5", "0.5,0.5", 3, "p.csv line 1 column 1: input 1.5 is not in [0, 1]"),
        ("0.5,0.5", "0.5,-0.5", 3, "q.csv line 1 column 2: target -0.5 is not in [0, 1]"),
        ("0.5,0.5", "0.5,0.25,0.25", 3, "q.csv: target holds one distribution of 3 outcomes"),
        ("0.5,0.5", "0.5,0.5\n1,0", 3, "2 distributions of 2 outcomes"),
        ("a,b\n0,1", "b,a\n0,1", 3, "in a different order"),
        ("inf,0", "0,1", 3, "input inf is not in [0, 1]"),
    ],
)
def test_what_is_refused_or_not_finite(
    loss: Loss, p: str, q: str, status: int, words: str, tmp_path: Path
) -> None:
    (tmp_path / "p.csv").write_text(p + "\n")
    (tmp_path / "q.csv").write_text(q + "\n")
    ran = loss("entropy", "-i", tmp_path / "p.csv", "-t", tmp_path / "q.csv")
    assert ran.status == status
    assert words in ran.err
    assert bool(ran.out) == (status == 4)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--log-base", "3"], "'3' is not one of e, 2, 10"),
        (["-f", "jsonl"], "'jsonl' is not one of table, json, csv, tsv, markdown, value"),
        (["-q", "-f", "json"], "remove -q"),
    ],
)
def test_wrong_options(loss: Loss, options: list[str], words: str) -> None:
    ran = loss(*PAIR, *options)
    assert ran.status == 2
    assert is_silent_or_an_error(ran)
    assert words in ran.err
    assert loss("entropy").status == 2
    assert "--input is missing" in loss("entropy").err


def test_shapes_that_are_refused(loss: Loss, tmp_path: Path) -> None:
    for shape in ((2, 2, 2), (0, 3), (0,), ()):
        np.save(tmp_path / "p.npy", np.zeros(shape))
        ran = loss("entropy", "-i", tmp_path / "p.npy")
        assert (ran.status, ran.out) == (3, "")
