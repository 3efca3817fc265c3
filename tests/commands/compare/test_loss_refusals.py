"""What `loss compare` with a loss refuses, and inputs with hardly anything in them."""

from __future__ import annotations

import numpy as np
import pytest

from tests.conftest import Loss
from tests.each import for_each

pytestmark = pytest.mark.usefixtures("files")


@for_each(
    "case",
    [
        ("-i a.npy", 2, "--reference is missing"),
        ("--reference a.npy", 2, "--input is missing"),
        ("-i a.npy --reference ref.npy --by length", 2, "is a single term"),
        ("-i a.npy --reference ref.npy --by group", 2, "give --groups FILE"),
        ("-i a.npy --reference ref.npy --by class -f tsv", 2, "use -f table"),
        ("-i a.npy --reference ref.npy --by class -q", 2, "instead of value"),
        ("-i a.npy --reference ref.npy --by class --groups y.npy -f csv", 2, "are two tables"),
        ("-i a.npy --reference ref.npy --ci -f tsv", 2, "--ci has no place in -f tsv; use -f json"),
        ("-i a.npy --reference ref.npy --top 1 -f csv", 2, "--top has no place in -f csv"),
        ("-i a.npy --reference ref.npy --digits 1 -f csv", 2, "--digits is for tables, and -f csv"),
        ("-i a.npy --reference ref.npy --ci 95", 2, "write 0.95 for 95 %"),
        ("-i a.npy --reference ref.npy --seed 1", 2, "--seed is for --ci"),
        ("-i a.npy --reference ref.npy --moved -1", 2, "is negative"),
        ("-i a.npy -i b.npy --reference ref.npy --top 3", 2, "--top shows samples of one input"),
        ("-i a.npy --reference wide.npy", 3, "reference has shape (40, 4), expected (40, 3)"),
        ("-i a.npy -i wide.npy --reference ref.npy", 3, "input 2 has shape (40, 4)"),
        ("-i p.npy --reference ref.npy", 3, "p.npy holds probabilities, but ref.npy does not"),
        ("-i a.npy -i p.npy --reference ref.npy", 3, "give the logits of all, or the prob"),
        ("-i a.npy --reference ref.npy -o out.pdf", 2, "the extension must be"),
        ("-i a.npy --reference ref.npy -r sum", 2, "is not one of mean"),
    ],
)
def test_refusals(loss: Loss, case: tuple[str, int, str]) -> None:
    options, status, words = case
    ran = loss("compare", "ce", *options.split(), "-t", "y.npy")
    assert (ran.status, ran.out, ran.err.count("\n")) == (status, "", 1), ran
    assert words in ran.err


def test_reports_have_breakdowns_for_conditions_alone(loss: Loss) -> None:
    call = ("compare", "ce", "-i", "a.npy", "--reference", "ref.npy", "-t", "y.npy", "-f", "github")
    assert loss(*call, "--ci", "--check", "change.ci.low>-99").status == 0
    for option, words in (("--ci", "--ci has no place in -f github"), ("--by", "for summaries")):
        ran = loss(*call, option, *["class"] * (option == "--by"), "--check", "loss<99")
        assert (ran.status, words in ran.err) == (2, True), ran


def test_what_a_loss_does_not_have_is_refused(loss: Loss) -> None:
    call = ("compare", "mse", "-i", "real.npy", "--reference", "other.npy", "-t", "real.npy")
    assert float(loss(*call, "-q").out) == -np.mean(
        (np.load("other.npy") - np.load("real.npy")) ** 2
    )
    ran = loss(*call, "--by", "class")
    assert (ran.status, ran.err) == (2, "loss: --by class: mse has no target classes; remove it\n")
    ran = loss(
        "compare", "bce-logits", "-i", "real.npy", "--reference", "other.npy", "--blank", "0"
    )
    assert (ran.status, "--blank: bce-logits does not take it" in ran.err) == (2, True)


def test_probabilities_against_logits_of_a_binary_loss(loss: Loss) -> None:
    np.save("bp.npy", 1 / (1 + np.exp(-np.load("other.npy"))))
    np.save("by.npy", np.load("y.npy") > 0)
    call = ("compare", "bce-logits", "--reference", "real.npy", "-t", "by.npy", "-q")
    ran = loss(*call, "-i", "bp.npy")
    assert (ran.status, ran.out) == (3, "")
    assert "bp.npy holds probabilities, but real.npy does not" in ran.err
    assert "--reference real-sigmoid.npy to loss compare bce" in ran.err
    assert loss("sigmoid", "-i", "real.npy", "-o", "real-sigmoid.npy").status == 0
    fixed = ("compare", "bce", "-i", "bp.npy", "--reference", "real-sigmoid.npy", "-t", "by.npy")
    assert loss(*fixed, "-q").status == 0


@for_each("form", ["table", "json", "markdown", "value"])
def test_what_is_not_finite_is_named(loss: Loss, form: str) -> None:
    broken = np.load("ref.npy")
    broken[4, 2] = np.nan
    np.save("nan.npy", broken)
    np.save("ignored.npy", np.full(40, -100))
    call = ("compare", "ce", "-i", "a.npy", "-f", form, "--reference")
    for inputs in ((), ("-i", "b.npy")):
        ran = loss(*call, "nan.npy", "-t", "y.npy", *inputs)
        assert ran.status == 4
        assert "nan.npy row 5 column 3 (index [4, 2]): input is nan" in ran.err
        ran = loss(*call, "ref.npy", "-t", "ignored.npy", *inputs)
        assert ran.status == 4
        assert "all 40 targets are ignored" in ran.err
        assert "--reduction" not in ran.err


def test_one_number_one_row_one_class_and_nothing(loss: Loss) -> None:
    for name, array in (("zero", 2.5), ("zero2", 3.0), ("empty", np.empty((0, 3)))):
        np.save(f"{name}.npy", np.array(array))
    np.save("none.npy", np.empty(0, int))
    np.save("row.npy", np.load("a.npy")[:1])
    np.save("row2.npy", np.load("b.npy")[:1])
    np.save("label.npy", np.load("y.npy")[:1])
    np.save("column.npy", np.ones((40, 1)))
    np.save("zeros.npy", np.zeros(40, int))
    scalar = ("mse", "-i", "zero.npy", "--reference", "zero2.npy", "-t", "zero.npy")
    assert float(loss("compare", *scalar, "-q").out) == -0.25
    cases: list[tuple[tuple[str, ...], int]] = [
        (scalar, 0),
        (("ce", "-i", "row.npy", "--reference", "row2.npy", "-t", "label.npy"), 0),
        (("ce", "-i", "column.npy", "--reference", "column.npy", "-t", "zeros.npy"), 0),
        (("ce", "-i", "empty.npy", "--reference", "empty.npy", "-t", "none.npy"), 3),
        (("-i", "empty.npy", "--reference", "empty.npy"), 3),
        (("-i", "zero.npy", "--reference", "zero2.npy"), 3),
        (("-i", "row.npy", "--reference", "row2.npy"), 0),
    ]
    for call, status in cases:
        for form in ("table", "json", "csv", "latex"):
            ran = loss("compare", *call, "--ci", "-f", form, "--no-warn")
            assert (ran.status, ran.err.count("\n")) == (status, status and 1), (call, ran)
