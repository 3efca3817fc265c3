"""Large text files in pages: the numbers, places and messages of a file that is read at once."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from losscli.errors import LossError
from losscli.readers import ReadOptions, lines, open_sources
from losscli.readers.nested import json_lines
from losscli.readers.numerals import parse_number
from losscli.readers.tables import table
from losscli.readers.tables.plain import read_plain
from losscli.readers.tables.rows import read_fast
from tests.readers.opening import LABELS, ONE, ROLES, checked, same, whole, write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from losscli.readers.source import Source

PAGES = (1, 5, 16, 40, lines.PAGE)
BIG = 2**53 + 1

Read = tuple[str, Any]


@pytest.fixture
def in_pages(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Make every text file a large one, in pages of this many bytes."""

    def cut(size: int) -> None:
        monkeypatch.setattr(lines, "PAGE", size)
        monkeypatch.setattr(table, "WHOLE", 0)
        monkeypatch.setattr(json_lines, "WHOLE", 0)

    return cut


def outcome(given: Mapping[str, str], step: int | None, **options: Any) -> Read:
    """Return the roles' numbers, read in blocks of `step` rows, or the message."""
    try:
        sources, notes = open_sources(given, ROLES, ReadOptions(**options))
        arrays = {role: joined(source, step) for role, source in sources.items()}
    except LossError as error:
        return "refused", checked(str(error))
    last = {role: source.place([n - 1 for n in source.shape]) for role, source in sources.items()}
    about = [(s.names, s.columns, s.text, s.notes, s.shape) for s in sources.values()]
    return "read", (arrays, last, about, notes)


def joined(source: Source, step: int | None) -> list[Any]:
    """Return all numbers as Python's: the dtype of a block follows from its labels."""
    count = source.shape[0]
    blocks = [
        source.read(start, start + (step or count)) for start in range(0, count, step or count)
    ]
    return [repr(float(x)) if x.dtype.kind == "f" else int(x) for b in blocks for x in b.ravel()]


def as_numbers(read: Read) -> Read:
    """Return an outcome with labels compared as numbers, whatever their dtype."""
    if read[0] == "refused":
        return read
    arrays, *rest = read[1]
    exact = {
        role: [int(float(x)) if float(x).is_integer() and isinstance(x, str) else x for x in values]
        if role == "target"
        else values
        for role, values in arrays.items()
    }
    return "read", (exact, *rest)


CSV = {
    "plain": "a,b,y\n1,2.5,0\n-3,4,1\n.5,6.,0\n",
    "CRLF": "a,b,y\r\n1,2,0\r\n3,4,1\r\n5,6,0\r\n\r\n",
    "CR": "a,b,y\r1,2,0\r3,4,1\r5,6,0\r",
    "mixed ends": "a,b,y\r\n1,2,0\r3,4,1\n5,6,0",
    "quotes": 'a,b,y\n"1","2",0\n"3","4","1"\n5,"6",0\n',
    "one row at the end": "a,b,y\n" + "1,2,0\n" * 8 + "3,4,1",
    "BOM": "\ufeffa,b,y\n1,2,0\n3,4,1\n",
    "comments": "# x\n\n# y\na,b,y\n1,2,0\n3,4,1\n\n\n",
    "big labels": f"a,b,y\n1,2,0\n3,4,{BIG}\n5,6,{BIG + 2}\n",
    "negative and big": f"a,b,y\n1,2,-1\n3,4,{BIG}\n",
    "words": "a,b,y\n1,2,b\n3,4,a\n5,6,b\n",
    "not finite": "a,b,y\n1,nan,0\n-inf,4,1\ninf,1e5,0\n",
    "odd dress": "a,b,y\n 1 ,+2,0\n3e2,4,1\n-0.0,0.1234567890123456789,1\n",
    "wide at a border": "a,b,y\n1,2,0\n3,4,1\n5,6,7,1\n",
    "narrow at a border": "a,b,y\n1,2,0\n3,4,1\n5,1\n",
    "wide, then narrow": "a,b,y\n1,2,0,1\n3,4\n",
    "#N/A": "a,b,y\n1,2,0\n3,#N/A,1\n5,6,1\n",
    "#N/A at the start": "a,b,y\n1,2,0\n#N/A,4,1\n",
    "blank": "a,b,y\n1,2,0\n\n3,4,1\n",
    "blank tail": "a,b,y\n1,2,0\n3,4,1\n \n\n\n  \n",
    "open quote": 'a,b,y\n1,2,0\n3,"4,1\n5,6,0\n',
    "quoted end": 'a,b,y\n1,2,0\n3,"4\n",1\n5,6,0\n',
    "overflow": "a,b,y\n1,2,0\n3,1e999,1\n",
    "too large a label": f"a,b,y\n1,2,0\n3,4,{2**64}\n",
    "not UTF-8": "a,b,y\n1,2,0\n3,\udcff,1\n",
    "cut off": "a,b,y\n1,2,0\n3,4,1\n5",
    "no rows": "a,b,y\n",
}


@pytest.mark.parametrize("text", CSV.values(), ids=CSV)
def test_csv(text: str, tmp_path: Path, in_pages: Callable[[int], None]) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(text.encode(errors="surrogateescape"))
    given = {"input": f"{path}::a,b", "target": "::y"}
    at_once = as_numbers(outcome(given, None))
    for page in PAGES:
        in_pages(page)
        for step in (None, 1, 2):
            assert as_numbers(outcome(given, step)) == at_once, (page, step)


JSONL = {
    "plain": '{"input": [1, 2.5], "target": 0}\n{"input": [-3, 4], "target": 1}\n',
    "no end": '{"input": [1, 2], "target": 0}\n{"target": 1, "input": [3, 4]}',
    "CRLF and blank tail": '{"input":[1,2],"target":0}\r\n{"input":[3,4],"target":1}\r\n\r\n \n',
    "CR within a line": '{"input": [1,\r2], "target": 0}\n{"input": [3, 4], "target": 1}\n',
    "BOM": '\ufeff{"input": [1, 2], "target": 0}\n{"input": [3, 4], "target": 1}\n',
    "others": '{"id": 1, "input": [1, 2], "target": 0}\n{"id": null, "input": [3, 4], "target": 1}',
    "not finite": '{"input": [NaN, 2], "target": 0}\n{"input": [-Infinity, -0], "target": 1}\n',
    "overflow": '{"input": [1, 2], "target": 0}\n{"input": [3, 1e999], "target": 1}\n',
    "both infinite": '{"input": [Infinity, 2], "target": 0}\n{"input": [3, 1e999], "target": 1}\n',
    "big": f'{{"input": [1, 2], "target": 0}}\n{{"input": [3, 4], "target": {BIG}}}\n',
    "big floats": '{"input": [1, 2], "target": 0}\n{"input": [3e30, 4], "target": 1}\n',
    "ragged": '{"input": [1, 2], "target": 0}\n{"input": [3], "target": 1}\n',
    "compensated": '{"input": [1, 2], "target": 0}\n{"input": [3], "target": 1}\n'
    '{"input": [3, 4, 5], "target": 1}\n',
    "null": '{"input": [1, 2], "target": 0}\n{"input": [null, 4], "target": 1}\n',
    "bool": '{"input": [1, 2], "target": 0}\n{"input": [true, 4], "target": 1}\n',
    "string": '{"input": [1, 2], "target": 0}\n{"input": ["3", 4], "target": 1}\n',
    "keys": '{"input": [1, 2], "target": 0}\n{"input": [3, 4], "target": 1, "x": 1}\n',
    "key twice": '{"input": [1, 2], "target": 0}\n{"input": [3, 4], "target": 1, "target": 1}\n',
    "two on a line": '{"input": [1, 2], "target": 0}\n{"input": [3, 4], "target": 1}, 5\n',
    "one over lines": '{"input": [1, 2], "target": 0}\n{"input": [3,\n4], "target": 1}\n7, 8\n',
    "blank": '{"input": [1, 2], "target": 0}\n\n{"input": [3, 4], "target": 1}\n',
    "damage": '{"input": [1, 2], "target": 0}\n{"input": [3, 4], "target": }\n',
    "no mapping": '{"input": [1, 2], "target": 0}\n[3, 4]\n',
    "not UTF-8": '{"input": [1, 2], "target": 0}\n{"input": [3, 4], "id": "\udcff"}\n',
    "label in words": '{"input": [1, 2], "target": 0}\n{"input": [3, 4], "target": "cat"}\n',
    "empty": "\n\n",
}


@pytest.mark.parametrize("text", JSONL.values(), ids=JSONL)
def test_json_lines(text: str, tmp_path: Path, in_pages: Callable[[int], None]) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(text.encode(errors="surrogateescape"))
    at_once = as_numbers(outcome({"input": str(path)}, None))
    for page in PAGES:
        in_pages(page)
        for step in (None, 1):
            assert as_numbers(outcome({"input": str(path)}, step)) == at_once, (page, step)


@pytest.mark.parametrize(
    "selector",
    ["a.b.logits", "1.a", "a.c.0", "a.none", "none", "a", "a.b.logits.0", "a.b.logits.x"],
)
def test_json_lines_at_paths(
    selector: str, tmp_path: Path, in_pages: Callable[[int], None]
) -> None:
    row = '{"a": {"b.logits": [1, 2], "c": [[3], [4]], "target": 1}}\n'
    path = write(tmp_path / "x.jsonl", row * 3)
    given = {"input": f"{path}::{selector}"}
    at_once = outcome(given, None)
    in_pages(1)
    assert outcome(given, 2) == at_once
    assert at_once[0] == "read" or selector != "a.b.logits"


def test_words_in_json_lines(tmp_path: Path, in_pages: Callable[[int], None]) -> None:
    scores = write(tmp_path / "x.csv", "cat,dog\n1,2\n3,4\n5,6\n")
    in_pages(4)
    for last, expected in (('"cat"', [1, 0, 0]), ('"cow"', None)):
        labels = write(tmp_path / "y.jsonl", f'"dog"\n0\n{last}\n')
        read = outcome({"input": str(scores), "target": str(labels)}, 1)
        if expected:
            assert read[1][0]["target"] == [repr(float(label)) for label in expected]
        else:
            assert "line 3 row 3: 'cow' is not a class name" in read[1]


@pytest.mark.parametrize("wanted", [ONE, LABELS], ids=["input", "target"])
def test_big_integers_are_exact_for_labels_alone(
    wanted: Any, tmp_path: Path, in_pages: Callable[[int], None]
) -> None:
    in_pages(8)
    labels = [2, BIG, 3, 2**63 + 1, 4]
    path = write(tmp_path / "y.csv", "".join(f"{label}\n" for label in labels))
    source = open_sources({wanted[0].role: str(path)}, wanted)[0][wanted[0].role]
    found = [x.item() for row in range(5) for x in source.read(row, row + 1)]
    assert found == (labels if wanted is LABELS else [float(label) for label in labels])
    assert source.read(0, 5).dtype == (np.uint64 if wanted is LABELS else np.float64)


def test_roles_that_share_rows_are_parsed_once(
    tmp_path: Path, in_pages: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    in_pages(64)
    path = write(tmp_path / "x.csv", "a,b,y\n" + "1,2,0\n" * 9000)
    given = {"input": f"{path}::a,b", "target": "::y"}
    sources, _ = open_sources(given, ROLES)
    parsed = []

    def counted(data: bytes, form: Any) -> Any:
        parsed.append(len(data))
        return read_fast(data, form)

    monkeypatch.setattr("losscli.readers.tables.rows.read_fast", counted)
    for start in range(0, 9000, 30):
        for source in sources.values():
            source.read(start, start + 30)
    assert sum(parsed) == 9000 * len("1,2,0\n")


_DECIMAL = st.builds(
    lambda sign, before, point, after: f"{sign}{before}{point}{after if point else ''}",
    st.sampled_from(["", "-"]),
    st.text("0123456789", max_size=25),
    st.sampled_from(["", "."]),
    st.text("0123456789", max_size=25),
)
# A few odd cells among many plain ones are read one by one.
PLAIN = ["1.5,-2,.25\n"] * 20


@settings(max_examples=400, deadline=None)
@given(
    cells=st.lists(
        st.one_of(
            _DECIMAL, st.floats().map(repr), st.sampled_from(["", " 1", "-", "1 2", "\u0663"])
        ),
        min_size=3,
        max_size=3,
    )
)
def test_plain_decimals_have_the_bits_of_python_s_float(cells: list[str]) -> None:
    numbers = read_plain("".join([*PLAIN, ",".join(cells) + "\n"]).encode(), ",", 3)
    expected = [parse_number(cell.strip()) for cell in cells]
    if None in expected:
        assert numbers is None
    else:
        assert numbers is not None
        assert same(numbers[-1], np.array(expected, np.float64))
        assert numbers[0].tolist() == [1.5, -2.0, 0.25]


@pytest.mark.parametrize("digits", [6, 15, 16, 17, 18, 19])
def test_many_decimals_have_the_bits_of_python_s_float(digits: int) -> None:
    rng = np.random.default_rng(digits)
    integers = rng.integers(0, min(10**digits, 2**63 - 1), 40_000)
    # Odd integers beyond 2**53 are halfway between two doubles.
    near = rng.integers(2**53, 10**16, 2_000).tolist()
    points = rng.integers(1, digits, len(integers)).tolist()
    tiny = (rng.random(5_000) * 10.0 ** -rng.integers(0, 4, 5_000)).tolist()
    cells = [f"{i:0{digits}d}" for i in integers.tolist()]
    cells = [c[:p] + "." + c[p:] for c, p in zip(cells, points, strict=True)]
    cells += [f"{i}.0" for i in near] + [repr(x) for x in tiny]
    numbers = read_plain("\n".join(cells).encode(), ",", 1)
    assert numbers is not None
    assert same(numbers[:, 0], np.array([float(cell) for cell in cells]))


def test_decimals_next_to_halfway_have_the_bits_of_python_s_float() -> None:
    rng = np.random.default_rng(0)
    cells = []
    for x in (rng.random(20_000) * 10.0 ** rng.integers(0, 8, 20_000)).tolist():
        before = len(str(int(x)))
        halfway = (Fraction(x) + Fraction(math.nextafter(x, math.inf))) / 2
        # Rounded to 16 digits or more, this is just above or below halfway.
        for digits in range(16, 20):
            scaled = str(int(halfway * 10 ** (digits - before))).zfill(digits)
            cells.append(f"{scaled[:before]}.{scaled[before:]}")
    numbers = read_plain("\n".join(cells).encode(), ",", 1)
    assert numbers is not None
    assert same(numbers[:, 0], np.array([float(cell) for cell in cells]))


@pytest.mark.parametrize("write", ["{:.18e}", "{:.3E}", "{!r}", "{:g}", "{:.0e}"])
@pytest.mark.parametrize("largest", [1e-12, 1.0, 1e9, 1e18])
def test_exponents_have_the_bits_of_python_s_float(write: str, largest: float) -> None:
    rng = np.random.default_rng(0)
    numbers = rng.standard_normal(20_000) * 10.0 ** rng.uniform(-9, 0, 20_000) * largest
    cells = [write.format(x) for x in numbers.tolist()]
    # One among many may have any form.
    cells += ["nan", "1e300", "-0e+00", "1e+0001", ".5e-3", "9.e+5", "1E+5", "2.5e-45"]
    found = read_plain("\n".join(cells).encode(), ",", 1)
    assert found is not None
    assert same(found[:, 0], np.array([float(cell) for cell in cells]))


@pytest.mark.parametrize(
    "odd", ["e+05", "-e-05", "1e+", "1e", "1e+-5", "1e+5e-3", "1e+.5", "1f+05"]
)
def test_no_exponent(odd: str) -> None:
    assert read_plain("\n".join([*["1.5e+00"] * 50, odd]).encode(), ",", 1) is None


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", ""])
def test_no_row_is_lost_at_the_end(end: str) -> None:
    numbers = read_plain(f"7\n8{end}".encode(), ",", 1)
    assert (numbers is None) if end == "\r" else (numbers is not None and len(numbers) == 2)


@pytest.mark.parametrize("text", ["1,2\n3\n", "1\n\n2\n", "1,-\n", "1,2-3\n", "1,.\n", "1..2,3\n"])
def test_tables_that_are_not_plain(text: str) -> None:
    assert read_plain(text.encode(), ",", 1 + ("," in text)) is None


def test_a_page_of_a_large_table_is_read_by_the_plain_parser() -> None:
    values = np.random.default_rng(0).normal(0, 1000, (5000, 7)).round(6)
    data = "".join(",".join(f"{x:.6f}" for x in row) + "\r\n" for row in values.tolist())
    numbers = read_plain(data.encode(), ",", 7)
    assert numbers is not None
    assert same(numbers, values)


def test_reading_twice_gives_the_same(tmp_path: Path, in_pages: Callable[[int], None]) -> None:
    in_pages(10)
    path = write(tmp_path / "x.csv", "".join(f"{n},{n + 1}\n" for n in range(50)))
    source = open_sources({"input": str(path)}, ONE)[0]["input"]
    expected = np.array([[n, n + 1.0] for n in range(50)])
    assert same(whole(source), expected)
    assert same(source.read(49, 50), expected[49:])
    assert same(source.read(7, 31), expected[7:31])
    assert same(whole(source), expected)
