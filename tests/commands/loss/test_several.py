"""A loss of several inputs: one run ranks them, and each has the figures of a run of its own."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from losscli.losses import declaration, names
from tests.conftest import ROOT, Loss
from tests.each import for_each
from tests.examples import Session, output

RANDOM = np.random.default_rng(29)
N, C = 60, 3
LABELS = RANDOM.integers(0, C, N)
GOOD = RANDOM.normal(size=(N, C)) + 2 * np.eye(C)[LABELS]
FAR, OFF, NEAR = RANDOM.normal(size=(3, N, C)) * np.array([3, 1.5, 0.1])[:, None, None]
FILES = ("bad.npy", "good.npy", "near.csv", "parts")
"""As they are typed: the second is the best one."""
INPUTS = tuple(word for path in FILES for word in ("-i", path))
Y = ("-t", "y.npy")


@pytest.fixture(autouse=True)
def files(loss: Loss, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    """Make files of models in the working directory, each in another format."""
    monkeypatch.chdir(tmp_path)
    np.save("good.npy", GOOD)
    np.save("bad.npy", (GOOD + FAR).astype(np.float32))
    np.savetxt("near.csv", GOOD - NEAR, delimiter=",")
    Path("parts").mkdir()
    for number, rows in enumerate(np.split(GOOD + OFF, 4)):
        np.save(f"parts/{number}.npy", rows)
    np.save("y.npy", LABELS)
    np.save("groups.npy", np.arange(N) % 2)
    np.save("weights.npy", RANDOM.uniform(0.5, 2, N))


def found(loss: Loss, *words: str) -> dict[str, Any]:
    """Return what a run prints as JSON."""
    ran = loss(*words, "-f", "json")
    assert ran.status == 0, ran.err
    return dict(json.loads(ran.out))


OPTIONS = [
    (),
    ("-r", "sum"),
    ("--sample-weight", "weights.npy", "--weight", "1,2,3"),
    ("-r", "sum", "--sample-weight", "weights.npy", "--ignore-index", "1"),
    ("--dtype", "float32", "-j", "2"),
    ("--label-smoothing", "0.1"),
]


@for_each("options", OPTIONS)
def test_each_input_has_the_figures_of_its_own_run(loss: Loss, options: tuple[str, ...]) -> None:
    alone = [
        found(loss, "ce", "-i", path, *Y, *options, "--no-per-sample", "--ci") for path in FILES
    ]
    typed = loss("ce", *INPUTS, *Y, *options, "-q")
    assert typed.out == "".join(f"{one['value']!r}\n" for one in alone)
    ranked = found(loss, "ce", *INPUTS, *Y, *options, "--ci")
    own = dict(zip(FILES, alone, strict=True))
    by_value = sorted(FILES, key=lambda path: float(own[path]["value"]))
    assert [one["source"] for one in ranked["inputs"]] == by_value
    for one in ranked["inputs"]:
        for key in ("value", "numerator", "denominator", "count", "ignored", "summary"):
            assert one[key] == own[one["source"]][key], key
        assert one["accuracy"] == one["summary"]["accuracy"]
        if "sum" not in options:
            # Rounded where weights were brought into range.
            ci = {key: pytest.approx(own[one["source"]]["ci"][key]) for key in ("low", "high")}
            assert {key: one["ci"][key] for key in ci} == ci
    assert (ranked["schema"], ranked["loss"]) == (1, "ce")
    assert ranked["signature"] == f"{alone[0]['signature']}|ci:0.95|resamples:1000|seed:0"


def test_one_sample_does_not_say_whether_two_are_tied(loss: Loss) -> None:
    _, other = found(loss, "ce", "-i", "2,1", "-i", "1,2", "-t", "0")["inputs"]
    assert (other["change"]["ci"]["low"], other["tied"]) == ("nan", None)


def test_a_difference_is_that_of_compare(loss: Loss) -> None:
    """The others are compared with the best as `loss compare` compares with a reference."""
    ranked = found(loss, "ce", *INPUTS, *Y, "--seed", "7")
    best, *others = ranked["inputs"]
    assert (best["source"], best["change"], best["tied"]) == ("good.npy", None, False)
    for one in others:
        pair = ("-i", one["source"], "--reference", "good.npy", *Y, "--ci", "--seed", "7")
        (same,) = found(loss, "compare", "ce", *pair)["inputs"]
        assert one["change"] == same["change"]
        assert one["mcnemar"] == same["mcnemar"]
        assert one["tied"] == (one["change"]["ci"]["low"] <= 0)
    assert [one["tied"] for one in others] == [True, False, False]
    assert ranked["signature"].endswith("|seed:7")
    assert found(loss, "ce", *INPUTS, *Y)["inputs"][1]["change"]["ci"] != others[0]["change"]["ci"]


def test_targets_are_read_once(loss: Loss) -> None:
    piped = loss("ce", *INPUTS, "-t", "npy:-", "-q", stdin=Path("y.npy").read_bytes())
    assert piped == loss("ce", *INPUTS, *Y, "-q")


def test_the_page_says_what_is_best_and_what_is_tied(loss: Loss) -> None:
    page = loss("ce", *INPUTS, *Y).out
    lines = page.splitlines()
    assert lines[0] == "ce: 60 samples, 3 classes; 4 inputs"
    assert lines[2] == (
        "Best: good.npy. Tied with the best: near.csv (the 95 % interval of its difference "
        "includes 0)."
    )
    assert lines[4].split()[:3] == ["model", "loss", "change"]
    assert lines[5].split()[::2][:2] == ["good.npy", "best"]
    assert [line.split()[0] for line in lines[6:9]] == ["near.csv", "parts", "bad.npy"]
    for column in ("change", "SE", "95 % interval", "p", "better", "worse", "McNemar p"):
        assert f"\n{column}: " in page
    assert "seed 0" in page


def test_tables_for_programs(loss: Loss) -> None:
    inputs = found(loss, "ce", *INPUTS, *Y)["inputs"]
    rows = list(csv.DictReader(io.StringIO(loss("ce", *INPUTS, *Y, "-f", "csv").out)))
    tabs = loss("ce", *INPUTS, *Y, "-f", "tsv").out
    assert list(csv.DictReader(io.StringIO(tabs), delimiter="\t")) == rows
    objects = [json.loads(line) for line in loss("ce", *INPUTS, *Y, "-f", "jsonl").out.splitlines()]
    for row, each, one in zip(rows, objects, inputs, strict=True):
        assert (row["model"], float(row["loss"])) == (one["source"], one["value"])
        assert (each["model"], each["loss"]) == (one["source"], one["value"])
        ci = one["change"]["ci"] if one["change"] else {"low": None, "high": None, "p": None}
        assert [each[key] for key in ("low", "high", "p")] == [
            ci[key] for key in ("low", "high", "p")
        ]
    tex = loss("ce", *INPUTS, *Y, "-f", "latex").out.splitlines()
    assert sum(line.endswith("\\\\") for line in tex) == 5
    markdown = loss("ce", *INPUTS, *Y, "-f", "markdown").out
    assert sum(line.startswith("|") for line in markdown.splitlines()) == 6


def test_breakdowns_have_a_column_for_each_input(loss: Loss) -> None:
    split = ("--by", "target", "--groups", "groups.npy")
    ranked = found(loss, "ce", *INPUTS, *Y, *split)
    for at, path in enumerate(FILES):
        own = found(loss, "ce", "-i", path, *Y, *split)
        for name, alone in (("target", own["by"]["target"]), ("group", own["groups"])):
            parts = ranked["by"][name]
            assert [part["inputs"][at]["source"] for part in parts] == [path] * len(parts)
            means = [part["inputs"][at]["loss"] for part in parts]
            listed = alone if isinstance(alone, list) else alone["groups"]
            assert means == pytest.approx([one["mean"] for one in listed], rel=1e-12)
    page = loss("ce", *INPUTS, *Y, *split).out
    for part in ("mean loss by target", "mean loss by group"):
        table = page.split(f"\n{part}\n")[1].splitlines()
        assert table[0].split() == [part.split()[-1], "count", *FILES]
    rows = list(csv.DictReader(io.StringIO(loss("ce", *INPUTS, *Y, *split[:2], "-f", "csv").out)))
    assert [float(row["loss_input_2"]) for row in rows] == [
        part["inputs"][1]["loss"] for part in ranked["by"]["target"]
    ]


def test_every_input_is_checked(loss: Loss) -> None:
    values = [float(line) for line in loss("ce", *INPUTS, *Y, "-q").out.splitlines()]
    closed = loss("ce", *INPUTS, *Y, "-q", "--max", repr(values[2]))
    assert closed.status == 1
    assert [line.split(": ")[1] for line in closed.err.splitlines()] == ["bad.npy", "parts"]
    assert loss("ce", *INPUTS, *Y, "-q", "--max", repr(max(values))).status == 0


def test_a_page_marks_each_input_that_fails() -> None:
    files = "-i samples/digits/logits_int4.npy -i samples/digits/logits.npy"
    command = f"loss ce {files} -t samples/digits/labels.npy --max 0.15"
    lines = output(Session(command, "", 100)).splitlines()
    marks = [line.split()[:3:2] for line in lines if "loss<=0.15" in line]
    assert marks == [["✗", "samples/digits/logits_int4.npy:"], ["✓", "samples/digits/logits.npy:"]]


@pytest.mark.parametrize("form", ["table", "json", "value"])
def test_a_loss_that_is_not_finite_is_last_and_its_file_is_named(loss: Loss, form: str) -> None:
    broken = GOOD.copy()
    broken[7, 1] = np.nan
    np.save("broken.npy", broken)
    ran = loss("ce", "-i", "broken.npy", "-i", "good.npy", *Y, "-f", form)
    assert ran.status == 4
    assert ran.err.startswith("loss: broken.npy row 8 column 2 (index [7, 1]): input is nan")
    if form == "json":
        assert [one["source"] for one in json.loads(ran.out)["inputs"]] == [
            "good.npy",
            "broken.npy",
        ]


def test_without_a_finite_loss_none_is_the_best(loss: Loss) -> None:
    np.save("ignored.npy", np.full(N, -100))
    ran = loss("ce", *INPUTS, "-t", "ignored.npy")
    assert (ran.status, ran.out.splitlines()[2]) == (4, "No loss is finite.")
    assert ran.err.startswith("loss: ignored.npy: all 60 targets are ignored")


def test_all_roles_of_a_model_are_in_its_file(loss: Loss) -> None:
    for name in ("one", "two"):
        roles = {role: RANDOM.normal(size=(9, 4)) for role in ("anchor", "positive", "negative")}
        np.savez(f"{name}.npz", **roles)  # type: ignore[arg-type]
        np.savez(f"{name}_var.npz", input=roles["anchor"], var=roles["positive"] ** 2 + 0.1)
    np.save("t.npy", RANDOM.normal(size=(9, 4)))
    for first, call, ends in (
        ("--anchor", ("triplet-margin",), ""),
        ("-i", ("gaussian-nll", "-t", "t.npy"), "_var"),
    ):
        paths = [f"{name}{ends}.npz" for name in ("one", "two")]
        alone = [loss(*call, first, path, "-q").out for path in paths]
        words = [word for path in paths for word in (first, path)]
        assert loss(*call, *words, "-q").out == "".join(alone)


@for_each("name", names())
def test_every_loss_ranks(
    loss: Loss, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its example with a copy of its first file: both have the number of the example."""
    _, *call = str(declaration(name).facts["example"]).split()
    path, colons, selector = call[2].partition("::")
    copied = tmp_path / f"copy-of-{Path(path).name}"
    copied.write_bytes((ROOT / path).read_bytes())
    monkeypatch.chdir(ROOT)
    alone = loss(*call, "-q")
    both = loss(*call, call[1], f"{copied}{colons}{selector}", "-q")
    assert (both.status, both.out) == (0, alone.out * 2)
    page = loss(*call, call[1], f"{copied}{colons}{selector}")
    assert (page.status, f"Tied with the best: {copied.name}" in page.out) == (0, True)


def test_every_model_is_warned_about(loss: Loss) -> None:
    p = np.exp(GOOD) / np.exp(GOOD).sum(axis=1, keepdims=True)
    np.save("p.npy", p)
    np.save("q.npy", p[::-1])
    ran = loss("ce", "-i", "p.npy", "-i", "q.npy", *Y, "-q")
    assert ran.status == 0
    for path in ("p.npy", "q.npy"):
        assert f"warning: {path}: every row is in [0, 1]" in ran.err
    mixed = loss("ce", "-i", "p.npy", "-i", "good.npy", *Y, "-q")
    assert (mixed.status, mixed.out) == (3, "")
    assert "give --input good-softmax.npy --from probs" in mixed.err


def test_columns_are_matched_by_name(loss: Loss) -> None:
    for path, order in (("abc.csv", [0, 1, 2]), ("cab.csv", [2, 0, 1])):
        head = ",".join("abc"[i] for i in order)
        np.savetxt(path, GOOD[:, order], delimiter=",", header=head, comments="")
    first, second = loss("ce", "-i", "abc.csv", "-i", "cab.csv", *Y, "-q").out.split()
    assert first == second
    note = "cab.csv: its columns are matched with those of abc.csv by name"
    assert note in loss("ce", "-i", "abc.csv", "-i", "cab.csv", *Y).err


def test_numbers_as_inputs(loss: Loss) -> None:
    call = ("ce", "-i", "2,1,0.1", "-i", "0,1,3", "-t", "0")
    values = [loss("ce", "-i", text, "-t", "0", "-q").out for text in ("2,1,0.1", "0,1,3")]
    assert loss(*call, "-q").out == "".join(values)
    page = loss(*call).out
    assert "Best: 2,1,0.1; one sample cannot say whether that is chance." in page
    ci = found(loss, *call)["inputs"][1]["change"]["ci"]
    assert (ci["low"], ci["high"]) == ("nan", "nan")


ONE = "or give one --input"
REFUSALS = [
    (("-o", "x.csv"), f"-o writes the terms of one input; use -f csv > FILE, {ONE}"),
    (
        ("--grad-output", "g.npy"),
        "--grad-output writes the gradient of one input; remove it",
    ),
    (("--grad",), f"--grad shows the gradient of one input; remove it, {ONE}"),
    (("--top", "3"), f"--top shows terms of one input; remove it, {ONE}"),
    (("--hist",), f"--hist shows the losses of one input; remove it, {ONE}"),
    (("--params", "y.npy", "--l2", "1"), f"--params are those of one model; remove it, {ONE}"),
    (("-r", "none"), f"-r none leaves no number to rank inputs by; remove it, {ONE}"),
    (("-n", "3"), f"-n chooses terms of one input; remove it, {ONE}"),
    (("--all",), f"--all shows all terms of one input; remove it, {ONE}"),
    (("--by", "target", "-q"), "--by: -f value has no breakdown; use -f json"),
    (("--ci", "--by", "target", "-f", "csv"), "--by and --ci: -f csv holds one table; remove one"),
    (("-i", "./good.npy"), "--input: ./good.npy is given twice; give each model once"),
    (("-i", "-", "-i", "csv:-"), "--input: standard input is given twice; give each model once"),
]


@for_each("case", REFUSALS)
def test_refusals(loss: Loss, case: tuple[tuple[str, ...], str]) -> None:
    more, message = case
    ran = loss("ce", *INPUTS, *Y, *more)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(f"loss: {message}")
    assert not Path("x.csv").exists()


def test_a_table_of_several_inputs_needs_several(loss: Loss) -> None:
    ran = loss("ce", "-i", "good.npy", *Y, "-f", "latex")
    assert (ran.status, ran.out) == (2, "")
    assert "add --input FILE, or use -f markdown" in ran.err


def test_another_shape_is_named(loss: Loss) -> None:
    np.save("wide.npy", np.zeros((N, 4)))
    ran = loss("ce", *INPUTS, "-i", "wide.npy", *Y)
    assert (ran.status, ran.out) == (3, "")
    assert ran.err.startswith("loss: wide.npy: input 5 has shape (60, 4), expected (60, 3)")


@pytest.mark.parametrize("width", [60, 80, 140])
def test_the_page_fits(width: int) -> None:
    files = "-i samples/digits/logits_int4.npy -i samples/digits/logits.npy"
    command = f"loss ce {files} -t samples/digits/labels.npy --by target"
    lines = output(Session(command, "", width)).splitlines()
    assert max(map(len, lines)) <= width
    table = next(line for line in lines if line.split()[:1] == ["model"])
    assert "change" in table
    assert "interval" in table
    assert (" p " in table) == (width > 60)
    assert ("McNemar" in table) == (width > 80)
