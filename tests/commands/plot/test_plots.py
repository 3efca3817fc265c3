"""`loss plot`: each picture says what the loss command says, in every format."""

from __future__ import annotations

import csv
import io
import json
import shlex
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from losscli.cli.catalogue import PLOTS
from losscli.losses import declaration
from losscli.losses.index import INDEX
from tests.conftest import Loss
from tests.each import for_each

DIGITS = "samples/digits"
FILES = ("-i", f"{DIGITS}/predictions.csv::zero-nine", "-t", f"{DIGITS}/predictions.csv::label")
MODELS = ("-i", f"{DIGITS}/logits_int4.npy", "--reference", f"{DIGITS}/logits.npy")
LABELS = ("-t", f"{DIGITS}/labels.npy")
CALLS = {
    "hist": FILES,
    "calibration": FILES,
    "confusion": FILES,
    "scatter": FILES,
    "compare": (*MODELS, *LABELS),
    "curve": (),
}


def rows(text: str) -> list[dict[str, str]]:
    """Return the rows of CSV."""
    return list(csv.DictReader(io.StringIO(text)))


def test_every_kind_is_here() -> None:
    assert set(CALLS) == set(PLOTS)


@pytest.mark.parametrize("kind", CALLS)
def test_every_format_and_every_picture(loss: Loss, tmp_path: Path, kind: str) -> None:
    call = ("plot", kind, "ce", *CALLS[kind])
    page = loss(*call)
    assert (page.status, page.err) == (0, "")
    title = page.out.splitlines()[1]
    found = json.loads(loss(*call, "-f", "json").out)
    assert (found["schema"], found["plot"], found["loss"], found["title"]) == (1, kind, "ce", title)
    listed = found["pairs" if kind == "confusion" else "bins" if "bins" in found else "points"]
    assert len(rows(loss(*call, "-f", "csv").out)) == len(listed)
    assert title in loss(*call, "-f", "markdown").out.replace("\\", "")
    for extension in (".svg", ".html"):
        path = tmp_path / f"picture{extension}"
        assert loss(*call, "-o", str(path)).out == page.out
        text = path.read_text("utf-8")
        assert text.count("://") == (extension == ".svg")
        assert len(text) < 100_000
        if extension == ".svg":
            drawn = ElementTree.fromstring(text)
            assert drawn.attrib["aria-label"] == title
            # Escapes are for what controls a terminal, which no text of ours does.
            assert "\\x" not in text


@for_each("name", INDEX)
def test_the_examples_on_every_loss(loss: Loss, name: str) -> None:
    for kind, row in PLOTS.items():
        example = row.example_on(f"plot {kind}", declaration(name))
        ran = loss(*shlex.split(example)[1:])
        assert ran.status in (0, 2, 3), ran
        if ran.status:
            # A loss that has no such picture says so.
            assert kind in ("calibration", "confusion", "scatter", "curve"), ran
            assert name in ran.err, ran
            assert ran.err.count("\n") == 1


def test_hist_has_the_numbers_of_the_loss_command(loss: Loss) -> None:
    ours = rows(loss("plot", "hist", "ce", *FILES, "-f", "csv").out)
    wrong = [int(row.pop("wrong")) for row in ours]
    bins = json.loads(loss("plot", "hist", "ce", *FILES, "-f", "json").out)["bins"]
    edges = json.loads(loss("ce", *FILES, "--hist", "-f", "json").out)["hist"]["edges"]
    assert [edges[0], *(one["to"] for one in bins)] == edges
    assert ours == rows(loss("ce", *FILES, "--hist", "-f", "csv").out)
    terms = rows(loss("ce", *FILES, "-f", "csv").out)
    assert sum(wrong) == sum(row["target"] != row["prediction"] for row in terms)


def test_hist_says_how_few_samples_make_much_of_the_loss(loss: Loss) -> None:
    losses = sorted(float(r["loss"]) for r in rows(loss("ce", *FILES, "-f", "csv").out))
    share = sum(losses[-9:]) / sum(losses)
    title = loss("plot", "hist", "ce", *FILES).out.splitlines()[1]
    assert title == f"9 of 450 samples make {100 * share:.3g} % of the loss"


def test_calibration_has_the_numbers_of_diagnose(loss: Loss) -> None:
    ours = json.loads(loss("plot", "calibration", "ce", *FILES, "-f", "json").out)
    theirs = json.loads(
        loss("diagnose", "ce", *FILES, "--calibration", "--exit-zero", "-f", "json").out
    )["calibration"]
    assert ours["ece"] == pytest.approx(theirs["ece"], rel=1e-12)
    assert [row["count"] for row in ours["bins"]] == [row["count"] for row in theirs["bins"]]
    assert ours["title"].startswith("under-confident: ")


def test_confusion_and_scatter_have_the_terms_of_the_loss_command(loss: Loss) -> None:
    terms = rows(loss("ce", *FILES, "-f", "csv").out)
    pairs = rows(loss("plot", "confusion", "ce", *FILES, "-f", "csv").out)
    for pair in pairs:
        same = [
            t
            for t in terms
            if (t["target"], t["prediction"]) == (pair["target"], pair["prediction"])
        ]
        assert len(same) == int(pair["count"])
    points = rows(loss("plot", "scatter", "ce", *FILES, "-f", "csv").out)
    assert [(p["index"], p["loss"]) for p in points] == [(t["index"], t["loss"]) for t in terms]
    groups = ("--groups", f"{DIGITS}/predictions.csv::label")
    by_group = rows(loss("plot", "scatter", "ce", *FILES, *groups, "-f", "csv").out)
    assert [p["group"] for p in by_group] == [t["target"] for t in terms]


def test_names_of_groups_are_cut_to_their_room(loss: Loss, tmp_path: Path) -> None:
    names = ["a" * 99, "日本語" * 9, "<b>", "d" * 30]
    (tmp_path / "g.csv").write_text("\n".join(["g", *names]))
    for role in "it":
        (tmp_path / f"{role}.csv").write_text("1\n2\n3\n4.5\n")
    files = [*(part for role in "it" for part in (f"-{role}", f"{tmp_path}/{role}.csv"))]
    files += ["--groups", f"{tmp_path}/g.csv", "-o", f"{tmp_path}/p.svg"]
    lines = loss("plot", "scatter", "mse", *files).out.splitlines()
    assert max(map(len, lines[:-1])) < 80
    (below,) = [line for line in lines if "<b>" in line]
    assert below.count("…") == 3
    assert "日本語日本語日本語日本…" in (tmp_path / "p.svg").read_text("utf-8")


def test_compare_has_the_losses_of_both_models(loss: Loss) -> None:
    points = rows(loss("plot", "compare", "ce", *MODELS, *LABELS, "-f", "csv").out)
    for name in ("logits.npy", "logits_int4.npy"):
        alone = rows(loss("ce", "-i", f"{DIGITS}/{name}", *LABELS, "-f", "csv").out)
        assert [p[name] for p in points] == [t["loss"] for t in alone]
    two = ("-i", f"{DIGITS}/logits.npy", "-i", f"{DIGITS}/logits_int4.npy")
    assert rows(loss("plot", "compare", "ce", *two, *LABELS, "-f", "csv").out) == points


@pytest.mark.parametrize(
    ("kind", "wrong", "says"),
    [
        ("confusion", 0, "no class is mistaken for another: accuracy 100 %"),
        ("confusion", 1, "most often, 1 of 1 time; accuracy 99.97 %"),
        ("confusion", 2, "1 is mistaken for 0 most often, 2 of 2 times; accuracy 99.9 %"),
        ("scatter", 0, "none of 3000 samples is predicted wrongly"),
        ("scatter", 1, "1 of 3000 samples is predicted wrongly; it has a confidence of 0.9 or "),
        ("scatter", 2, "2 of 3000 samples are predicted wrongly; 2 of them have a confidence"),
    ],
)
def test_titles_are_true_at_their_rounding(
    loss: Loss, tmp_path: Path, kind: str, wrong: int, says: str
) -> None:
    labels = np.zeros(3000, int)
    labels[:wrong] = 1
    np.save(tmp_path / "x.npy", np.tile([8.0, 0.0], (3000, 1)))
    np.save(tmp_path / "y.npy", labels)
    files = ("-i", f"{tmp_path}/x.npy", "-t", f"{tmp_path}/y.npy", "--no-warn")
    assert says in loss("plot", kind, "ce", *files).out.splitlines()[1]


def test_classes_that_are_confused_as_often_as_others(loss: Loss, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("1,0,0\n1,0,0\n")
    (tmp_path / "y.csv").write_text("1\n2\n")
    files = ("-i", f"{tmp_path}/x.csv", "-t", f"{tmp_path}/y.csv", "--no-warn")
    title = loss("plot", "confusion", "ce", *files).out.splitlines()[1]
    assert title == (
        "1 is mistaken for 0, 1 of 1 time, and no class for another more often; accuracy 0 %"
    )


def test_the_title_of_two_labels_has_their_share(loss: Loss, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    p = rng.uniform(0.4, 0.6, 200)
    y = rng.random(200) < p
    np.save(tmp_path / "p.npy", p)
    np.save(tmp_path / "y.npy", y.astype(float))
    files = ("-i", f"{tmp_path}/p.npy", "-t", f"{tmp_path}/y.npy")
    title = loss("plot", "calibration", "bce", *files).out.splitlines()[1]
    found = f"{100 * y.mean():.3g} % are 1, mean probability {100 * p.mean():.3g} %"
    assert title == f"no significant gap: {found}"


@pytest.mark.parametrize("name", ["ce", "bce-logits"])
def test_a_sample_with_nan_is_not_predicted(loss: Loss, tmp_path: Path, name: str) -> None:
    x = np.array([[np.nan, 1.0], [0.0, 1.0], [0.0, 1.0]])
    np.save(tmp_path / "x.npy", x if name == "ce" else x[:, 0] * 0 + 1)
    np.save(tmp_path / "y.npy", np.array([0, 0, 1], int if name == "ce" else float))
    files = ("-i", f"{tmp_path}/x.npy", "-t", f"{tmp_path}/y.npy", "--no-warn")
    call = ("plot", "confusion", name, *files)
    found = json.loads(loss(*call, "-f", "json").out)
    assert (found["count"], found["not_finite"], found["accuracy"]) == (2, 1, 0.5)
    assert "Left out: 1 sample with nan among the numbers." in loss(*call).out


@pytest.mark.parametrize("kind", ["confusion", "scatter", "hist", "calibration", "compare"])
def test_many_samples_of_many_classes(loss: Loss, tmp_path: Path, kind: str) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3000, 100))
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "x2.npy", 2 * x)
    np.save(tmp_path / "y.npy", x.argmax(axis=1) ^ (rng.random(3000) < 0.1))
    files = ["-i", f"{tmp_path}/x.npy", "-t", f"{tmp_path}/y.npy"]
    files += ["-i", f"{tmp_path}/x2.npy"] if kind == "compare" else []
    out = str(tmp_path / "p.svg")
    call = ("plot", kind, "ce", *files)
    assert loss(*call, "-o", out).status == 0
    assert Path(out).stat().st_size < 150_000
    counted = rows(loss(*call, "-f", "csv").out)
    assert sum(int(row["count"]) for row in counted) == 3000
    if kind == "confusion":
        assert "89 others" in Path(out).read_text() or "90 others" in Path(out).read_text()


def test_losses_that_are_not_finite_are_left_out_and_counted(loss: Loss, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("0.5,0.5\n1,0\n0.25,0.75\n")
    (tmp_path / "y.csv").write_text("0\n1\n1\n")
    files = ("-i", f"{tmp_path}/p.csv", "-t", f"{tmp_path}/y.csv", "--from", "probs")
    for kind in ("hist", "scatter"):
        ran = loss("plot", kind, "ce", *files, "--no-warn")
        assert ran.status == 4
        assert "Left out: 1 " in ran.out
    (tmp_path / "p.csv").write_text("0.5,0.5\n1,0\n0.5,0.5\n")
    title = loss("plot", "hist", "ce", *files, "--no-warn").out.splitlines()[1]
    assert title == "every finite loss is 0.693147"
    (tmp_path / "y.csv").write_text("-100\n-100\n-100\n")
    ran = loss("plot", "hist", "ce", *files, "--no-warn")
    assert ran.status == 3
    assert "nothing to draw" in ran.err


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ("plot nothing ce", "loss plot has no 'nothing'; give one of hist, calibration"),
        ("plot histt ce", "did you mean hist?"),
        ("plot hist nothing", "there is no loss 'nothing'"),
        (
            "plot scatter multi-margin -i samples/faces/cosines.csv -t samples/faces/labels.csv",
            "give --groups FILE",
        ),
        ("plot scatter ce -i a -t b --by group", "--by group needs the groups; give --groups FILE"),
        ("plot compare ce -i a.npy -t b.npy", "two models, and 1 is given"),
        ("plot compare ce -i a -i b -i c -t b.npy", "two models, and 3 are given"),
        ("plot hist ce -i a -t b -o p.gif", "must be one of .svg, .png, .html"),
        ("plot hist ce -i a -t b -r sum", "-r: loss plot hist does not take it"),
        ("plot calibration ce -i a -t b --sample-weight w", "does not take it"),
        ("plot curve triplet-margin", "triplet-margin takes vectors"),
        ("plot curve ctc", "ctc takes sequences"),
        ("plot curve huber --delta 1,x", "--delta: 'x' is not a number"),
        ("plot curve huber --delta 0", "--delta: 0.0 is not allowed"),
        ("plot curve huber --delta 1,2,3,4,5,6,7", "7 curves are too many"),
        ("plot curve huber --range 2,1", "--range: 2,1 is not a range"),
        ("plot curve huber --range 2,2", "--range: 2,2 is not a range; give two numbers"),
        ("plot curve huber --range 0,inf", "--range: 0,inf is not a range; give two numbers"),
        ("plot curve huber --range 1", "--range: '1' is not two numbers"),
        ("plot curve bce --range -1,2", "--range: -1,2 leaves [0, 1]"),
        ("plot curve huber --digits 3 -f csv", "--digits is for tables"),
    ],
)
def test_refusals(loss: Loss, call: str, says: str) -> None:
    ran = loss(*call.split())
    assert ran.status in (2, 3)
    assert says in ran.err
    assert ran.err.count("\n") == 1


def test_a_png_needs_its_package(
    loss: Loss, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    monkeypatch.setattr("losscli.output.picture.find_spec", lambda _: None)
    ran = loss("plot", "curve", "mse", "-o", f"{tmp_path}/p.png")
    assert (ran.status, ran.out) == (2, "")
    assert "run pip install 'losscli[png]'" in ran.err
    assert list(tmp_path.iterdir()) == []


def test_a_png_is_the_picture(loss: Loss, tmp_path: Path) -> None:
    pytest.importorskip("resvg_py")
    assert loss("plot", "curve", "mse", "-o", f"{tmp_path}/p.png").status == 0
    content = (tmp_path / "p.png").read_bytes()
    assert content.startswith(b"\x89PNG")
    assert int.from_bytes(content[16:20], "big") == 1280


def test_a_picture_is_never_an_input(loss: Loss, tmp_path: Path) -> None:
    path = tmp_path / "x.svg"
    path.write_text("1\n2\n")
    source = f"csv:{path}"
    ran = loss("plot", "hist", "mse", "-i", source, "-t", source, "-o", str(path))
    assert ran.status == 2
    assert path.read_text() == "1\n2\n"
