"""How tables are shared among roles, rows paired by ids, labels that are names or indices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from losscli.errors import LossError
from losscli.readers import ReadOptions, WantedRole, open_sources
from losscli.readers.class_names import parse_classes
from tests.each import for_each
from tests.readers.opening import checked, whole, write

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.conftest import Loss

ROLES = (
    WantedRole("input", ("input", "logits", "probs"), required=True),
    WantedRole("target", ("target", "labels", "label", "y"), True, labels=True, ignored=(-100,)),
    WantedRole("weight", ("weight",), required=False, by_row=False),
    WantedRole("sample_weight", ("sample_weight",), required=False),
)


class Files:
    """Writes small files and opens them as the roles of a loss."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def open(self, texts: Mapping[str, str], **options: Any) -> tuple[dict[str, Any], list[str]]:
        """Return the numbers by role, and all notes; `input` and `target` are texts of files."""
        given = {}
        for role, text in texts.items():
            content, _, selector = text.partition("::")
            path = self.folder / f"{role}.csv"
            given[role] = f"::{selector}"
            if content:
                given[role] = str(write(path, content)) + (f"::{selector}" if selector else "")
        sources, notes = open_sources(given, ROLES, ReadOptions(**options))
        notes += [note for source in sources.values() for note in source.notes]
        found = {role: whole(source).tolist() for role, source in sources.items()}
        return found, [checked(note.replace(f"{self.folder}/", "")) for note in notes]

    def refusal(self, texts: Mapping[str, str], **options: Any) -> str:
        """Return the message that opening ends in."""
        with pytest.raises(LossError) as caught:
            self.open(texts, **options)
        return checked(str(caught.value).replace(f"{self.folder}/", ""))


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def test_an_index_is_left_out(files: Files) -> None:
    for head, first in (("", 0), ("Unnamed: 0", 0), ('""', 1), ("Unnamed: 0.1,Unnamed: 0", 0)):
        rows = [f"{','.join([str(first + i)] * (head.count(',') + 1))},{i}.5" for i in range(3)]
        text = "\n".join([f"{head},v", *rows, ""])
        found, notes = files.open({"input": text, "target": "0\n1\n2\n"})
        assert found["input"] == [0.5, 1.5, 2.5]
        assert all("is left out: it is an index" in note for note in notes)
        assert len(notes) == head.count(",") + 1


def test_a_column_that_may_be_an_index_or_data_is_refused(files: Files) -> None:
    target = {"target": "0\n1\n1\n"}
    message = files.refusal({"input": ",a,b\n5,1,2\n3,1,2\n9,1,2\n", **target})
    assert message == (
        "input.csv line 1 column 1: empty cell in the header (it does not count the rows from 0: "
        "an index, or data?); choose the columns, e.g. input.csv::a-b"
    )
    assert "named 'Unnamed: 0'" in files.refusal(
        {"input": "Unnamed: 0,v\n1,0\n2,0\n4,0\n", **target}
    )
    # A selector decides, and one that only excludes leaves an index out as well.
    text = ",0,1,label\n0,2.0,-1.0,1\n1,0.5,1.5,0\n"
    for selector, values in (("0-1", [[2, -1], [0.5, 1.5]]), ("!label", [[2, -1], [0.5, 1.5]])):
        found, _ = files.open({"input": f"{text}::{selector}", "target": "0\n1\n"})
        assert found["input"] == values
    found, _ = files.open({"input": f"{text}::!0,!label", "target": "0\n1\n"})
    assert found["input"] == [[2, -1], [0.5, 1.5]]


NAMED: dict[str, tuple[Any, list[int]]] = {
    "input,target\n1.5,0\n2.5,1\n": ([1.5, 2.5], [0, 1]),
    "y,logit_a,logit_b\n1,0.5,2\n": ([[0.5, 2]], [1]),
    "Logits.0,Logits.1,Label\n0.5,2,1\n": ([[0.5, 2]], [1]),
    "cat,dog,label\n0.5,2,1\n": ([[0.5, 2]], [1]),
    "cat,dog,label\n0.5,2,dog\n": ([[0.5, 2]], [1]),
    "id,cat,dog,label\nx7,0.5,2,1\n": ([[0.5, 2]], [1]),
}


@for_each("text", NAMED)
def test_columns_are_found_by_the_names_of_roles(files: Files, text: str) -> None:
    found, notes = files.open({"input": text})
    assert (found["input"], found["target"]) == NAMED[text]
    assert any("target is read from input.csv, column" in note for note in notes)


def test_what_another_role_reads_is_left_out_with_a_note(files: Files) -> None:
    text = "a,b,truth\n1,2,1\n3,4,0\n"
    found, notes = files.open({"input": text, "target": "::truth"})
    assert found == {"input": [[1, 2], [3, 4]], "target": [1, 0]}
    assert notes == ["input.csv: column 'truth' is left out: another role reads it"]
    found, notes = files.open({"input": "a,b,label\n1,2,7\n", "target": "0\n"})
    assert found["input"] == [[1, 2]]
    assert notes == ["input.csv: column 'label' is left out: it is named like the target"]
    found, notes = files.open({"input": "a,b,sample_weight\n1,2,7\n", "target": "0\n"})
    assert "give --sample-weight ::sample_weight to use it" in notes[0]
    # Names that would leave nothing are classes.
    found, _ = files.open({"input": "label_a,label_b\n1,2\n", "target": "0\n"})
    assert found["input"] == [[1, 2]]


def test_ids_in_one_of_two_files_are_not_data(files: Files) -> None:
    texts = {"input": "id,a,b\n1,2,3\n", "target": "0\n"}
    message = files.refusal(texts)
    assert "input.csv line 1 column 1: a column named 'id' (ids, or data?); choose" in message
    assert message.endswith("input.csv::a-b")
    found, notes = files.open(texts, by_id="none")
    assert found["input"] == [[2, 3]]
    assert notes == ["input.csv: column 'id' is left out: it holds ids"]


def test_ids_without_a_usual_name_are_not_data(files: Files) -> None:
    target = {"target": "0\n1\n1\n"}
    # An index without a header, and a first column that counts under any name.
    for text in (
        "0,0.5,2.5\n1,1.5,2.5\n2,0.1,2.5\n",
        "time,a,b\n0,0.5,2.5\n1,1.5,2.5\n2,0.1,2.5\n",
        "file,a,b\nx.png,0.5,2.5\nz.png,1.5,2.5\ny.png,0.1,2.5\n",
    ):
        found, notes = files.open({"input": text, **target}, by_id="none")
        assert found["input"] == [[0.5, 2.5], [1.5, 2.5], [0.1, 2.5]]
        assert len(notes) == 1
        assert "is left out" in notes[0]
    # Ids without a header, as numbers and as words that look alike.
    for ids in ("704 12 903", "03 01 02", "img_3 img_1 img_2"):
        first, second, third = ids.split()
        text = f"{first},0.5,2.5\n{second},1.5,2.5\n{third},0.1,2.5\n"
        message = files.refusal({"input": text, **target})
        assert message == (
            "input.csv line 1 column 1: a different value in every row (ids, or data?); choose the "
            "columns, e.g. input.csv::1-2"
        )
        other = {"input": text, "target": f"{second},1.0\n{first},0.0\n{third},1.0\n"}
        assert "use --by-id 0 to pair" in files.refusal(other)
        found, _ = files.open(other, by_id="0")
        assert found == {"input": [[0.5, 2.5], [1.5, 2.5], [0.1, 2.5]], "target": [0, 1, 1]}


def test_an_index_has_other_names_in_other_formats(files: Files) -> None:
    texts = {
        "input": "index,a,b\n7,0.5,2.5\n5,1.5,2.5\n",
        "target": ",label\n5,1\n7,0\n",
    }
    assert "use --by-id index to pair" in files.refusal(texts)
    for name in ("index", "Unnamed: 0"):
        found, _ = files.open(texts, by_id=name)
        assert found == {"input": [[0.5, 2.5], [1.5, 2.5]], "target": [0, 1]}


def test_labels_are_left_out_where_a_command_takes_none(loss: Loss, tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", "a,b,label\n0.25,0.75,1\n0.5,0.5,0\n")
    alone = write(tmp_path / "y.csv", "a,b\n0.25,0.75\n0.5,0.5\n")
    for call in ("softmax", "entropy"):
        ran = loss(call, "-i", path, "-f", "csv")
        assert ran.out == loss(call, "-i", alone, "-f", "csv").out
        assert "column 'label' is left out: it holds labels [source]" in ran.err
    # A word among the chosen columns, when others are left out.
    text = ",a,b,kind\n0,1.5,2,cat\n1,1,2,dog\n2,1,2,cat\n"
    path = write(tmp_path / "z.csv", text)
    assert f"choose the columns of numbers: {path}::a-b" in loss("softmax", "-i", path).err


def test_the_same_ids_under_two_names_are_paired(files: Files) -> None:
    text = "image_id,a,b\n7,0.5,2.5\n5,1.5,2.5\n"
    found, notes = files.open({"input": text, "target": "id,label\n7,0\n5,1\n"})
    assert found == {"input": [[0.5, 2.5], [1.5, 2.5]], "target": [0, 1]}
    assert notes[0] == "input.csv: column 'image_id' is left out: the files have the same ids"
    other = {"input": text, "target": "id,label\n5,1\n7,0\n"}
    assert "use --by-id image_id to pair" in files.refusal(other)
    for name in ("image_id", "id"):
        found, _ = files.open(other, by_id=name)
        assert found["target"] == [0, 1]
    texts = {"input": "img,a,b\n7,0.5,2.5\n5,1.5,2.5\n::!img", "target": "img,label\n5,1\n7,0\n"}
    assert "use --by-id img to pair" in files.refusal(texts)
    # Two columns that share no id are not compared.
    assert "ids, or data?" in files.refusal({"input": text, "target": "id,label\n1,0\n2,1\n"})


def test_a_missing_role_lists_the_columns(files: Files) -> None:
    message = files.refusal({"input": "a,b\n1,2\n"})
    assert message == (
        "--target is missing: input.csv has the columns 'a', 'b', not 'target'; give --target FILE,"
        " or choose a column with --target ::COLUMN"
    )
    assert "which one is the target?" in files.refusal({"input": "a,label,labels\n1,2,3\n"})


IDS = {"input": "id,v\n7,1\n8,2\n9,3\n", "target": "id,t\n9,30\n7,10\n8,20\n"}


def test_rows_are_joined_by_id(files: Files) -> None:
    found, _ = files.open(IDS, by_id="id")
    assert found == {"input": [1, 2, 3], "target": [10, 20, 30]}
    words = {"input": "id,v\n01a,1\n1e3,2\n", "target": "id,t\n1e3,20\n01a,10\n"}
    assert files.open(words, by_id="id")[0]["target"] == [10, 20]
    nameless = {"input": ",v\n7,1\n8,2\n", "target": "Unnamed: 0,t\n8,20\n7,10\n"}
    assert files.open(nameless, by_id="Unnamed: 0")[0]["target"] == [10, 20]


UNPAIRED = {
    "id,t\n7,1\n7,2\n": "target.csv line 3 column 1: the id '7' appears twice, first in row 1",
    "id,t\n7,1\n9,2\n": "target.csv line 3 column 1: the id '9' is not in input.csv; give",
    "id,t\n7,1\n": "input.csv line 3 column 1: the id '8' is not in target.csv; give",
    "id,t\n7,1\n,2\n": "target.csv line 3 column 1: the id is missing",
    "kind,t\n7,1\n8,2\n": "target.csv: no column 'id'; choose one of 'kind', 't'",
    "1\n2\n": "target.csv has no columns with names, so it has no ids 'id'",
}


@for_each("text", UNPAIRED)
def test_ids_that_do_not_pair_are_refused(files: Files, text: str) -> None:
    first = "id,v\n7,1\n8,2\n"
    assert UNPAIRED[text] in files.refusal({"input": first, "target": text}, by_id="id")


def test_by_id_names_one_column(files: Files) -> None:
    texts = {"input": "id,v\n7,1\n8,2\n", "target": "id,t\n8,1\n7,2\n"}
    assert "selects 2 columns of input.csv; name one" in files.refusal(texts, by_id="id,v")


def test_ids_in_two_orders_are_not_paired_silently(files: Files) -> None:
    message = files.refusal(IDS)
    assert "the id in row 1 is '9', in input.csv '7'" in message
    assert "--by-id id " in message
    assert "--by-id none" in message
    chosen = {"input": IDS["input"] + "::v", "target": IDS["target"] + "::t"}
    assert "--by-id id " in files.refusal(chosen)
    assert files.open(IDS, by_id="none")[0]["target"] == [30, 10, 20]
    same = {"input": IDS["input"], "target": "id,t\n7.0,10\n8.0,20\n9.0,30\n"}
    found, notes = files.open(same)
    assert found == {"input": [1, 2, 3], "target": [10, 20, 30]}
    assert notes[0] == "input.csv: column 'id' is left out: the files have the same ids"
    gap = {"input": "Unnamed: 0,v\n1,5\n4,6\n", "target": "Unnamed: 0,t\n1,5\n4,6\n"}
    assert files.open(gap)[0]["input"] == [5, 6]


@pytest.mark.parametrize(
    ("names", "labels", "read"),
    [
        ("0,1,10,2", "0 10 2", [0, 2, 3]),
        ("0,1,10,2", "0 1 0", [0, 1, 0]),
        ("3,5,8", "3 5 8 -100", [0, 1, 2, -100]),
        ("1,2,3", "0 1 2", [0, 1, 2]),
        ("1,2,bg", "1 bg 2", [0, 2, 1]),
        ("0,1,2", "2 1", [2, 1]),
    ],
)
def test_labels_are_matched_by_name_or_by_index(
    files: Files, names: str, labels: str, read: list[int]
) -> None:
    rows = "".join(f"{','.join(['0.5'] * names.count(','))},0.5\n" for _ in labels.split())
    texts = {"input": f"{names}\n{rows}", "target": labels.replace(" ", "\n") + "\n"}
    found, notes = files.open({**texts, "target": "label\n" + texts["target"]}, header=True)
    assert found["target"] == read
    matched = any(str(read[i]) != label for i, label in enumerate(labels.split()) if label != "bg")
    assert any("is treated as a name" in note for note in notes) == matched


def test_a_class_name_above_numbers_is_a_header(files: Files) -> None:
    texts = {"input": "col_0,col_1\n1,2\n3,4\n", "target": "col_0\n0\n1\n"}
    assert files.open(texts)[0]["target"] == [0, 1]
    words = {**texts, "target": "col_1\ncol_0\n"}
    assert files.open(words)[0]["target"] == [1, 0]


def test_labels_that_fit_both_readings_are_refused(files: Files) -> None:
    texts = {"input": "2,0,1\n9,0,0\n0,9,0\n", "target": "label\n2\n0\n"}
    message = files.refusal(texts, header=True)
    assert "--labels-are names or --labels-are indices" in message
    assert files.open(texts, header=True, labels_are="names")[0]["target"] == [0, 1]
    assert files.open(texts, header=True, labels_are="indices")[0]["target"] == [2, 0]
    base = {"input": texts["input"], "target": "label\n2\n1\n"}
    assert files.open(base, header=True, labels_are="names", label_base=1)[0]["target"] == [1, 3]
    odd = {"input": "1,2,bg\n1,2,3\n1,2,3\n", "target": "label\nbg\n0\n"}
    assert "target.csv line 3: '0' is not a class name" in files.refusal(odd)
    ignored = {"input": "3,5\n1,2\n", "target": "label\n3\n"}
    roles = (ROLES[0], ROLES[1]._replace(ignored=(0,)))
    with pytest.raises(LossError, match="index 0 is ignored"):
        open_sources(
            {k: str(write(files.folder / f"{k}.csv", v)) for k, v in ignored.items()},
            roles,
            ReadOptions(header=True),
        )


def test_classes_name_the_columns(files: Files, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.eye(3))
    labels = str(write(tmp_path / "y.csv", "dog\ncat\nfox\n"))
    given = {"input": str(tmp_path / "x.npy"), "target": labels}

    def read(classes: tuple[str, ...]) -> Any:
        sources, _ = open_sources(given, ROLES, ReadOptions(classes=classes))
        assert sources["input"].names == classes
        return whole(sources["target"]).tolist()

    assert read(("cat", "dog", "fox")) == [1, 0, 2]
    names = write(tmp_path / "names.txt", "dog\r\ncat\r\nfox\r\n")
    assert read(parse_classes(str(names))) == [0, 1, 2]
    for classes, says in (
        (("cat", "dog"), "2 names for"),
        (("cat", "dog", "cow"), "'fox' is not a class name of --classes"),
        ((), "--classes cat,dog"),
    ):
        with pytest.raises(LossError, match=says):
            read(classes)
    for text in ("cat", "cat,,dog", "cat,cat"):
        with pytest.raises(LossError, match="--classes"):
            parse_classes(text)
    assert "remove --classes" in files.refusal(
        {"input": "a,b\n1,2\n", "target": "0\n"}, classes=("b", "a")
    )
