"""CSV and TSV: headers, blank lines, faults, and a slow pass that agrees with np.loadtxt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from losscli.errors import LossError
from losscli.readers import lines, open_sources
from losscli.readers.class_names import ClassNames
from losscli.readers.document import ReadOptions
from losscli.readers.file import open_file
from losscli.readers.lines import WHOLE
from losscli.readers.numerals import parse_number
from losscli.readers.spec import parse_spec
from losscli.readers.tables import table
from losscli.readers.tables.cells import UnclosedQuoteError, split_line
from losscli.readers.tables.table import Table
from tests.readers.opening import ROLES, checked, load, refusal, same, whole, write

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

PAGES = (1, 2, 3, 7, 30, lines.PAGE)


def outcome(path: Path, page: int, whole_file: int, **options: Any) -> tuple[str, Any, Any]:
    """Return what reading in pages of this many bytes ends in, numbers or message."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "PAGE", page)
        patch.setattr(table, "WHOLE", whole_file)
        file = open_file(parse_spec(str(path)))
        try:
            delimiter = options.pop("delimiter", ",") or "space"
            opened = Table(file, ReadOptions(options.pop("header", None), delimiter))
            source = opened.source(options.pop("selector", None), options.pop("classes", None))
            array = whole(source)
        except LossError as error:
            return "refused", checked(str(error)), None
    return "read", (array.dtype, array.shape, array.tobytes()), (source.names, source.notes)


def agreed(path: Path, **options: Any) -> tuple[str, Any, Any]:
    """Return the outcome, which is the same for every page size, at once or in blocks."""
    first, *others = (
        outcome(path, page, size, **dict(options)) for page in PAGES for size in (0, WHOLE)
    )
    assert all(other == first for other in others)
    return first


TEXTS = {
    "plain": "1,2\n3,4\n5,6\n",
    "no newline at the end": "1,2\n3,4",
    "header": "a,b\n1,2\n3,4\n",
    "blank tail": "1,2\n3,4\n\n \n\n",
    "blank inside": "1,2\n\n3,4\n",
    "spaces inside": "1\n  \n3\n",
    "blank after a block": "1,2\n3,4\n\n\n5,6\n",
    "wider later": "1,2\n3,4\n5,6,7\n",
    "narrower later": "1,2\n3,4\n5\n",
    "word": "1,2\n3,cat\n",
    "overflow": "1,2\n3,1e400\n",
    "minus overflow": "1,2\n-1e999,4\n",
    "true infinities": "inf,-inf\nnan,1\n",
    "missing": "1,2\n3,\n",
    "quotes": '"1","2"\n3,"4"\n',
    "doubled quotes": '1,2\n"3""",4\n',
    "unclosed": '1,2\n3,"4\n5,6\n',
    "unclosed at the end": '1,2\n3,"4',
    "quoted newline": '1,2\n3,"4\n"\n',
    "quote inside": '1,2\n3,4"\n',
    "late comment": "1,2\n# 3,4\n5,6\n",
    "underscore": "1,2\n1_0,4\n",
    "hexadecimal": "1,2\n0x10,4\n",
    "arabic digits": "1,2\n\u0663,4\n",
    "no-break space": "1,2\n3,\u00a04\n",
    "line separator": "1,2\n3,4\u2028\n",
    "carriage returns": "1,2\r3,4\r\n5,6\r",
    "numbers only once": "7\n",
    "one row": "1,2,3\n",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("selector", [None, "0", "1,0"])
def test_blocks_change_nothing(text: str, selector: str | None, tmp_path: Path) -> None:
    agreed(write(tmp_path / "x.csv", text), selector=selector)


@pytest.mark.parametrize("name", ["plain", "header", "blank tail", "quotes", "carriage returns"])
def test_sound_tables(name: str, tmp_path: Path) -> None:
    array = load(write(tmp_path / "x.csv", TEXTS[name]))
    assert array.tolist() in ([[1, 2], [3, 4]], [[1, 2], [3, 4], [5, 6]])


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("blank inside", "x.csv line 2: "),
        ("spaces inside", "x.csv line 2: "),
        ("blank after a block", "x.csv line 3: "),
        ("wider later", "x.csv line 3: "),
        ("narrower later", "x.csv line 3: "),
        ("word", "x.csv line 2 column 2: "),
        ("overflow", "x.csv line 2 column 2: "),
        ("minus overflow", "x.csv line 2 column 1: "),
        ("missing", "x.csv line 2 column 2: "),
        ("unclosed", "x.csv line 2 column 2: "),
        ("unclosed at the end", "x.csv line 2 column 2: "),
        ("quoted newline", "x.csv line 2 column 2: "),
        ("late comment", "x.csv line 2 column 1: "),
        ("arabic digits", "x.csv line 2 column 1: "),
    ],
)
def test_faults_are_placed(name: str, where: str, tmp_path: Path) -> None:
    assert where in refusal(write(tmp_path / "x.csv", TEXTS[name]))


def test_one_column_is_a_vector_and_one_row_stays_a_row(tmp_path: Path) -> None:
    assert load(write(tmp_path / "x.csv", "1\n2\n3\n")).shape == (3,)
    assert load(write(tmp_path / "x.csv", "1\n")).shape == (1,)
    assert load(write(tmp_path / "x.csv", "1,2,3\n")).shape == (1, 3)
    table = write(tmp_path / "x.csv", "a,b\n1,2\n3,4\n")
    assert load(f"{table}::b").tolist() == [2, 4]


_CELL = st.one_of(
    st.floats().map(repr),
    st.integers(-(2**70), 2**70).map(str),
    st.text('0123456789.eE+-_"# naif\t\u00a0\u0660\x1c\x85', max_size=6),
    st.sampled_from(["", "inf", "-Infinity", "NaN", "1e400", "5e-324", "NA", '"1"', '" 2"', '"']),
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=st.lists(st.lists(_CELL, min_size=1, max_size=3), min_size=1, max_size=5),
    selector=st.sampled_from([None, "0", "1", "!0"]),
    labels=st.booleans(),
    delimiter=st.sampled_from([",", "\t", None]),
)
def test_both_passes_agree_on_any_cells(
    rows: list[list[str]],
    selector: str | None,
    labels: bool,
    delimiter: str | None,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = tmp_path_factory.getbasetemp() / "cells.csv"
    write(path, "".join((delimiter or " ").join(row) + "\n" for row in rows))
    classes = ClassNames(("cat", "dog")) if labels else None
    # A block of one character reads line by line: a width that changes is then seen between
    # blocks, not by np.loadtxt.
    agreed(path, delimiter=delimiter, header=False, selector=selector, classes=classes)


@settings(max_examples=300, deadline=None)
@given(cell=_CELL)
def test_the_slow_pass_reads_what_loadtxt_reads(cell: str) -> None:
    line = f"{cell}|1\n"
    try:
        fast: float | None = float(
            np.loadtxt([line], delimiter="|", comments=None, quotechar='"', ndmin=2)[0, 0]
        )
    except (ValueError, IndexError):
        fast = None
    try:
        cells = split_line(line, "|")
        slow = parse_number(cells[0].strip()) if len(cells) == 2 else None
    except UnclosedQuoteError:
        slow = fast = None
    if fast is not None and np.isinf(fast) and slow is None:
        return  # a number that overflows: refused by both, after a second look
    assert repr(slow) == repr(fast)


class TestHeader:
    def test_a_word_makes_a_header(self, tmp_path: Path) -> None:
        path = write(tmp_path / "x.csv", "a, b ,3\n1,2,3\n")
        sources, _ = open_sources({"input": str(path)}, ROLES[:1])
        assert sources["input"].names == ("a", "b", "3")
        assert sources["input"].shape == (1, 3)

    def test_the_options_decide(self, tmp_path: Path) -> None:
        numbers = write(tmp_path / "x.csv", "0,1,2\n3,4,5\n")
        assert load(numbers, header=True).tolist() == [[3, 4, 5]]
        assert load(numbers, header=False).shape == (2, 3)
        words = write(tmp_path / "x.csv", "a,b\n3,4\n")
        assert "line 1 column 1: 'a' is not a number" in refusal(words, header=False)

    def test_a_missing_value_is_not_a_name(self, tmp_path: Path) -> None:
        assert "line 1 column 2" in refusal(write(tmp_path / "x.csv", "1,NA\n2,3\n"))
        assert "line 1 column 2" in refusal(write(tmp_path / "x.csv", "1,\n2,3\n"))

    def test_a_disguised_number_is_not_a_name(self, tmp_path: Path) -> None:
        for cell in ("$1.5", "45%", "'2.0'", "1 000", "\u22121"):
            assert "line 1 column 2" in refusal(write(tmp_path / "x.csv", f"1,{cell}\n2,3\n"))

    def test_column_numbers_are_noted(self, tmp_path: Path) -> None:
        def notes(text: str, **options: Any) -> tuple[str, ...]:
            path = write(tmp_path / "x.csv", text)
            return open_sources({"input": str(path)}, ROLES[:1], ReadOptions(**options))[0][
                "input"
            ].notes

        assert "--no-header" in notes("0,1,2\n0.5,1,2\n")[0]
        assert "--no-header" in notes("0,1\n0.5,1\n")[0]
        assert not notes("0,1\n1,0\n")
        assert not notes("0,1,2\n0.5,1,2\n", header=False)

    def test_leading_comments_are_skipped_but_spreadsheet_errors_are_not(
        self, tmp_path: Path
    ) -> None:
        assert load(write(tmp_path / "x.csv", "# a\n#b,c\n1,2\n")).tolist() == [[1, 2]]
        assert "line 1" in refusal(write(tmp_path / "x.csv", "#N/A\n1\n"))

    def test_a_blank_line_before_a_column_is_a_missing_value(self, tmp_path: Path) -> None:
        assert "line 1" in refusal(write(tmp_path / "x.csv", "\n1\n2\n"))
        assert load(write(tmp_path / "x.csv", "\n1,2\n")).tolist() == [[1, 2]]


class TestDelimiter:
    @pytest.mark.parametrize(
        ("name", "text"),
        [
            (";", "1;2\n3;4\n"),
            ("tab", "1\t2\n3\t4\n"),
            ("space", " 1   2\n3 4 \n"),
            ("|", "1|2\n3|4"),
        ],
    )
    def test_another_delimiter(self, name: str, text: str, tmp_path: Path) -> None:
        path = write(tmp_path / "x.csv", text)
        assert load(path, delimiter=name).tolist() == [[1, 2], [3, 4]]
        hint = refusal(path)
        assert "--delimiter" in hint

    @pytest.mark.parametrize("name", ["", "ab", "1", '"', "\n", "."])
    def test_texts_that_are_not_a_delimiter(self, name: str, tmp_path: Path) -> None:
        assert "--delimiter" in refusal(write(tmp_path / "x.csv", "1\n"), delimiter=name)


class TestClassNames:
    @staticmethod
    def open(tmp_path: Path, scores: str, labels: str) -> NDArray[Any]:
        given = {
            "input": str(write(tmp_path / "x.csv", scores)),
            "target": str(write(tmp_path / "y.csv", labels)),
        }
        return whole(open_sources(given, ROLES)[0]["target"])

    def refuse(self, tmp_path: Path, scores: str, labels: str) -> str:
        with pytest.raises(LossError) as caught:
            self.open(tmp_path, scores, labels)
        return checked(str(caught.value))

    def test_words_are_the_classes_of_the_header(self, tmp_path: Path) -> None:
        scores = "cat,dog,emu\n1,2,3\n"
        expected = np.array([0.0, 2.0, 1.0])
        assert same(self.open(tmp_path, scores, "cat\nemu\ndog\n"), expected)
        assert same(self.open(tmp_path, scores, "label\ncat\nemu\ndog\n"), expected)
        assert same(self.open(tmp_path, scores, "0\n2\n1\n"), expected)
        assert same(self.open(tmp_path, scores, "label\n0\n2\n1\n"), expected)

    def test_an_unknown_word_is_named(self, tmp_path: Path) -> None:
        message = self.refuse(tmp_path, "cat,dog\n1,2\n", "cat\ncow\n")
        assert "y.csv line 2: 'cow' is not a class name" in message
        assert "'cat', 'dog'" in message

    def test_words_need_a_header(self, tmp_path: Path) -> None:
        message = self.refuse(tmp_path, "1,2\n", "cat\ndog\n")
        assert "line 1" in message
        assert "'cat'" in message
        assert "no header" in message

    def test_a_name_that_appears_twice_names_no_class(self, tmp_path: Path) -> None:
        assert "twice" in self.refuse(tmp_path, "cat,cat\n1,2\n", "label\ncat\n")

    def test_a_column_beside_the_scores(self, tmp_path: Path) -> None:
        path = write(tmp_path / "p.csv", "id,cat,dog,label\nimg0,1,2,dog\nimg1,3,4,cat\n")
        given = {"input": f"{path}::cat-dog", "target": "::label"}
        sources, _ = open_sources(given, ROLES)
        assert whole(sources["input"]).tolist() == [[1, 2], [3, 4]]
        assert whole(sources["target"]).tolist() == [1, 0]
        assert sources["target"].place((1,)) == "line 3 column 4"

    def test_words_in_yaml_and_json(self, tmp_path: Path) -> None:
        scores = str(write(tmp_path / "x.csv", "cat,dog\n1,2\n"))
        for name, text in (("y.yaml", "[dog, cat]"), ("y.json", '["dog", "cat"]')):
            given = {"input": scores, "target": str(write(tmp_path / name, text))}
            assert whole(open_sources(given, ROLES)[0]["target"]).tolist() == [1, 0]
        given = {"input": scores, "target": str(write(tmp_path / "y.yaml", "- dog\n- cow\n"))}
        with pytest.raises(LossError, match=r"line 2 row 2: 'cow' is not a class name"):
            open_sources(given, ROLES)


def test_a_column_of_words_suggests_a_selector(tmp_path: Path) -> None:
    path = write(tmp_path / "p.csv", "kind,zero,one\nimg0,1,2\n")
    assert f"choose the columns of numbers: {path}::zero-one" in refusal(path)
    path = write(tmp_path / "p.csv", "kind,a-b,two\nimg0,1,2\n")
    assert f"{path}::1-2" in refusal(path)
    path = write(tmp_path / "p.csv", "a,kind,b\n1,img0,2\n")
    assert f"{path}::!kind" in refusal(path)


def test_bytes_that_are_not_text_matter_only_in_chosen_columns(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"text,a\n\xe9,1\n\xff,2\n")
    assert load(f"{path}::a").tolist() == [1, 2]
    assert "UTF-8" in refusal(path)


def test_labels_with_words_agree_for_every_block(tmp_path: Path) -> None:
    path = write(tmp_path / "y.csv", "cat\n1\n0\ndog\n9007199254740993\n")
    kind, (dtype, shape, data), _ = agreed(path, classes=ClassNames(("cat", "dog")))
    assert kind == "read"
    assert np.frombuffer(data, dtype).reshape(shape).tolist() == [0, 1, 0, 1, 2**53 + 1]
