"""Data that could silently give a wrong number: refused, warned about, or computed correctly."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import numpy as np
import pytest

from losscli import LossError, compute
from tests.conftest import ROOT, Loss

SAMPLE = ROOT / "samples" / "log-softmax"


def test_warnings_are_said_once_and_can_be_turned_off(loss: Loss, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("0.7,0.2,0.1\n0.1,0.8,0.1\n0.2,0.2,0.6\n")
    call = ("ce", "-i", tmp_path / "p.csv", "-t", SAMPLE / "labels.csv")
    assert loss(*call, "-q").err.count("[L101]") == 1
    assert loss(*call, "-q", "--no-warn").err == ""
    assert loss(*call, "-q", "--from", "probs").err == ""
    printed = json.loads(loss(*call, "-f", "json", "--no-warn").out)
    assert [warning["code"] for warning in printed["warnings"]] == ["L101"]


def test_remarks_on_a_file_name_it_once(loss: Loss, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("0,1,2\n1,2,3\n3,2,1\n")
    (tmp_path / "y.csv").write_text("0\n1\n2\n")
    ran = loss("ce", "-q", "-i", path, "-t", tmp_path / "y.csv")
    assert ran.status == 0
    assert ran.err.count(str(path)) == 1
    assert "--header or --no-header" in ran.err


def test_integers_that_no_double_holds_are_warned_about(loss: Loss, tmp_path: Path) -> None:
    for name, values in (("x", [1, 2**53 + 1]), ("y", [1, 2**53 - 1]), ("labels", [0, 1])):
        np.save(tmp_path / f"{name}.npy", np.array(values))
    ran = loss("mse", "-q", "-i", tmp_path / "x.npy", "-t", tmp_path / "y.npy")
    assert ran.status == 0
    assert "x.npy row 2: 9007199254740992 is an integer of 2**53 or more (1 of 2)" in ran.err
    assert ran.err.count("2**53") == 1
    assert loss("mse", "-q", "-i", tmp_path / "y.npy", "-t", tmp_path / "y.npy").err == ""


def test_labels_among_the_logits_are_not_a_class(loss: Loss, tmp_path: Path) -> None:
    path = tmp_path / "all.csv"
    path.write_text("id,a,b,label\nx,1,2,0\ny,3,1,1\n")
    for columns in ("1-3", "a,b,label"):
        ran = loss("ce", "-q", "-i", f"{path}::{columns}", "-t", f"{path}::label")
        assert (ran.status, ran.out) == (3, "")
        assert "column 'label' is the target" in ran.err
    assert loss("ce", "-q", "-i", f"{path}::a,b", "-t", f"{path}::label").status == 0
    path.write_text("1,2,0\n3,1,1\n")
    assert loss("ce", "-q", "-i", f"{path}::0-2", "-t", f"{path}::2").status == 3
    assert "column 3" in loss("ce", "-q", "-i", path, "-t", f"{path}::2").err


@pytest.mark.parametrize("other", ["./all.csv", "link.csv"])
def test_labels_among_the_logits_are_found_under_any_name(
    loss: Loss, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    (tmp_path / "all.csv").write_text("a,b,label\n1,2,0\n3,1,1\n")
    (tmp_path / "link.csv").symlink_to(tmp_path / "all.csv")
    monkeypatch.chdir(tmp_path)
    ran = loss("ce", "-q", "-i", "all.csv::a-label", "-t", f"{other}::label")
    assert (ran.status, ran.out) == (3, "")
    ran = loss("ce", "-q", "-i", "all.csv", "-t", f"{other}::label")
    alone = loss("ce", "-q", "-i", "all.csv::a,b", "-t", f"{other}::label")
    assert (ran.status, ran.out, "'label' is left out" in ran.err) == (0, alone.out, True)


@pytest.mark.parametrize(
    ("command", "option", "second"),
    [
        ("ce", "-t", "ship,dog,cat\n.1,.1,.8\n0,1,0\n1,0,0\n"),
        ("mse", "-t", "ship,dog,cat\n1,1,8\n0,1,0\n1,0,0\n"),
        ("ce", "--weight", "ship,dog,cat\n3,2,1\n"),
    ],
)
def test_columns_in_a_different_order_are_not_paired_by_place(
    loss: Loss, tmp_path: Path, command: str, option: str, second: str
) -> None:
    (tmp_path / "x.csv").write_text("cat,dog,ship\n1,2,3\n3,2,1\n0,1,0\n")
    (tmp_path / "y.csv").write_text("0\n1\n2\n")
    path = tmp_path / "second.csv"
    path.write_text(second)
    target = [] if option == "-t" else ["-t", tmp_path / "y.csv"]
    call = (command, "-q", "-i", tmp_path / "x.csv", *target, option)
    ran = loss(*call, path)
    assert (ran.status, ran.out) == (3, "")
    assert "in a different order; choose them in the input's order: ::cat,dog,ship" in ran.err
    assert loss(*call, f"{path}::cat,dog,ship").status == 0


def test_a_slip_in_the_first_row_is_not_a_header(loss: Loss, tmp_path: Path) -> None:
    for slip in ("2O", "0x10", "1d5", "１"):
        path = tmp_path / "r.csv"
        path.write_text(f"10,{slip}\n3,4\n5,7\n", "utf-8")
        ran = loss("mse", "-q", "-i", f"{path}::0", "-t", f"{path}::1")
        assert (ran.status, "line 1 column 2" in ran.err) == (3, True), slip


def test_targets_and_predictions_are_numbered_alike(loss: Loss, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("1,2\n2,1\n")
    (tmp_path / "y.csv").write_text("2\n1\n")
    call = ("ce", "-i", tmp_path / "x.csv", "-t", tmp_path / "y.csv", "--label-base", "1")
    rows = [line.split(",")[:3] for line in loss(*call, "-f", "csv").out.splitlines()]
    assert rows[1:] == [["0", "2", "2"], ["1", "1", "1"]]
    table = [line.split()[:3] for line in loss(*call).out.splitlines()[2:4]]
    assert table == rows[1:]


def test_an_infinite_term_behind_extreme_weights_is_status_4(loss: Loss, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("1,2,9\n3,2,1\n")
    (tmp_path / "y.csv").write_text("0\n1\n")
    call = (
        "ce",
        "-i",
        tmp_path / "x.csv",
        "-t",
        tmp_path / "y.csv",
        "--weight",
        "1e308,1e308,1e308",
    )
    assert loss(*call, "-q").status == 0
    for options in (["-r", "none", "-q"], ["-f", "csv"], ["-r", "sum", "-q"]):
        ran = loss(*call, *options)
        assert ran.status == 4
        assert "inf" in ran.out


def test_two_keys_for_one_role_are_a_question(loss: Loss, tmp_path: Path) -> None:
    path = tmp_path / "all.json"
    path.write_text('{"logits": [[1, 2]], "label": [0], "labels": [1]}')
    ran = loss("ce", "-q", "-i", path)
    assert (ran.status, ran.out) == (3, "")
    assert "which one is the target?" in ran.err
    assert loss("ce", "-q", "-i", path, "-t", "::label").status == 0


def test_perplexity_and_accuracy_mean_what_they_say(loss: Loss, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("nan,2\n2,1\n")
    (tmp_path / "y.csv").write_text("0\n0\n")
    call = ("ce", "-f", "json", "-i", tmp_path / "x.csv", "-t", tmp_path / "y.csv")
    assert json.loads(loss(*call).out)["summary"]["accuracy"] == 0.5
    (tmp_path / "x.csv").write_text("1,2\n2,1\n")
    assert "perplexity" in json.loads(loss(*call).out)["summary"]
    assert "perplexity" not in json.loads(loss(*call, "--z-loss", "1").out)["summary"]


def test_class_names_do_not_depend_on_the_label_base(loss: Loss, tmp_path: Path) -> None:
    (tmp_path / "y.csv").write_text("dog\ndog\nship\n")
    call = ("ce", "-i", ROOT / "samples/step-by-step/logits.csv", "-t", tmp_path / "y.csv")
    named = loss(*call, "-f", "csv")
    assert named.status == 0
    assert loss(*call, "-f", "csv", "--label-base", "1") == named
    path = tmp_path / "all.json"
    path.write_text('{"labels": ["dog", "dog", "ship"]}')
    for base in ("0", "1"):
        ran = loss(*call[:3], "-t", f"{path}::labels", "-f", "csv", "--label-base", base)
        assert ran == named


def test_a_last_axis_of_one_is_not_broadcast() -> None:
    rng = np.random.default_rng(0)
    for n in (1, 2):
        x, y = rng.normal(size=(n, 3, 4)), rng.integers(0, 3, (n, 4))
        assert (
            compute("ce", input=x, target=y[..., None]).value
            == compute("ce", input=x, target=y).value
        )


def test_what_overflows_while_it_is_written_is_status_4(loss: Loss, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("1e15\n1\n")
    (tmp_path / "y.csv").write_text("0\n0\n")
    (tmp_path / "w.csv").write_text("1e10\n1\n")
    files = ("-i", tmp_path / "x.csv", "-t", tmp_path / "y.csv", "--dtype", "float32")
    ran = loss("mse", *files, "--sample-weight", tmp_path / "w.csv", "-f", "csv")
    assert ",inf" in ran.out
    assert ran.status == 4
    (tmp_path / "x.csv").write_text("1e-12\n0.5\n")
    (tmp_path / "y.csv").write_text("1\n1\n")
    ran = loss("bce", *files, "--weight", "1e29", "-r", "sum", "-f", "csv", "--grad")
    assert ("inf" in ran.out) == (ran.status == 4)


def test_ignored_rows_may_hold_anything() -> None:
    p = [[0.5, 0.5], [1.5, 0.2]]
    result = compute("ce", input=p, target=[0, -100], from_="probs")
    assert result.value == pytest.approx(np.log(2))


def test_columns_of_gradients_never_share_a_name(loss: Loss, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,a.1,a\n1,2,3\n3,2,1\n")
    (tmp_path / "y.csv").write_text("0\n1\n")
    ran = loss("ce", "-f", "jsonl", "--grad", "-i", tmp_path / "x.csv", "-t", tmp_path / "y.csv")
    assert len(json.loads(ran.out.splitlines()[0])) == 7


def test_float32_tables_show_the_float32_gradient(loss: Loss) -> None:
    call = ("ce", "--dtype", "float32", "-i", SAMPLE / "logits.csv", "-t", SAMPLE / "labels.csv")
    table = [line.split()[-3:] for line in loss(*call, "--grad").out.splitlines()[2:5]]
    rows = [line.split(",")[-3:] for line in loss(*call, "-f", "csv", "--grad").out.splitlines()]
    assert table == rows[1:]


def test_with_classes_in_rows_a_header_does_not_name_classes(loss: Loss, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("s1,s2,s3\n1,2,3\n3,2,1\n0,0,0\n")
    (tmp_path / "y.csv").write_text("0\n1\n2\n")
    call = ("ce", "-f", "csv", "-i", tmp_path / "x.csv", "-t", tmp_path / "y.csv")
    turned = loss(*call, "--class-axis", "0").out.splitlines()
    assert [line.split(",")[1] for line in turned[1:]] == ["0", "1", "2"]
    assert [line.split(",")[1] for line in loss(*call).out.splitlines()[1:]] == ["s1", "s2", "s3"]


def test_a_first_label_taken_as_a_header_is_named(loss: Loss, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("cat,dog\n1,2\n3,1\n")
    (tmp_path / "y.csv").write_text("Dog\ncat\n")
    ran = loss("ce", "-q", "-i", tmp_path / "x.csv", "-t", tmp_path / "y.csv")
    assert ran.status == 3
    assert "its first line, 'Dog', was read as a header" in ran.err


def test_an_ignored_label_is_listed_as_the_file_has_it(loss: Loss, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((2, 3)))
    np.save(tmp_path / "y.npy", np.array([2**64 - 1, 2], "u8"))
    call = ("ce", "-i", tmp_path / "x.npy", "-t", tmp_path / "y.npy")
    ran = loss(*call, "--ignore-index", 2**64 - 1, "-f", "tsv")
    assert ran.out.splitlines()[1].startswith(f"0\t{2**64 - 1}\t")


def test_an_input_and_a_target_that_are_swapped(loss: Loss, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((4, 3)))
    np.save(tmp_path / "y.npy", np.array([0, 1, 2, 0]))
    np.save(tmp_path / "long.npy", np.array([0, 1, 2, 0, 1]))
    for name in ("x", "y", "long"):
        ran = loss("ce", "-q", "-t", tmp_path / "x.npy", "-i", tmp_path / f"{name}.npy")
        assert ("are --input and --target swapped?" in ran.err) == (name == "y")
    for tool in ("explain", "reconcile"):
        value = ("--value", "1") * (tool == "reconcile")
        ran = loss(tool, "ce", "-t", tmp_path / "x.npy", "-i", tmp_path / "y.npy", *value)
        assert (ran.status, "are --input and --target swapped?" in ran.err) == (3, True)


SWAPPED = [
    "ce -i samples/digits/labels.npy -t samples/digits/logits.npy",
    "explain ce -i 0,2 -t 2,1,0.1;0,1,3",
    "compare ce -i 0 --reference 2,1,0 -t 2,1,0.1",
    "reconcile bce-logits -i 0,1,1 -t -1,2.5,4 --value 1",
    "ce -i 0 -t 2,1,0.1",
    "ce -i 0.2,0.8,0 -t 2,1.5,0.1",
    "hinge -i -1,1 -t 0.3,2",
    "poisson-nll -i 3,0,1 -t -0.5,2,-1",
    "kl-div -i 0.2,0.8 -t -1.6,-0.2",
    "multilabel-margin -i 0,2,-1 -t 1.5,2,0.1",
    "multilabel-soft-margin -i 0,1,1 -t 1.5,2,0.1",
    "ctc -i samples/ctc/all.yaml::target -t ::input",
]


@pytest.mark.parametrize("call", SWAPPED)
def test_swapped_sources_are_typed_the_other_way_round(call: str, loss: Loss) -> None:
    words = call.split()
    ran = loss(*words)
    assert ran.status == 3
    question, _, typed = ran.err.partition("; are --input and --target swapped? type ")
    assert question.startswith("loss: ")
    fixed = shlex.split(typed)
    for flag, source in zip(fixed[::2], fixed[1::2], strict=True):
        words[words.index(flag) + 1] = source
    assert loss(*words).status == 0


@pytest.mark.parametrize(
    "call",
    [
        "mse -i 1,2,3 -t 1,2",
        "bce-logits -i 0.5,0.3,0.1,0.4,0.2 -t 0,1,2,1,1",
        "bce -i 0.5,0.3 -t 0,2",
        "bce-logits -i 1 -t 2.5",
        "hinge -i 1,-1,1 -t 0,1,0",
        "mape -i 1,2 -t 0,1",
        "ce -i 2,1,0.5 -t 0,1",
        "ce -i 2,1,0 -t 0,1",
        "ce -i 0.5,1.5 -t 2,1,0;0,1,2",
    ],
)
def test_what_may_be_a_fault_in_its_place_is_not_called_swapped(call: str, loss: Loss) -> None:
    ran = loss(*call.split())
    assert (ran.status, "swapped" in ran.err) == (3, False)


def test_swapped_sources_of_several_inputs(loss: Loss) -> None:
    ran = loss("ce", "-i", "0", "-i", "1", "-t", "2,1,0.1")
    assert ran.err.endswith("are --input and --target swapped? swap them\n")


def test_swapped_arrays_in_python() -> None:
    with pytest.raises(LossError, match=r"are input and target swapped\? swap them"):
        compute("ce", input=[0, 1], target=[[1.0, 2.0, 3.0], [0.5, 1.0, 0.0]])


def test_advice_is_not_what_was_typed(loss: Loss, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((4, 2)))
    np.save(tmp_path / "y.npy", np.array([0, 1, 1, 0]))
    np.save(tmp_path / "two.npy", np.array([0, 1]))
    call = ("ce", "-q", "-i", tmp_path / "x.npy", "-t")
    for axis in ("0", "-2"):
        ran = loss(*call, tmp_path / "y.npy", "--class-axis", axis)
        assert "are the classes on axis 1? use --class-axis 1" in ran.err
    assert "use --class-axis 0" in loss(*call, tmp_path / "two.npy").err
    np.save(tmp_path / "v.npy", np.zeros(4))
    np.save(tmp_path / "twos.npy", np.array([0, 1, 2, 0]))
    signs = ("hinge", "-q", "-i", tmp_path / "v.npy", "-t", tmp_path / "twos.npy")
    assert "use --map-binary" in loss(*signs).err
    ran = loss(*signs, "--map-binary")
    assert "target 2 is not in {0, 1}; write 0 or 1, or remove --map-binary" in ran.err
