"""`loss compare` with a loss's name: numbers, ranking, breakdowns, formats, refusals."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from losscli import compute
from losscli.numerics.arrays import Array
from tests.conftest import ROOT, Loss
from tests.examples import Session, output

DIGITS = ROOT / "samples" / "digits"
LABELS = ("-t", DIGITS / "labels.npy")
INT4, PLAIN = DIGITS / "logits_int4.npy", DIGITS / "logits.npy"
CALL = ("compare", "ce", "-i", INT4, "--reference", PLAIN, *LABELS)
Y = ("-t", "y.npy")
RANDOM = np.random.default_rng(21)
pytestmark = pytest.mark.usefixtures("files")


def terms(*names: str) -> list[Array]:
    """Return the cross entropies of models."""
    labels = np.load("y.npy")
    return [compute("ce", input=np.load(f"{n}.npy"), target=labels).per_sample for n in names]


def test_the_difference_of_the_digits(loss: Loss) -> None:
    found = json.loads(loss(*CALL, "-f", "json", "--ci").out)
    for role, path in (("reference", PLAIN), ("inputs", INT4)):
        own = json.loads(loss("ce", "-i", path, *LABELS, "-f", "json", "--no-per-sample").out)
        model = found[role] if role == "reference" else found[role][0]
        assert model["value"] == own["value"]
        assert model["accuracy"] == own["summary"]["accuracy"]
    (one,) = found["inputs"]
    assert one["change"]["mean"] == pytest.approx(one["value"] - found["reference"]["value"])
    assert one["change"]["ci"]["low"] < one["change"]["mean"] < one["change"]["ci"]["high"]
    table = {key: one["mcnemar"][key] for key in ("only_reference", "only_input", "test")}
    assert table == {"only_reference": 3, "only_input": 1, "test": "exact binomial"}
    assert [row["index"] for row in found["worst"]] == [54, 199, 303, 229, 287]
    assert found["worst"][0]["input"] == 6
    assert found["signature"].startswith("compare|ce|from:logits|")
    assert found["signature"].endswith("|ci:0.95|resamples:1000|seed:0")
    assert loss(*CALL, "-q").out == f"{one['change']['mean']!r}\n"
    assert found == json.loads(loss(*CALL, "-f", "json", "--ci", "-j", "3").out)
    other = json.loads(loss(*CALL, "-f", "json", "--ci", "0.8", "--seed", "5").out)
    assert other["signature"].endswith("|ci:0.8|resamples:1000|seed:5")


def test_tolerance_bounds_the_rise(loss: Loss) -> None:
    assert loss(*CALL, "-q", "--tolerance", "0.011").status == 0
    closed = loss(*CALL, "-q", "--tolerance", "0.01")
    assert (closed.status, float(closed.out) > 0.01) == (1, True)
    assert "the rise of the loss is 0.0107" in closed.err
    better = ("compare", "ce", "-i", PLAIN, "--reference", INT4, *LABELS)
    assert loss(*better, "-q", "--tolerance", "0").status == 0


def test_several_inputs_are_ranked(loss: Loss) -> None:
    call: tuple[str, ...] = ("compare", "ce", "-i", "far.npy", "-i", "a.npy", "--input", "b.npy")
    call += ("--reference", "ref.npy", "-t", "y.npy")
    reference, *own = terms("ref", "far", "a", "b")
    changes = [float((one - reference).mean()) for one in own]
    typed = [float(line) for line in loss(*call, "-q").out.splitlines()]
    assert typed == pytest.approx(changes, rel=1e-12)
    found = json.loads(loss(*call, "-f", "json").out)["inputs"]
    best, second = sorted(("a", "b"), key=lambda n: changes[1 + "ab".index(n)])
    ranked = [(one["source"], one["tied"]) for one in found]
    assert ranked == [(f"{best}.npy", False), (f"{second}.npy", True), ("far.npy", False)]
    page = loss(*call).out
    assert f"Best: {best}.npy. Tied with the best: {second}.npy (the 95 % interval" in page
    closed = loss(*call, "-q", "--tolerance", "0.5")
    assert (closed.status, closed.err.count("\n")) == (1, 1)
    assert closed.err.startswith("loss: far.npy: the rise of the loss is ")
    outputs = json.loads(loss(*call[:1], *call[2:], "-f", "json").out)["inputs"]
    assert [one["source"] for one in outputs][2] == "far.npy"
    for one in outputs:
        alone = ("compare", "-i", one["source"], "--reference", "ref.npy", "-t", "y.npy")
        single = json.loads(loss(*alone, "-f", "json").out)
        assert single["kl"] == {k: v for k, v in one["kl"].items() if k != "ci"}
        assert (single["loss"], single["mcnemar"]) == (one["loss"], one["mcnemar"])


def test_breakdowns(loss: Loss) -> None:
    Path("groups.csv").write_text("\n".join(["north", "south"] * 20))
    a, reference, labels = *terms("a", "ref"), np.load("y.npy")
    call = ("compare", "ce", "-i", "a.npy", "--reference", "ref.npy", "-t", "y.npy")
    for more, names, groups in (
        (("--by", "class"), ["0", "1", "2"], labels),
        (("--by", "target"), ["0", "1", "2"], labels),
        (("--by", "group", "--groups", "groups.csv"), ["north", "south"], np.arange(40) % 2),
    ):
        rows = list(csv.DictReader(io.StringIO(loss(*call, *more, "-f", "csv").out)))
        assert [next(iter(row.values())) for row in rows] == names
        for number, row in enumerate(rows):
            chosen = groups == number
            assert int(row["count"]) == np.count_nonzero(chosen)
            assert float(row["change"]) == pytest.approx((a - reference)[chosen].mean())
        by = json.loads(loss(*call, *more, "-f", "json").out)["by"]
        (listed,) = by.values()
        assert [part["inputs"][0]["change"] for part in listed] == [
            float(row["change"]) for row in rows
        ]
    # The divergence of the outputs is broken down in the same way.
    outputs = (*call[:1], *call[2:])
    parts = json.loads(loss(*outputs, "--by", "class", "-f", "json").out)
    total = sum(part["count"] * part["inputs"][0]["kl"] for part in parts["by"]["class"])
    assert total / 40 == pytest.approx(parts["kl"]["mean"])


def test_roles_of_each_model_and_roles_that_are_shared(loss: Loss) -> None:
    models = RANDOM.normal(size=(2, 3, 10, 4))
    for name, own in zip("ab", models, strict=True):
        np.savez(f"{name}.npz", **dict(zip(("anchor", "positive", "negative"), own, strict=True)))
    call = ("compare", "triplet-margin", "-i", "a.npz", "--reference", "b.npz", "-q")
    values = [compute("triplet-margin", anchor=a, positive=p, negative=n) for a, p, n in models]
    assert float(loss(*call).out) == pytest.approx(values[0].value - values[1].value)
    np.save("shared.npy", models[0, 2])
    shared = [
        compute("triplet-margin", anchor=a, positive=p, negative=models[0, 2]) for a, p, _ in models
    ]
    change = loss(*call, "--negative", "shared.npy").out
    assert float(change) == pytest.approx(shared[0].value - shared[1].value)
    ran = loss("compare", "triplet-margin", "-i", "shared.npy", "--reference", "shared.npy")
    assert (ran.status, "--positive is missing" in ran.err) == (2, True)


def test_every_sample_as_rows(loss: Loss) -> None:
    call = ("compare", "ce", "-i", "a.npy", "-i", "b.npy", "--reference", "ref.npy", "-t", "y.npy")
    labels = np.load("y.npy")
    labels[3] = -100
    np.save("y.npy", labels)
    printed = loss(*call, "-f", "tsv").out
    assert loss(*call, "-q", "-o", "rows.tsv").status == 0
    assert Path("rows.tsv").read_text() == printed
    rows = list(csv.DictReader(io.StringIO(printed), delimiter="\t"))
    names = [
        "index",
        "target",
        "loss_reference",
        "loss_input",
        "change",
        "loss_input_2",
        "change_2",
    ]
    assert list(rows[0]) == names
    assert list(rows[3].values()) == ["3", "-100", *[""] * 5]
    assert [float(row["loss_input_2"]) for row in rows if row["change"]] == pytest.approx(
        np.delete(terms("b")[0], 3), rel=1e-14
    )
    loss(*call, "-q", "-o", "changes.npy")
    assert np.load("changes.npy").shape == (2, 40)
    loss(*call[:4], *call[6:], "-q", "-o", "change.npy")
    assert np.load("change.npy").tolist() == np.load("changes.npy")[0].tolist()


def test_tables_for_papers(loss: Loss) -> None:
    np.save("my_model%.npy", np.load("a.npy"))
    call = ("compare", "ce", "-i", "my_model%.npy", "-i", "far.npy", "--reference", "ref.npy", *Y)
    page = loss(*call, "-f", "markdown").out
    lines = [line for line in page.splitlines() if line.startswith("|")]
    assert {len(line) for line in lines[:5]} == {len(lines[0])}
    assert lines[0].replace(" ", "").startswith("|model|loss|change|SE|95%interval|p|")
    assert "my\\_model%.npy" in lines[3]
    tex = loss(*call, "-f", "latex").out
    for part in ("\\toprule", "\\midrule", "\\bottomrule", "\\begin{tabular}{lrr"):
        assert part in tex
    assert "\\pm" in loss(*call, "--by", "class", "-f", "latex").out
    assert "my\\_model\\%.npy" in tex
    assert tex.rstrip().splitlines()[-1].startswith("% compare|ce|")
    rows = list(csv.DictReader(io.StringIO(loss(*call, "-f", "csv").out)))
    found = json.loads(loss(*call, "-f", "json").out)
    assert [row["model"] for row in rows] == ["ref.npy", "my_model%.npy", "far.npy"]
    assert float(rows[2]["low"]) == found["inputs"][1]["change"]["ci"]["low"]
    assert float(rows[2]["p"]) == found["inputs"][1]["change"]["ci"]["p"]


@pytest.mark.parametrize("width", [60, 80, 140])
def test_the_pages_fit(width: int) -> None:
    names = "samples/digits/logits"
    single = f"loss compare ce -i {names}_int4.npy --reference {names}.npy"
    for more in ("--ci --by class", f"-i {names}.npy --by class"):
        lines = output(Session(f"{single} -t samples/digits/labels.npy {more}", "", width))
        assert max(map(len, lines.splitlines())) <= width
        assert "reference" in lines


def test_columns_are_matched_by_name_and_not_by_order(loss: Loss) -> None:
    names, x = ["cat", "dog", "fox"], np.load("a.npy")
    classes = [names[label] for label in np.load("y.npy")]

    def write(path: str, order: list[int], values: Array, *, prefix: str = "") -> None:
        head = ",".join([*(prefix + names[i] for i in order), "label"])
        rows = zip(values[:, order].tolist(), classes, strict=True)
        Path(path).write_text(
            "\n".join([head, *(f"{','.join(map(repr, r))},{c}" for r, c in rows)])
        )

    write("a.csv", [0, 1, 2], x)
    write("ref.csv", [2, 0, 1], np.load("ref.npy"))
    write("b.csv", [1, 0, 2], np.load("b.npy"), prefix="logit_")
    a, b, reference = terms("a", "b", "ref")
    call = ("compare", "ce", "-i", "a.csv", "-i", "b.csv", "--reference", "ref.csv", "-q")
    ran = loss(*call)
    changes = [(one - reference).mean() for one in (a, b)]
    assert [float(line) for line in ran.out.splitlines()] == pytest.approx(changes)
    for name in ("ref.csv", "b.csv"):
        assert f"{name}: its columns are matched with those of a.csv by name, not order" in ran.err


def test_ci_needs_no_level(loss: Loss) -> None:
    call: tuple[Any, ...] = (
        "compare",
        "ce",
        "-i",
        "a.npy",
        "--reference",
        "ref.npy",
        "-t",
        "y.npy",
    )
    for words in (("--ci", "-f", "csv"), ("-f", "csv", "--ci"), ("-f", "csv", "--ci=0.95")):
        assert loss(*call, *words).out == loss(*call, "--ci", "0.95", "-f", "csv").out
    assert loss("ce", "-i", "a.npy", "-t", "y.npy", "--ci").status == 0
