"""Numbers that are typed in place of a file: their shape in each role, and what is refused."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import losscli
from losscli.commands.signatures import SHORT, flag
from losscli.losses import declaration, names
from losscli.readers import WantedRole, open_sources
from tests.conftest import Loss, says_what_to_do
from tests.each import for_each
from tests.readers.opening import LABELS, ONE, load, refusal, whole, write

if TYPE_CHECKING:
    from pathlib import Path

ROWS = (ONE[0]._replace(in_rows=True), LABELS[0]._replace(in_rows=None))
"""The roles of a loss with a class axis."""


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("3", [3.0]),
        ("2,1,0.1", [2.0, 1.0, 0.1]),
        ("-1,+2, .5 ,1e-3", [-1.0, 2.0, 0.5, 1e-3]),
        ("inf,-inf", [np.inf, -np.inf]),
        ("0;2;1", [0.0, 2.0, 1.0]),
        ("0;2;", [0.0, 2.0]),
        ("1,2;3,4", [[1.0, 2.0], [3.0, 4.0]]),
        ("1,2;", [[1.0, 2.0]]),
    ],
)
def test_without_a_class_axis_one_row_is_a_vector(text: str, numbers: list[float]) -> None:
    assert load(text).tolist() == numbers


@pytest.mark.parametrize(
    ("text", "shape"), [("3", (1, 1)), ("2,1", (1, 2)), ("2;1", (2, 1)), ("2,1;0,1;", (2, 2))]
)
def test_with_a_class_axis_each_row_is_a_sample(text: str, shape: tuple[int, ...]) -> None:
    assert load(text, ROWS[:1]).shape == shape


@pytest.mark.parametrize(
    ("rows", "target", "shape"),
    [
        ("2,1,0", "0", (1,)),
        ("2,1,0", "0.2,0.8,0", (1, 3)),
        ("2,1,0", "0,1", (2,)),
        ("2,1;0,1", "0,1", (2,)),
        ("2,1;0,1", "0;1", (2,)),
        ("2,1;0,1", "0,1;", (1, 2)),
        ("2", "0", (1,)),
        ("2", "1;", (1, 1)),
    ],
)
def test_a_target_is_a_row_where_that_is_the_shape_of_the_input(
    rows: str, target: str, shape: tuple[int, ...]
) -> None:
    sources, _ = open_sources({"input": rows, "target": target}, ROWS)
    assert whole(sources["target"]).shape == shape


def test_one_number_for_all_classes_is_a_scalar() -> None:
    weight = WantedRole("weight", ("weight",), required=False, by_row=False)
    sources, _ = open_sources({"input": "2,1", "target": "0", "weight": "2"}, [*ROWS, weight])
    assert sources["weight"].shape == ()


def test_weights_of_one_sample_stay_a_vector(loss: Loss) -> None:
    assert "weight:2,3|" in loss("ce", "-i", "1,2", "-t", "0", "--weight", "2,3").out


def test_large_labels_are_exact_as_in_a_file(tmp_path: Path) -> None:
    big = 2**53 + 1
    assert load(f"{big},0", LABELS).tolist() == [big, 0]
    write(tmp_path / "y.csv", f"{big}\n0\n")
    assert load(f"{big},0").tolist() == load(tmp_path / "y.csv").tolist() == [2.0**53, 0]
    assert "target item 2: label 18446744073709551616 is out of range" in refusal(
        f"0,{2**64}", LABELS
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2,x,1", "'2,x,1' item 2: 'x' is not a number, and there is no such file"),
        ("1,2.csv", "'1,2.csv' item 2: '2.csv' is not a number, and there is no such file"),
        ("2,,1", "item 2: empty item"),
        ("2,1,", "item 3: empty item"),
        ("1,2;3", "row 1 has 2 items, row 2 has 1"),
        ("1,1e400", "item 2: '1e400' is too large"),
        ("1e400", "'1e400' is too large"),
        ("[2, 1]", "write numbers as 2,1"),
        ("[[2,1],[0,3]]", "write numbers as '2,1;0,3'"),
        ("2 1", "write numbers as 2,1"),
        ("2,1\n0,3\n", "write numbers as '2,1;0,3'"),
        ("\u22121,2", "write numbers as -1,2"),
        ("\u201c2,1\u201d", "\u201c2,1\u201d: there is no such file; write numbers as 2,1"),
        ("'2,1'", "write numbers as 2,1"),
        ("\u00ab[[2,1],[0,3]]\u00bb", "write numbers as '2,1;0,3'"),
        ("2\uff0c1", "write numbers as 2,1"),
        ("1\uff0e5\uff1b2", "write numbers as '1.5;2'"),
        ("2'000,1", "item 1: "),
        ("1,true", "item 2: 'true' is a bool, not a number"),
        ("logits,labels.csv", "logits,labels.csv: no such file"),
        ("2,1::x", "2,1: no such file"),
        ("csv:2,1", "2,1: no such file"),
    ],
)
def test_refusals(text: str, words: str) -> None:
    message = refusal(text)
    assert words in message
    assert says_what_to_do(message)


def test_a_file_with_the_name_of_numbers_is_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("3", "1,x"):
        write(tmp_path / name, "7\n8\n")
    sources, _ = open_sources({"input": "3"}, ONE)
    assert whole(sources["input"]).tolist() == [3.0]
    assert ["type ./3 to read it" in note for note in sources["input"].notes] == [True]
    assert load("./3").tolist() == [7.0, 8.0]
    assert load("1,x").tolist() == [7.0, 8.0]


SAME = [
    ("ce -i 2,1,0.1 -t 0", "ce -i x.csv -t y.csv", {"x": "2,1,0.1\n", "y": "0\n"}),
    ("mse -i -2.5,1 -t 3,1", "mse -i x.csv -t y.csv", {"x": "-2.5\n1\n", "y": "3\n1\n"}),
    ("ce -i 2,1;0,3 -t 0;1 --weight 1,2", "ce -i x.csv -t y.csv --weight 1,2",
     {"x": "2,1\n0,3\n", "y": "0\n1\n"}),
    ("ce -i x.csv -t 0,1 --sample-weight 1,3", "ce -i x.csv -t y.csv --sample-weight w.csv",
     {"x": "2,1\n0,3\n", "y": "0\n1\n", "w": "1\n3\n"}),
    ("multilabel-margin -i 2,1,0.1 -t 0,2,-1", "multilabel-margin -i x.csv -t y.csv",
     {"x": "2,1,0.1\n", "y": "0,2,-1\n"}),
    ("triplet-margin --anchor 1,2 --positive 1,3 --negative 0,1",
     "triplet-margin --anchor x.csv --positive y.csv --negative z.csv",
     {"x": "1,2\n", "y": "1,3\n", "z": "0,1\n"}),
    ("softmax -i 2,1,0.1", "softmax -i x.csv", {"x": "2,1,0.1\n"}),
    ("sigmoid -i 2,1,0.1", "sigmoid -i x.csv", {"x": "2\n1\n0.1\n"}),
    ("entropy -i 0.5,0.5 -t 0.9,0.1", "entropy -i x.csv -t y.csv",
     {"x": "0.5,0.5\n", "y": "0.9,0.1\n"}),
    ("compare -i 2,1 --reference 1,1 -t 0", "compare -i x.csv --reference y.csv -t z.csv",
     {"x": "2,1\n", "y": "1,1\n", "z": "0\n"}),
    ("mse -i 2 -t 3 --params 1,2 --l2 1", "mse -i 2 -t 3 --params x.csv --l2 1", {"x": "1\n2\n"}),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "files", "contents"), SAME)
def test_every_command_reads_the_numbers_of_a_file(
    typed: str,
    files: str,
    contents: dict[str, str],
    loss: Loss,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in contents.items():
        write(tmp_path / f"{name}.csv", text)
    ran = loss(*typed.split(), "-f", "json")
    same = loss(*files.split(), "-f", "json")
    assert ran.status == same.status == 0, ran
    assert ran.out.replace("item", "line") == same.out.replace("x.csv", "input").replace(
        "y.csv", "reference"
    )


def test_the_commands_to_type_next_quote_the_numbers(loss: Loss) -> None:
    ran = loss("diagnose", "ce", "-i", "0.2,0.8;0.5,0.5;1,0", "-t", "1;1;0")
    assert "-i '0.2,0.8;0.5,0.5;1,0' -t '1;1;0'" in ran.out
    lines = [line for line in ran.out.splitlines() if "loss ce" in line or "loss diagnose" in line]
    words = shlex.split(lines[0].partition("loss ")[2])
    assert loss(*words).err == ""


def test_python_reads_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arrays = losscli.read("ce", input="2,1,0.1;0,1,3", target="0,2", weight="1,2,3")
    assert arrays["input"].shape == (2, 3)
    assert arrays["target"].tolist() == [0, 2]
    with pytest.raises(losscli.LossError, match="item 2: 'x' is not a number"):
        losscli.read("ce", input="2,x", target="1")
    monkeypatch.chdir(tmp_path)
    path = write(tmp_path / "3", "7\n")
    assert losscli.read("mse", input=path.relative_to(tmp_path), target="1")["input"] == [7]


@for_each("name", names())
def test_every_loss_has_the_number_of_its_files(name: str, loss: Loss) -> None:
    _, _, *words = shlex.split(declaration(name).facts["example"])
    flags = {SHORT.get(role.name, flag(role.name)): role.name for role in declaration(name).roles}
    files: dict[str, Any] = {
        flags[word]: words[at + 1] for at, word in enumerate(words) if word in flags
    }
    arrays = losscli.read(name, **files)
    typed = [*words]
    for short, role in flags.items():
        rows = np.atleast_2d(arrays[role])
        if rows.ndim == 2 and short in words:
            text = ";".join(",".join(map(repr, row)) for row in rows.tolist())
            typed[words.index(short) + 1] = text
    assert typed != words
    assert loss(name, *typed, "-q").out == loss(name, *words, "-q").out
