"""Where a loss comes from: by class, by group, by size; how sure its mean is; shifted targets."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import losscli
from losscli.engine.breakdown.histogram import MOST, borders
from tests.conftest import ROOT, Loss
from tests.examples import Session, output

DIGITS = ROOT / "samples" / "digits"
TABLE = f"{DIGITS}/predictions.csv"
CALL = ("ce", "-i", f"{TABLE}::zero-nine", "-t", f"{TABLE}::label")
WEIGHT = ("--weight", "0.5,1,2,1,1,1,3,1,1,0.25")


@pytest.fixture
def saved(tmp_path: Path) -> Any:
    """Write arrays to a file each and return their paths."""

    def save(**arrays: Any) -> dict[str, str]:
        for name, array in arrays.items():
            np.save(tmp_path / f"{name}.npy", array)
        return {name: str(tmp_path / f"{name}.npy") for name in arrays}

    return save


def printed(loss: Loss, *arguments: str | Path) -> dict[str, Any]:
    """Return what JSON says."""
    ran = loss(*arguments, "-f", "json")
    assert ran.status == 0, ran
    found: dict[str, Any] = json.loads(ran.out)
    return found


def groups_file(tmp_path: Path, labels: list[Any]) -> Path:
    path = tmp_path / "groups.csv"
    path.write_text("\n".join(map(str, labels)) + "\n")
    return path


# --- by class ------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [(), WEIGHT])
def test_classes_add_up_to_the_whole(loss: Loss, options: tuple[str, ...]) -> None:
    found = printed(loss, *CALL, *options, "--by", "target")
    classes = found["by"]["target"]
    labels = np.load(DIGITS / "labels.npy")
    weight = np.array([float(x) for x in WEIGHT[1].split(",")]) if options else np.ones(10)
    assert [row["target"] for row in classes][:3] == ["zero", "one", "two"]
    assert [row["count"] for row in classes] == np.bincount(labels).tolist()
    losses = np.array(found["per_sample"])
    for cls, row in enumerate(classes):
        own = losses[labels == cls]
        assert row["mean"] == pytest.approx(own.sum() / (len(own) * weight[cls]), rel=1e-13)
        assert row["share"] == pytest.approx(own.sum() / losses.sum(), rel=1e-13)
    assert math.fsum(row["share"] for row in classes) == pytest.approx(1)
    right = math.fsum(row["accuracy"] * row["count"] for row in classes)
    assert right / 450 == pytest.approx(found["summary"]["accuracy"])


def test_classes_without_a_term_and_ignored_ones(loss: Loss, saved: Any) -> None:
    x = np.random.default_rng(0).normal(size=(6, 4))
    files = saved(x=x, y=np.array([0, 0, 1, -100, 1, -100]))
    call = ("ce", "-i", files["x"], "-t", files["y"], "--by", "target")
    classes = printed(loss, *call)["by"]["target"]
    assert [row["count"] for row in classes] == [2, 2, 0, 0]
    assert (classes[2]["mean"], classes[2]["accuracy"], classes[2]["share"]) == ("nan", "nan", 0)
    rows = [line.split() for line in loss(*call).out.splitlines()]
    assert ["2", "0", "-", "-", "0.0"] in rows


def test_class_probabilities_count_for_the_most_probable(loss: Loss, saved: Any) -> None:
    files = saved(x=np.zeros((2, 3)), y=np.array([[0.2, 0.5, 0.3], [0.6, 0.2, 0.2]]))
    found = printed(loss, "ce", "-i", files["x"], "-t", files["y"], "--by", "target")
    assert [row["count"] for row in found["by"]["target"]] == [1, 1, 0]


def test_labels_of_two_values_are_classes(loss: Loss, saved: Any) -> None:
    x, y = np.array([0.3, 0.8, 0.4]), np.array([0.0, 1.0, 1.0])
    files = saved(x=x, y=y, soft=np.array([0.0, 0.5, 1.0]), signs=2 * y - 1)
    found = printed(loss, "bce", "-i", files["x"], "-t", files["y"], "--by", "target")
    assert [(row["target"], row["count"]) for row in found["by"]["target"]] == [(0, 1), (1, 2)]
    assert "accuracy" not in found["by"]["target"][0]
    signs = printed(loss, "hinge", "-i", files["x"], "-t", files["signs"], "--by", "target")
    assert [row["target"] for row in signs["by"]["target"]] == [-1, 1]
    ran = loss("bce", "-i", files["x"], "-t", files["soft"], "--by", "target")
    assert (ran.status, ran.out) == (3, "")
    assert "row 2: target 0.5 is neither 0 nor 1" in ran.err
    ran = loss("mse", "-i", files["x"], "-t", files["y"], "--by", "target")
    assert (ran.status, "mse has no target classes" in ran.err) == (2, True)


# --- groups --------------------------------------------------------------------------------------


def test_groups_by_words(loss: Loss, tmp_path: Path) -> None:
    words = [("north", "south", "east coast")[i % 3 if i < 300 else 0] for i in range(450)]
    found = printed(loss, *CALL, "--groups", groups_file(tmp_path, words))
    losses = np.array(found["per_sample"])
    rows = found["groups"]["groups"]
    assert [row["group"] for row in rows] == ["north", "south", "east coast"]
    means = [losses[np.array(words) == row["group"]].mean() for row in rows]
    assert [row["mean"] for row in rows] == pytest.approx(means, rel=1e-13)
    assert found["groups"]["mean_of_means"] == pytest.approx(np.mean(means), rel=1e-13)
    text = loss(*CALL, "--groups", tmp_path / "groups.csv").out
    assert f"mean of means: {found['groups']['mean_of_means']!r}" in text


def test_groups_by_numbers_and_forms_of_files(loss: Loss, tmp_path: Path, saved: Any) -> None:
    numbers = [i % 4 for i in range(450)]
    rows = printed(loss, *CALL, "--groups", groups_file(tmp_path, numbers))["groups"]["groups"]
    assert [row["group"] for row in rows] == [0, 1, 2, 3]
    files = saved(groups=np.array(numbers)[:, None])
    assert printed(loss, *CALL, "--groups", files["groups"])["groups"]["groups"] == rows
    (tmp_path / "wide.csv").write_text("id,site\n" + "".join(f"{i},s{i % 4}\n" for i in range(450)))
    wide = printed(loss, *CALL, "--groups", f"{tmp_path}/wide.csv::site")["groups"]["groups"]
    assert [row["mean"] for row in wide] == [row["mean"] for row in rows]
    (tmp_path / "words.json").write_text(json.dumps([f"s{i}" for i in numbers]))
    assert printed(loss, *CALL, "--groups", tmp_path / "words.json")["groups"]["groups"] == wide


def test_a_header_over_one_column_is_no_group(loss: Loss, tmp_path: Path) -> None:
    for labels in (["a", "b"] * 225, [1, 2] * 225):
        found = printed(loss, *CALL, "--groups", groups_file(tmp_path, ["site", *labels]))
        assert [row["count"] for row in found["groups"]["groups"]] == [225, 225]
    ran = loss(*CALL, "--groups", groups_file(tmp_path, ["a", "b"] * 225 + ["a"]))
    assert (ran.status, "--groups has shape (451,), expected (450,)" in ran.err) == (3, True)


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (["a", "", "b"], "missing"),
        (["1", "nan", "2"], "line 2: the group is nan"),
        (["1", "2", "-inf"], "line 3: the group is -inf"),
    ],
)
def test_a_sample_without_group_is_refused(
    loss: Loss, tmp_path: Path, saved: Any, labels: list[str], words: str
) -> None:
    files = saved(x=np.zeros((3, 2)), y=np.zeros(3, int))
    ran = loss("ce", "-i", files["x"], "-t", files["y"], "--groups", groups_file(tmp_path, labels))
    assert (ran.status, ran.out, words in ran.err) == (3, "", True), ran.err


def test_terms_may_have_groups_of_their_own(loss: Loss, saved: Any) -> None:
    rng = np.random.default_rng(1)
    groups = rng.integers(0, 3, (5, 7))
    files = saved(
        x=rng.normal(size=(5, 4, 7)), y=rng.integers(0, 4, (5, 7)), g=groups, h=groups[:, 0]
    )
    call = ("ce", "-i", files["x"], "-t", files["y"], "--groups")
    found = printed(loss, *call, files["g"])
    losses = np.array(found["per_sample"])
    means = [losses[groups == group].mean() for group in range(3)]
    assert [row["mean"] for row in found["groups"]["groups"]] == pytest.approx(means)
    by_sample = printed(loss, *call, files["h"])["groups"]["groups"]
    assert sum(row["count"] for row in by_sample) == 35


# --- many tiles ----------------------------------------------------------------------------------


def test_threads_change_no_bit_of_a_breakdown(loss: Loss, saved: Any) -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(0, 3, (200_000, 5))
    files = saved(x=x, y=rng.integers(0, 5, len(x)), g=rng.integers(0, 9, len(x)))
    call = ("ce", "-i", files["x"], "-t", files["y"], "--by", "target", "--groups", files["g"])
    more = ("--hist", "--ci", "--no-per-sample", "-f", "json")
    one, three = (loss(*call, *more, "-j", threads).out for threads in ("1", "3"))
    assert one == three
    found = json.loads(one)
    assert math.fsum(row["count"] for row in found["by"]["target"]) == len(x)
    assert math.fsum(row["share"] for row in found["groups"]["groups"]) == pytest.approx(1)
    assert sum(found["hist"]["counts"]) == len(x)
    assert found["ci"]["mean"] == pytest.approx(found["value"], rel=1e-14)
    assert found["ci"]["stderr"] == pytest.approx(
        (found["ci"]["high"] - found["ci"]["low"]) / 3.92, rel=0.1
    )


# --- the interval --------------------------------------------------------------------------------


def test_the_standard_error_of_a_plain_mean(loss: Loss) -> None:
    found = printed(loss, *CALL, "--ci")
    losses, ci = np.array(found["per_sample"]), found["ci"]
    assert ci["stderr"] == pytest.approx(losses.std(ddof=1) / math.sqrt(450), rel=1e-12)
    assert ci["mean"] == found["value"]
    assert ci["low"] < ci["mean"] < ci["high"]
    assert (ci["samples"], ci["resamples"], ci["seed"], ci["level"]) == (450, 1000, 0, 0.95)


def test_the_bootstrap_is_a_percentile_interval_of_resampled_means(loss: Loss) -> None:
    found = printed(loss, *CALL, "--ci", "--seed", "3")
    losses = np.array(found["per_sample"])
    means = []
    for number in range(1000):
        generator = np.random.Generator(np.random.PCG64([3, number]))
        means.append(losses[generator.integers(0, 450, 450)].mean())
    expected = np.quantile(means, [0.025, 0.975])
    assert [found["ci"]["low"], found["ci"]["high"]] == pytest.approx(expected, rel=1e-12)
    assert printed(loss, *CALL, "--ci", "--seed", "3")["ci"] == found["ci"]
    assert printed(loss, *CALL, "--ci")["ci"]["low"] != found["ci"]["low"]


def test_a_weighted_mean_is_a_ratio(loss: Loss, saved: Any) -> None:
    weights = np.random.default_rng(4).uniform(0, 2, 450)
    files = saved(w=weights)
    found = printed(loss, *CALL, "--sample-weight", files["w"], "--ci")
    off = np.array(found["per_sample"]) - found["value"] * weights
    stderr = math.sqrt((off**2).sum() * 450 / 449) / weights.sum()
    assert found["ci"]["stderr"] == pytest.approx(stderr, rel=1e-12)
    assert found["ci"]["mean"] == pytest.approx(found["value"], rel=1e-14)
    # All weights multiplied alike: nothing changes.
    tiny = saved(w=weights * 1e-300)
    again = printed(loss, *CALL, "--sample-weight", tiny["w"], "--ci")["ci"]
    assert again["high"] == pytest.approx(found["ci"]["high"], rel=1e-12)


def test_samples_are_drawn_not_their_positions(loss: Loss, saved: Any) -> None:
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(8, 3, 50)), rng.integers(0, 3, (8, 50))
    y[0] = -100
    files = saved(x=x, y=y)
    ci = printed(loss, "ce", "-i", files["x"], "-t", files["y"], "--ci")["ci"]
    assert ci["samples"] == 7
    one = saved(x=x[1:2], y=y[1:2])
    alone = printed(loss, "ce", "-i", one["x"], "-t", one["y"], "--ci")["ci"]
    assert (alone["stderr"], alone["low"]) == ("nan", alone["mean"])


@pytest.mark.parametrize("scale", [1e-320, 1e-200, 1e200, 1e305])
def test_losses_of_any_size(loss: Loss, saved: Any, scale: float) -> None:
    target = np.array([1.0, -2.0, 4.0, 5.0]) * scale
    files = saved(x=np.zeros(4), y=target, g=np.array([0, 0, 1, 1]))
    call = ("l1", "-i", files["x"], "-t", files["y"], "--ci", "--hist", "--groups", files["g"])
    found = printed(loss, *call)
    assert found["ci"]["mean"] == pytest.approx(3 * scale, rel=1e-3)
    assert found["ci"]["stderr"] == pytest.approx(math.sqrt(10 / 12) * scale, rel=1e-3)
    assert 0 < found["ci"]["low"] < found["ci"]["high"]
    assert sum(found["hist"]["counts"]) == 4
    assert [row["mean"] for row in found["groups"]["groups"]] == pytest.approx(
        [1.5 * scale, 4.5 * scale], rel=1e-3
    )


def test_other_divisors_have_the_same_mean(loss: Loss, saved: Any) -> None:
    rng = np.random.default_rng(8)
    p = rng.dirichlet(np.ones(4), (6,))
    files = saved(x=np.log(rng.dirichlet(np.ones(4), (6,))), y=p, g=np.arange(6) % 2)
    call = ("kl-div", "-i", files["x"], "-t", files["y"], "--ci", "--groups", files["g"])
    for reduction in ("mean", "batchmean"):
        found = printed(loss, *call, "-r", reduction)
        assert found["ci"]["mean"] == pytest.approx(found["value"], rel=1e-14)
        means = [row["mean"] for row in found["groups"]["groups"]]
        assert np.mean(means) == pytest.approx(found["value"], rel=1e-13)
    log_p = np.log(rng.dirichlet(np.ones(5), (9, 3)))
    sizes = {"l": np.array([9, 8, 7]), "s": np.array([3, 1, 2])}
    files = saved(x=log_p, y=rng.integers(1, 5, (3, 3)), **sizes)
    lengths = ("--input-lengths", files["l"], "--target-lengths", files["s"])
    found = printed(loss, "ctc", "-i", files["x"], "-t", files["y"], *lengths, "--ci")
    assert found["ci"]["mean"] == pytest.approx(found["value"], rel=1e-14)


def test_a_loss_that_is_not_finite_has_no_interval(loss: Loss, saved: Any) -> None:
    files = saved(x=np.array([[0, np.nan], [1, 2]]), y=np.array([0, 1]))
    call = ("ce", "-i", files["x"], "-t", files["y"], "--ci", "--hist", "--by", "target")
    ran = loss(*call, "-f", "json")
    assert ran.status == 4
    found = json.loads(ran.out, parse_constant=lambda word: pytest.fail(word))
    assert found["ci"]["low"] == "nan"
    assert found["hist"]["not_finite"] == 1
    assert loss(*call).status == 4


# --- the histogram -------------------------------------------------------------------------------


def test_every_loss_is_in_a_bin(loss: Loss) -> None:
    found = printed(loss, *CALL, "--hist")
    losses, hist = np.array(found["per_sample"]), found["hist"]
    counts, _ = np.histogram(losses, hist["edges"])
    assert hist["counts"] == counts.tolist()
    assert math.fsum(hist["shares"]) == pytest.approx(1)
    assert hist["edges"][0] == 0
    assert hist["edges"][-1] == 5


@pytest.mark.parametrize(
    ("values", "first", "last"),
    [
        ([0.001, 0.002, 0.003, 9.0], 0, 10),
        ([1.0, 2.0, 3.0], 1, 3),
        ([-3.2, 1.0, 2.7], -3.5, 3),
        ([0.0, 0.0, 0.0, 7.0], 0, 10),
        ([1e-300, 1e-300, 1.0], 0, 1),
        ([5.0, 5.0], 5, 5),
        ([0.1, 0.3], 0.1, 0.3),
        ([1e299, 2e299, 3e299], 1e299, 3e299),
        ([-1.7e308, 1.7e308], -1.7e308, 1.7e308),
        ([1.7e308, 1.5e308], 1.5e308, 1.7e308),
        ([1.0, 1.0, 1.7e308], 1, 1.7e308),
        ([0.0, 5e-324], 0, 5e-324),
    ],
)
def test_borders_are_round_and_hold_everything(
    values: list[float], first: float, last: float
) -> None:
    edges = borders(lambda: [np.array(values)])
    assert edges[0] == pytest.approx(first, rel=1e-12)
    assert edges[-1] == pytest.approx(last, rel=1e-12)
    assert edges[0] <= min(values)
    assert max(values) <= edges[-1]
    assert len(edges) <= MOST + 1
    assert list(edges) == sorted(edges)


def test_no_loss_no_bin(loss: Loss, saved: Any) -> None:
    assert borders(lambda: [np.empty(0)]) == ()
    files = saved(x=np.zeros((2, 3)), y=np.array([-100, -100]))
    ran = loss("ce", "-i", files["x"], "-t", files["y"], "--hist", "--ci", "--by", "target")
    assert ran.status == 4
    assert "all 2 targets are ignored" in ran.err


# --- shifted targets -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ce", "nll"])
def test_shifted_targets(loss: Loss, saved: Any, name: str) -> None:
    rng = np.random.default_rng(6)
    x = -rng.uniform(0.1, 3, (4, 9, 5))
    y = rng.integers(0, 5, (4, 9))
    y[1, 3] = -100
    expected = losscli.compute(name, input=x[:, :-1].transpose(0, 2, 1), target=y[:, 1:])
    files = saved(x=x, t=x.transpose(0, 2, 1), y=y)
    for options in ((files["x"], "--class-axis", "2"), (files["t"],)):
        found = printed(loss, name, "-i", options[0], *options[1:], "-t", files["y"], "--shift")
        assert found["value"] == expected.value
        assert found["per_sample"] == expected.per_sample.tolist()
        assert "|shift:1|n:4|c:5|d:8|" in found["signature"]
    again = losscli.compute(name, input=x, target=y, class_axis=2, shift=True, grad=True)
    assert again.value == expected.value
    assert again.grad["input"].shape == (4, 8, 5)


def test_one_shifted_sequence(saved: Any, loss: Loss) -> None:
    rng = np.random.default_rng(7)
    x, y = rng.normal(size=(30_000, 6)), rng.integers(0, 6, 30_000)
    files = saved(x=x, y=y)
    found = printed(loss, "ce", "-i", files["x"], "-t", files["y"], "--shift")
    assert found["value"] == losscli.compute("ce", input=x[:-1], target=y[1:]).value
    soft = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
    value = losscli.compute("ce", input=x, target=soft, shift=True).value
    assert value == losscli.compute("ce", input=x[:-1], target=soft[1:]).value


def test_places_of_shifted_targets_are_the_files(loss: Loss, saved: Any) -> None:
    y = np.zeros((2, 4), int)
    y[1, 2] = 9
    files = saved(x=np.zeros((2, 3, 4)), y=y, short=y[:, 1:])
    ran = loss("ce", "-i", files["x"], "-t", files["y"], "--shift")
    assert (ran.status, "row 2 column 3" in ran.err) == (3, True)
    ran = loss("ce", "-i", files["x"], "-t", files["short"], "--shift")
    assert (ran.status, "give the targets unshifted" in ran.err) == (3, True)


def test_what_cannot_be_shifted(loss: Loss, saved: Any) -> None:
    files = saved(x=np.zeros((2, 3, 4, 5)), y=np.zeros((2, 4, 5), int), one=np.zeros((2, 3, 1)))
    files |= saved(v=np.zeros(4), z=np.zeros((2, 1), int), s=np.zeros((3, 2)), w=np.zeros(2, int))
    for arguments, status in (
        (("ce", "-i", files["x"], "-t", files["y"]), 3),
        (("ce", "-i", files["one"], "-t", files["z"]), 3),
        (("mse", "-i", files["v"], "-t", files["v"]), 2),
        (("ce", "-i", files["s"], "-t", files["w"], "--class-axis", "0"), 2),
    ):
        ran = loss(*arguments, "--shift")
        assert (ran.status, ran.out, ran.err.count("\n")) == (status, "", 1), ran


# --- what is printed -----------------------------------------------------------------------------


def test_bits_are_nats_over_log_2(loss: Loss) -> None:
    summary = printed(loss, *CALL)["summary"]
    assert summary["bits"] == pytest.approx(math.log2(summary["perplexity"]), rel=1e-14)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--by", "group"), "--by: 'group' is not one of target"),
        (("--seed", "3"), "--seed is for --ci"),
        (("--ci", "-q"), "are for tables and JSON"),
        (("--hist", "-f", "csv"), "are for tables and JSON"),
        (("--by", "target", "-f", "jsonl"), "are for tables and JSON"),
    ],
)
def test_refusals(loss: Loss, options: tuple[str, ...], words: str) -> None:
    ran = loss(*CALL, *options)
    assert (ran.status, ran.out, words in ran.err) == (2, "", True), ran


@pytest.mark.parametrize("width", [60, 80, 140])
def test_tables_fit(width: int) -> None:
    table = "samples/digits/predictions.csv"
    call = f"loss ce -i {table}::zero-nine -t {table}::label --by target --hist --ci --rows 0"
    lines = output(Session(call, "", width)).splitlines()
    assert max(map(len, lines)) <= width
    assert {"by target", "losses by size"} <= set(lines)
    tallied = [line.split()[0] for line in lines if line.strip().startswith(("zero ", "nine "))]
    assert tallied == ["zero", "nine"]
    assert any(line.startswith("95% interval") for line in lines)
    assert sum("█" in line for line in lines) > (0 if width == 60 else 15)


def test_of_many_classes_those_with_the_largest_share(loss: Loss, saved: Any) -> None:
    y = np.repeat(np.arange(30), 2)
    x = np.zeros((60, 30))
    x[np.arange(60), y] = y / 5
    files = saved(x=x, y=y)
    call = ("ce", "-i", files["x"], "-t", files["y"], "--by", "target", "--rows", "0")
    lines = loss(*call).out.splitlines()
    at = lines.index("by target, the 20 of 30 with the largest share of the loss (--all: all)")
    assert [line.split()[0] for line in lines[at + 2 : at + 22]] == [str(i) for i in range(20)]
    assert lines[at + 22].startswith("ce|")
    assert len(loss(*call[:-2], "--all").out.splitlines()) > 90


def test_in_a_pipe_a_breakdown_is_plain_text(loss: Loss) -> None:
    text = loss(*CALL, "--by", "target", "--hist", "--ci", "--rows", "0", "--all").out
    assert text.isascii()
    assert "\nby target\n" in text
    assert "\nlosses by size\n" in text
    assert "####" in text
