"""The figures of two outputs compared follow their definitions."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from losscli.commands.compare.comparison import Comparison
from losscli.commands.compare.figures import Figures, figures_of, worst
from losscli.commands.compare.pair import pair
from losscli.engine.problem.problem import Problem
from losscli.engine.problem.settings import Settings
from losscli.engine.run import Wanted, run
from losscli.errors import DataError
from losscli.numerics.arrays import Array
from losscli.numerics.elementary import quantiles
from losscli.readers.source import ArraySource
from tests.conftest import ROOT, Loss

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
    return ran(problem, **how)


def ran(problem: Problem, *, every: bool = False, **how: Any) -> Comparison:
    """Run a comparison."""
    found = Comparison(problem, every=every)
    found.outcome = run(problem, Wanted(observers=(found,), **how))
    return found


def figures(*arrays: Array, **how: Any) -> Figures:
    return figures_of(compared(*arrays, **how), 0.1)


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


def test_a_constant_per_row_changes_only_the_largest_difference() -> None:
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
    r = rng.normal(0, 2, (3_000_000 // classes, classes)).astype(np.float32)
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
        return ran(pair(sources, "logits", -100, Settings(class_axis=axis, shift=True)))

    found = figures_of(shifted(2, x, r), 0.1)
    turned = figures_of(shifted(1, x.transpose(0, 2, 1), r.transpose(0, 2, 1)), 0.1)
    plain = figures(x[:, :-1], r[:, :-1], y[:, 1:], class_axis=2)
    assert found == plain == turned


def test_equal_samples_are_not_listed_as_worst(loss: Loss) -> None:
    same = ("compare", "-i", DIGITS / "logits.npy", "--reference", DIGITS / "logits.npy")
    found = json.loads(loss(*same, *TARGETS, "-f", "json").out)
    assert found["worst"] == []
    assert (found["kl"]["mean"], found["delta_loss"]["mean"], found["same_top1"]) == (0, 0, 1)
    assert "index" not in loss(*same).out


def test_shapes_of_arrays_are_refused_in_python() -> None:
    with pytest.raises(DataError, match="expected"):
        compared(np.zeros((3, 2)), np.zeros((2, 3)))
