"""`losscli.read` and `losscli.transform`: the arrays and the numbers of the command line."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import losscli
from losscli.commands.signatures import SHORT
from losscli.losses.declare.registry import find
from losscli.losses.transforms import TRANSFORMS
from tests.conftest import Loss
from tests.each import for_each

READ = ("by_id", "classes", "decimal", "delimiter", "header", "labels_are", "sample_weight")
BOTH = ("label_base", "ignore_index")
NUMBERED = "10,2,3\n1,2,3\n3,2,1\n"
CALLS: list[tuple[str, dict[str, str], str]] = [
    ("ce", {"x": "cat,dog\n1,2\n3,4\n", "y": "dog\ncat\n"}, "-i x -t y --label-base 1"),
    ("ce", {"x": "id,a,b\n7,1,2\n5,3,1\n", "y": "id,y\n5,1\n7,1\n"}, "-i x -t y --by-id id"),
    ("ce", {"x": "logit_a,logit_b,group,target,sample_weight\n1,2,3,1,2\n3,1,1,1,9\n"},
     "-i x --sample-weight ::sample_weight --weight 0.1,3"),
    ("ce", {"x": NUMBERED, "y": "y\n10\n-1\n"}, "-i x -t y --header --ignore-index -1"),
    ("ce", {"x": NUMBERED, "y": "y\n2\n1\n"}, "-i x -t y --header --labels-are indices"),
    ("ce", {"x": "1,2\n3,4\n", "y": "dog\ncat\n"}, "-i x -t y --classes dog,cat --weight w.json"),
    ("mse", {"x": "1,5;2\n", "y": "2;0,5\n"}, "-i x -t y --decimal , --delimiter ; -r sum"),
]  # fmt: skip


def computed(name: str, *words: str) -> float:
    """Return the loss of the sources and options that are typed for a command."""
    flags = {flag: role for role, flag in SHORT.items()} | {"-r": "reduction"}
    sources: dict[str, Any] = {}
    options: dict[str, Any] = {}
    own = find(name)
    here = {role.name for role in own.roles} | {*READ, *BOTH, "weight"}
    rest = [*words]
    while rest:
        word = rest.pop(0)
        key = flags.get(word, word.removeprefix("--").replace("-", "_"))
        value: Any = True if key == "header" else rest.pop(0)
        value = int(value) if key in BOTH else value
        if key in here:
            sources[key] = value
        if key not in here or key in BOTH:
            options[key] = value
    return float(losscli.compute(name, **losscli.read(name, **sources), **options).value)


@for_each("name", losscli.losses.names())
def test_the_number_of_every_example(name: str, loss: Loss) -> None:
    _, _, *words = shlex.split(find(name).facts["example"])
    assert f"{computed(name, *words)!r}\n" == loss(name, *words, "-q").out


@pytest.mark.filterwarnings("ignore::losscli.LossWarning")
@for_each("called", CALLS)
def test_the_number_of_other_calls(
    called: tuple[str, dict[str, str], str], loss: Loss, tmp_path: Path
) -> None:
    name, files, line = called
    for file, text in files.items():
        (tmp_path / f"{file}.csv").write_text(text)
    (tmp_path / "w.json").write_text("[0.25, 2]")
    known = {file: str(tmp_path / f"{file}.csv") for file in files}
    known["w.json"] = str(tmp_path / "w.json")
    words = [known.get(word, word) for word in line.split()]
    typed = loss(name, *words, "-q")
    assert typed.status == 0, typed.err
    assert f"{computed(name, *words)!r}\n" == typed.out


def test_what_is_read(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("cat,dog,label\n1,2,dog\n3,4,cat\n")
    source = tmp_path / "x.csv"
    with pytest.warns(losscli.LossWarning, match="target is read from .*, column 'label'") as seen:
        found = losscli.read("ce", input=source, weight=2, sample_weight=[1, 0])
    assert seen[0].filename == __file__
    assert {name: array.tolist() for name, array in found.items()} == {
        "input": [[1, 2], [3, 4]], "target": [1, 0], "weight": 2, "sample_weight": [1, 0],
    }  # fmt: skip


def test_refusals_are_worded_for_python(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    (tmp_path / "y.csv").write_text("b,a\n0.5,0.5\n")
    x, y = str(tmp_path / "x.csv"), str(tmp_path / "y.csv")
    for sources, message in (
        ({"input": x}, 'give target="FILE", or choose a column with target="::COLUMN"'),
        ({"target": x}, r"input is missing; give the file of the logits \(help\(losscli.read\)"),
        ({"input": x, "target": y}, "the input's columns in a different order"),
        ({"input": x, "target": [0]}, "target: expected the name of a file, found list"),
        ({"input": x, "target": y, "from_": "probs"}, "from_ does not .*; give it to compute"),
        ({"input": x, "target": y, "class_axis": 1}, "class_axis does not .*; give it to compute"),
        ({"input": x, "target": y, "labels": 1}, r"did you mean target\?"),
        ({"input": x, "target": y, "labels_are": "words"}, "is not one of names, indices"),
        ({"input": x, "target": y, "classes": ["c", "d"]}, "remove classes, or use header=False"),
        ({"input": x, "target": y, "classes": 3}, "is not a list of names"),
        ({"input": x, "target": y, "header": "no"}, "is not True, False or None"),
        ({"input": x, "target": y, "delimiter": 3}, "3 is not text"),
    ):
        with pytest.raises(losscli.LossError, match=message):
            losscli.read("ce", **sources)
    with pytest.raises(losscli.LossError, match="classes: mse has no class indices; remove it"):
        losscli.read("mse", input=x, target=y, classes="a,b")


@for_each("name", TRANSFORMS)
def test_the_numbers_of_a_transform(name: str, loss: Loss, tmp_path: Path) -> None:
    file, rng = tmp_path / "x.npy", np.random.default_rng(8)
    by_class = TRANSFORMS[name].by_class
    shapes = (((5,), 0), ((70_000, 2), 1), ((5, 3), 0), ((2, 3, 4), -1), ((2, 3, 2, 2), 1))
    for shape, axis in shapes:
        x = rng.normal(size=shape) * 9
        np.save(file, x)
        for dtype in ("float64", "float32"):
            given = {"class_axis": axis} if by_class else {}
            words = [f"--class-axis={axis}"] if by_class else []
            ran = loss(name, "-i", file, "--dtype", dtype, "-o", tmp_path / "out.npy", *words)
            assert ran.status == 0, ran.err
            found = losscli.transform(name, x, dtype=dtype, **given)
            expected = np.load(tmp_path / "out.npy")
            assert found.dtype == expected.dtype == dtype
            assert np.array_equal(found, expected), (shape, axis)


def test_what_a_transform_refuses() -> None:
    for name, x, axis, message in (
        ("softmax", [1.0, 2.0], 1, r'use class_axis=0; for one .* use transform\("sigmoid", ...\)'),
        ("softmin", [1.0], 1, "is not one of softmax, log-softmax, sigmoid, log-sigmoid"),
        ("sigmoid", [[1.0]], 0, "class_axis: sigmoid has no class axis; remove it"),
        ("softmax", [[1.0]], "last", "class_axis: 'last' is not a whole number"),
    ):
        with pytest.raises(losscli.LossError, match=message):
            losscli.transform(name, x, class_axis=axis)  # type: ignore[arg-type]
    with pytest.warns(losscli.LossWarning, match="input: one column is one class"):
        assert losscli.transform("log_softmax", [[7.0]]).tolist() == [[0]]
