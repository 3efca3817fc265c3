"""Two outputs compared: figures, files, refusals, statuses."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from losscli.commands.compare.comparison import Comparison, compare
from losscli.commands.compare.figures import Figures, figures_of, worst
from losscli.commands.compare.pair import pair
from losscli.engine.problem.settings import Settings
from losscli.errors import DataError
from losscli.numerics.arrays import Array
from losscli.numerics.elementary import quantiles
from losscli.readers.source import ArraySource
from tests.conftest import ROOT, Loss
from tests.examples import Session, output
from tests.forked import forked

DIGITS = ROOT / "samples" / "digits"
CALL = ("compare", "-i", DIGITS / "logits_int4.npy", "--reference", DIGITS / "logits.npy")
TARGETS = ("-t", DIGITS / "labels.npy")


def compared(x: Array, r: Array, y: Array | None = None, **how: Any) -> Comparison:
    """Compare arrays."""
    sources = {"input": ArraySource(np.asarray(x), "input")}
    sources["reference"] = ArraySource(np.asarray(r), "reference")
    if y is not None:
        sources["target"] = ArraySource(np.asarray(y), "target")
    settings = Settings(class_axis=how.pop("class_axis", None))
    problem = pair(sources, how.pop("form", "logits"), how.pop("ignore_index", -100), settings)
    return compare(problem, **how)


def figures(*arrays: Array, **how: Any) -> Figures:
    return figures_of(compared(*arrays, **how), 0.1)


# --- the whole -----------------------------------------------------------------------------------


def test_the_digits_and_their_four_bit_twin(loss: Loss) -> None:
    ran = loss(*CALL, *TARGETS, "-f", "json")
    printed = json.loads(ran.out)
    assert (ran.status, ran.err) == (0, "")
    assert printed["schema"] == 1
    assert printed["n"] == 450
    assert round(printed["kl"]["mean"], 7) == 0.0066792
    assert round(printed["same_top1"], 5) == 0.99111
    assert list(printed["kl"]["quantiles"]) == ["0.5", "0.9", "0.99", "0.999"]
    for role, name in (("reference", "logits"), ("input", "logits_int4")):
        own = loss("ce", "-i", DIGITS / f"{name}.npy", *TARGETS, "-f", "json", "--no-per-sample")
        value = json.loads(own.out)
        assert printed["loss"][role] == value["value"]
        assert printed["accuracy"][role] == value["summary"]["accuracy"]
    change = printed["loss"]["input"] - printed["loss"]["reference"]
    assert printed["delta_loss"]["mean"] == pytest.approx(change, rel=1e-12)
    assert [row["index"] for row in printed["worst"]] == [54, 287, 21, 261, 303]
    assert loss(*CALL, "-q").out == f"{printed['kl']['mean']!r}\n"


def test_figures_follow_their_definitions() -> None:
    rng = np.random.default_rng(3)
    r = rng.normal(0, 2, (400, 8))
    x = r + rng.normal(0, 0.5, r.shape)
    y = rng.integers(0, 8, 400)
    found = figures(x, r, y)

    def log_softmax(z: Array) -> Array:
        logs: Array = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        return logs

    lp, lq = log_softmax(r), log_softmax(x)
    kl = (np.exp(lp) * (lp - lq)).sum(axis=1)
    assert found.kl["mean"] == pytest.approx(kl.mean(), rel=1e-10)
    assert found.kl["stderr"] == pytest.approx(kl.std(ddof=1) / 20, rel=1e-10)
    assert found.kl["max"] == pytest.approx(kl.max(), rel=1e-10)
    assert list(found.kl["quantiles"].values()) == pytest.approx(
        np.quantile(kl, [0.5, 0.9, 0.99, 0.999]), rel=1e-10
    )
    rows = np.arange(400)
    delta = np.exp(lq[rows, y]) - np.exp(lp[rows, y])
    assert found.delta_p
    assert found.delta_loss
    assert found.delta_p["mean"] == pytest.approx(delta.mean(), rel=1e-10)
    assert found.delta_p["rms"] == pytest.approx(np.sqrt((delta**2).mean()), rel=1e-10)
    assert [found.delta_p["min"], found.delta_p["max"]] == pytest.approx([delta.min(), delta.max()])
    change = lp[rows, y] - lq[rows, y]
    assert found.delta_loss["mean"] == pytest.approx(change.mean(), rel=1e-10)
    assert found.delta_loss["stderr"] == pytest.approx(change.std(ddof=1) / 20, rel=1e-10)
    assert found.delta_loss["moved"] == np.count_nonzero(np.abs(change) > 0.1)
    assert found.same_top1 == (r.argmax(axis=1) == x.argmax(axis=1)).mean()
    fives = [set(z.argsort(axis=1)[i, -5:]) for z in (r, x) for i in range(400)]
    assert found.same_top5 == np.mean([fives[i] == fives[i + 400] for i in range(400)])
    d = x - r
    assert found.max_abs == np.abs(d).max()
    assert found.max_abs_free == pytest.approx(((d.max(axis=1) - d.min(axis=1)) / 2).max())


def test_a_constant_a_row_changes_the_largest_difference_only() -> None:
    r = np.random.default_rng(4).normal(0, 2, (30, 6))
    found = figures(r + 8.0, r)
    assert found.max_abs == pytest.approx(8)
    assert found.max_abs_free == pytest.approx(0, abs=1e-14)
    assert found.kl["mean"] < 1e-28
    masked = np.where(np.arange(6) == 2, -np.inf, r)
    found = figures(masked + 8.0, masked)
    assert found.max_abs == pytest.approx(8)
    assert found.kl["max"] < 1e-28


def test_ties_go_to_the_first_class() -> None:
    r = np.zeros((1, 7))
    x = r.copy()
    x[0, 4] = 1.0
    found = figures(x, r)
    assert (found.same_top1, found.same_top5) == (0, 1)
    x[0, 6] = 1.0
    assert figures(x, r).same_top5 == 0
    assert figures(np.zeros((3, 5)), np.zeros((3, 5))).same_top5 is None


def test_quantiles_are_linear_between_values() -> None:
    values = np.array([3.0, 1.0, 2.0, 10.0])
    assert quantiles(values, [0, 0.5, 0.9, 1]) == pytest.approx(
        np.quantile(values, [0, 0.5, 0.9, 1])
    )
    inf = math.inf
    assert quantiles(np.array([1.0, inf, inf]), [0.5, 0.75, 0.9]) == [inf, inf, inf]
    assert all(map(math.isnan, quantiles(np.array([1.0, math.nan]), [0.5])))
    assert quantiles(np.array([4.0]), [0.1, 0.999]) == [4, 4]


def test_further_axes_and_the_class_axis() -> None:
    rng = np.random.default_rng(5)
    r, x = rng.normal(size=(6, 9, 4)), rng.normal(size=(6, 9, 4))
    y = rng.integers(0, 9, (6, 4))
    flat = figures(*(z.transpose(0, 2, 1).reshape(24, 9) for z in (x, r)), y.reshape(-1))
    assert figures(x, r, y) == flat
    assert figures(x.transpose(0, 2, 1), r.transpose(0, 2, 1), y, class_axis=2) == flat
    rows = figures(x[:, :, 0].T, r[:, :, 0].T, y[:, 0], class_axis=0)
    assert rows == figures(x[:, :, 0], r[:, :, 0], y[:, 0])


def test_ignored_samples_count_nowhere() -> None:
    rng = np.random.default_rng(6)
    r, x = rng.normal(size=(2, 40, 8))
    y = rng.integers(0, 8, 40)
    keep = np.arange(40) % 3 != 0
    hidden, other = np.where(keep, y, -100), x.copy()
    other[~keep] = np.nan
    assert figures(other, r, hidden) == figures(x[keep], r[keep], y[keep])
    found = compared(other, r, hidden, top=50)
    assert found.outcome.partial.ignored == 14
    assert len(worst(found)) == 26
    assert figures(x, r, np.where(keep, y, 7), ignore_index=7).kl["max"] > 0


@pytest.mark.parametrize("classes", [3, 300])
def test_threads_and_tiles_change_no_bit(classes: int) -> None:
    rng = np.random.default_rng(8)
    r = rng.normal(0, 2, (600_000 // classes, classes)).astype(np.float32)
    x = r + rng.normal(0, 0.1, r.shape).astype(np.float32)
    y = rng.integers(0, classes, len(r))
    one, three = (compared(x, r, y, threads=threads, top=3) for threads in (1, 3))
    assert one.problem.grid.n > one.problem.grid.tile_rows
    assert one.totals == three.totals
    assert figures_of(one, 0.1) == figures_of(three, 0.1)
    for name, kept in one.kept.items():
        assert np.array_equal(kept.read(0, kept.size), three.kept[name].read(0, kept.size))


def test_shifted_targets() -> None:
    rng = np.random.default_rng(9)
    r, x = rng.normal(size=(2, 4, 9, 6))
    y = rng.integers(0, 6, (4, 9))

    def shifted(axis: int, *outputs: Array) -> Comparison:
        arrays = dict(zip(("input", "reference", "target"), (*outputs, y), strict=True))
        sources = {name: ArraySource(array, name) for name, array in arrays.items()}
        return compare(pair(sources, "logits", -100, Settings(class_axis=axis, shift=True)))

    found = figures_of(shifted(2, x, r), 0.1)
    turned = figures_of(shifted(1, x.transpose(0, 2, 1), r.transpose(0, 2, 1)), 0.1)
    plain = figures(x[:, :-1], r[:, :-1], y[:, 1:], class_axis=2)
    assert found == plain == turned


def test_what_is_not_apart_is_no_worst_sample(loss: Loss) -> None:
    same = ("compare", "-i", DIGITS / "logits.npy", "--reference", DIGITS / "logits.npy")
    found = json.loads(loss(*same, *TARGETS, "-f", "json").out)
    assert found["worst"] == []
    assert (found["kl"]["mean"], found["delta_loss"]["mean"], found["same_top1"]) == (0, 0, 1)
    assert "index" not in loss(*same).out


# --- the command ---------------------------------------------------------------------------------


def test_gates(loss: Loss) -> None:
    assert loss(*CALL, "-q", "--tolerance", "0.007").status == 0
    closed = loss(*CALL, "-q", "--tolerance", "0.006")
    assert (closed.status, float(closed.out) > 0.0066) == (1, True)
    assert "is above --tolerance 0.006" in closed.err
    assert loss(*CALL, *TARGETS, "-q", "--max-delta", "0.011").status == 0
    closed = loss(*CALL, *TARGETS, "-q", "--max-delta", "0.01")
    assert closed.status == 1
    assert "the loss rises by 0.0107" in closed.err
    better = ("compare", "-i", DIGITS / "logits.npy", "--reference", DIGITS / "logits_int4.npy")
    assert loss(*better, *TARGETS, "-q", "--max-delta", "0").status == 0


def test_every_sample_as_rows(loss: Loss, tmp_path: Path) -> None:
    for name, delimiter in (("csv", ","), ("tsv", "\t")):
        printed = loss(*CALL, *TARGETS, "-f", name).out
        path = tmp_path / f"rows.{name}"
        assert loss(*CALL, *TARGETS, "-q", "-o", path).status == 0
        assert path.read_text() == printed
        rows = list(csv.DictReader(io.StringIO(printed), delimiter=delimiter))
        assert len(rows) == 450
    whole = json.loads(loss(*CALL, *TARGETS, "-f", "json", "--top", "3").out)
    assert [rows[row["index"]] for row in whole["worst"]] == [
        {key: str(value) for key, value in row.items()} for row in whole["worst"]
    ]
    assert math.fsum(float(row["kl"]) for row in rows) / 450 == pytest.approx(whole["kl"]["mean"])
    lines = [json.loads(line) for line in loss(*CALL, "-f", "jsonl").out.splitlines()]
    assert list(lines[0]) == ["index", "reference", "input", "kl"]
    loss(*CALL, "-q", "-o", tmp_path / "kl.npy")
    assert np.load(tmp_path / "kl.npy").tolist() == [line["kl"] for line in lines]


def test_rows_of_ignored_samples_hold_their_label_alone(loss: Loss, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", input=np.eye(3), reference=np.eye(3), target=[2, -100, 0])
    ran = loss("compare", "-i", tmp_path / "a.npz", "-t", f"{tmp_path}/a.npz::target", "-f", "csv")
    assert ran.out.splitlines()[2] == "1,-100,,,,,,,"
    assert "reference is read from" in ran.err


def test_names_of_classes(loss: Loss, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("cat,dog\n1,2\n3,1\n")
    (tmp_path / "r.csv").write_text("cat,dog\n2,1\n3,1\n")
    (tmp_path / "y.csv").write_text("label\ndog\ncat\n")
    call = ("compare", "-i", tmp_path / "x.csv", "--reference", tmp_path / "r.csv")
    ran = loss(*call, "-t", tmp_path / "y.csv", "-f", "json")
    row = json.loads(ran.out)["worst"][0]
    assert (row["target"], row["reference"], row["input"]) == ("dog", "cat", "dog")
    (tmp_path / "r.csv").write_text("dog,cat\n1,2\n1,3\n")
    ran = loss(*call)
    assert (ran.status, ran.out) == (3, "")
    assert "another order" in ran.err


@pytest.mark.parametrize(
    ("options", "status", "words"),
    [
        (("-i", "a.npy"), 2, "--reference is missing"),
        (("--reference", "a.npy"), 2, "--input is missing"),
        (("-i", "a.npy", "--reference", "b.npy"), 3, "reference has shape (4, 2), expected (4, 3)"),
        (("-i", "a.npy", "--reference", "c.npy"), 3, "reference has shape (3, 3), expected (4, 3)"),
        (("-i", "a.npy", "--reference", "a.npy", "-t", "b.npy"), 3, "expected (4,)"),
        (("-i", "a.npy", "--reference", "a.npy", "-t", "y.npy"), 3, "label 3 is not in 0..2"),
        (("-i", "a.npy", "--reference", "a.npy", "--max-delta", "1"), 2, "needs --target"),
        (("-i", "a.npy", "--reference", "a.npy", "--moved", "1"), 2, "needs --target"),
        (("-i", "a.npy", "--reference", "a.npy", "--shift"), 2, "needs --target"),
        (("-i", "a.npy", "--reference", "a.npy", "--from", "softmax"), 2, "is not one of logits"),
        (("-i", "a.npy", "--reference", "a.npy", "--from", "probs"), 3, "not in [0, 1]"),
        (("-i", "a.npy", "--reference", "a.npy", "-q", "-f", "json"), 2, "remove -q"),
        (("-i", "a.npy", "--reference", "a.npy", "-f", "xml"), 2, "is not one of table"),
        (("-i", "a.npy", "--reference", "a.npy", "--tolerance", "nan"), 2, "not finite"),
        (("-i", "a.npy", "--reference", "a.npy", "-o", "a.npy"), 2, "is an input as well"),
        (("-i", "a.npy", "--reference", "a.npy", "-o", "x.pdf"), 2, "the extension must be"),
    ],
)
def test_refusals(
    loss: Loss,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: Any,
    status: int,
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("a.npy", np.arange(12.0).reshape(4, 3) - 5)
    np.save("b.npy", np.zeros((4, 2)))
    np.save("c.npy", np.zeros((3, 3)))
    np.save("y.npy", [0, 1, 2, 3])
    ran = loss("compare", *options)
    assert (ran.status, ran.out, ran.err.count("\n")) == (status, "", 1), ran
    assert words in ran.err


@pytest.mark.parametrize(
    ("x", "r", "words"),
    [
        (
            [[0, np.nan], [0, 1]],
            [[0, 1], [0, 1]],
            "row 1 column 2 (index [0, 1]): the input is nan",
        ),
        (
            [[0, 1], [0, 1]],
            [[0, 1], [np.inf, 1]],
            "row 2 column 1 (index [1, 0]): the reference is",
        ),
        ([[0, 1], [-np.inf, -np.inf]], [[0, 1], [0, 1]], "holds -inf for every class"),
        ([[0, 1], [0, -np.inf]], [[0, 1], [0, 1]], "the input gives probability 0 to a class"),
    ],
)
def test_what_is_not_finite_is_named(
    loss: Loss, tmp_path: Path, x: Any, r: Any, words: str
) -> None:
    np.save(tmp_path / "x.npy", np.array(x, float))
    np.save(tmp_path / "r.npy", np.array(r, float))
    call = ("compare", "-i", tmp_path / "x.npy", "--reference", tmp_path / "r.npy")
    for form in ("json", "table", "value"):
        ran = loss(*call, "-f", form)
        assert ran.status == 4
        assert words in ran.err
    json.loads(loss(*call, "-f", "json").out, parse_constant=lambda word: pytest.fail(word))


def test_all_ignored_is_nothing_to_compare(loss: Loss, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.eye(3))
    np.save(tmp_path / "y.npy", [-100, -100, -100])
    call = ("compare", "-i", tmp_path / "x.npy", "--reference", tmp_path / "x.npy")
    ran = loss(*call, "-t", tmp_path / "y.npy")
    assert ran.status == 4
    assert "all 3 targets are ignored" in ran.err


def test_a_target_without_probability(loss: Loss, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([[0, -np.inf], [0, 1]]))
    np.save(tmp_path / "y.npy", [1, 1])
    call = ("compare", "-i", tmp_path / "x.npy", "--reference", tmp_path / "x.npy")
    ran = loss(*call, "-t", tmp_path / "y.npy")
    assert ran.status == 4
    assert "the input gives the target probability 0" in ran.err
    assert loss(*call).status == 0


def test_warnings_are_those_of_the_losses(loss: Loss, tmp_path: Path) -> None:
    p = np.full((20, 4), 0.25)
    np.save(tmp_path / "p.npy", p)
    call = ("compare", "-i", tmp_path / "p.npy", "--reference", tmp_path / "p.npy")
    assert "softmax is applied twice" in loss(*call).err
    assert loss(*call, "--from", "probs").err == ""
    np.save(tmp_path / "p.npy", p / 2)
    assert "not to 1" in loss(*call, "--from", "probs").err


def test_shapes_of_arrays_are_refused_in_python() -> None:
    with pytest.raises(DataError, match="expected"):
        compared(np.zeros((3, 2)), np.zeros((2, 3)))


@pytest.mark.parametrize("width", [60, 80, 140])
def test_the_table_fits(width: int) -> None:
    names = "samples/digits/logits"
    call = f"loss compare -i {names}_int4.npy --reference {names}.npy"
    lines = output(Session(f"{call} -t samples/digits/labels.npy", "", width)).splitlines()
    assert max(map(len, lines)) <= width
    assert any(line.split()[:4] == ["mean", "KL", "0.006679", "±"] for line in lines)
    assert any(line.split()[:1] == ["54"] for line in lines)
    assert ("change of p" in " ".join(lines)) == (width == 140)


def test_in_a_pipe_every_digit_is_kept() -> None:
    arguments = ["compare", "-i", "samples/digits/logits_int4.npy"]
    ran = forked([*arguments, "--reference", "samples/digits/logits.npy"])
    text = ran.out.decode()
    assert "mean KL: 0.006679181214502722 +- 0.0005590290402832581 nats" in text
    assert text.isascii()
    assert "\x1b" not in text
