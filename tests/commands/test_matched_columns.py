"""Two files are compared class by class, in one form, or not at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from losscli.numerics.arrays import Array
from tests.conftest import Loss

RANDOM = np.random.default_rng(4)
LOGITS = RANDOM.normal(size=(5, 3))
OTHER = LOGITS + RANDOM.normal(size=(5, 3)) / 10
LOG_PROBS = OTHER - np.log(np.exp(OTHER).sum(axis=1, keepdims=True))


def table(path: Path, header: str, values: Array, order: list[int]) -> Path:
    rows = [",".join(map(repr, row)) for row in values[:, order].tolist()]
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


@pytest.mark.parametrize(
    ("first", "second", "order"),
    [
        ("cat,dog,fish", "fish,cat,dog", [2, 0, 1]),
        ("0,1,10", "0,10,1", [0, 2, 1]),
        ("logit_cat,logit_dog,logit_cow", "p_dog,p_cow,p_cat", [1, 2, 0]),
    ],
)
def test_columns_are_matched_by_name(
    loss: Loss, tmp_path: Path, first: str, second: str, order: list[int]
) -> None:
    a = table(tmp_path / "a.csv", first, LOGITS, [0, 1, 2])
    b = table(tmp_path / "b.csv", first, OTHER, [0, 1, 2])
    c = table(tmp_path / "c.csv", second, OTHER, order)
    call = ("compare", "-i", a, "-q", "--header", "--reference")
    plain, moved = loss(*call, b), loss(*call, c)
    assert (plain.status, moved.status) == (0, 0)
    assert moved.out == plain.out
    assert "matched" not in plain.err
    assert f"{c}: its columns are matched with those of {a} by name, not order" in moved.err
    np.save(tmp_path / "b.npy", OTHER)
    assert loss(*call, tmp_path / "b.npy") == plain._replace(err="")


def test_other_names_are_refused(loss: Loss, tmp_path: Path) -> None:
    a = table(tmp_path / "a.csv", "cat,dog,fish", LOGITS, [0, 1, 2])
    b = table(tmp_path / "b.csv", "cat,dog,cow", LOGITS, [0, 1, 2])
    ran = loss("compare", "-i", a, "--reference", b, "-q")
    assert (ran.status, ran.out) == (3, "")
    assert f"{b} has no column 'fish', which {a} has, but 'cow'" in ran.err


def test_a_place_is_that_in_the_file(loss: Loss, tmp_path: Path) -> None:
    values = OTHER.copy()
    values[3, 2] = np.nan
    a = table(tmp_path / "a.csv", "cat,dog,fish", LOGITS, [0, 1, 2])
    b = table(tmp_path / "b.csv", "fish,cat,dog", values, [2, 0, 1])
    ran = loss("compare", "-i", a, "--reference", b, "-q")
    assert ran.status == 4
    assert f"{b} line 5 column 1: the reference is nan" in ran.err


def test_outputs_in_different_forms_are_refused(
    loss: Loss, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    arrays = {"x": LOGITS, "p": np.exp(LOG_PROBS), "lp": LOG_PROBS, "one": np.exp(LOG_PROBS)}
    arrays["one"] = arrays["one"] * [[1.1 if i == 4 else 1.0] for i in range(5)]
    paths = {name: f"{name}.npy" for name in arrays}
    for name, array in arrays.items():
        np.save(paths[name], array)

    def refused(first: str, second: str, *more: str) -> str:
        out = tmp_path / "each.csv"
        call = ("compare", "-i", paths[first], "--reference", paths[second], "-o", out)
        ran = loss(*call, "-q", *more)
        assert (ran.status, ran.out, out.exists()) == (3, "", False)
        return ran.err

    for first, second in (("x", "p"), ("p", "x"), ("p", "lp")):
        role, other = ("input", first) if second == "p" else ("reference", second)
        assert refused(first, second) == (
            f"loss: p.npy holds probabilities, but {other}.npy does not; write its probabilities "
            f"with loss softmax -i {other}.npy -o {other}-softmax.npy and give "
            f"--{role} {other}-softmax.npy --from probs\n"
        )
        assert loss("softmax", "-i", paths[other], "-o", f"{other}-softmax.npy").status == 0
        typed = {"input": paths[first], "reference": paths[second], role: f"{other}-softmax.npy"}
        sides = ("-i", typed["input"], "--reference", typed["reference"])
        assert loss("compare", *sides, "--from", "probs").status == 0
    assert "use --from logits, which takes both" in refused("x", "lp", "--from", "log-probs")
    call = ("compare", "-q", "--no-warn", "-i", paths["x"], "--reference")
    # Log-probabilities are logits; one row that is off makes the whole file something else.
    assert loss(*call, paths["lp"]).status == 0
    assert loss(*call, paths["one"]).status == 0
    assert loss("compare", "-q", "-i", paths["p"], "--reference", paths["p"]).status == 0
