"""YAML and JSON: numbers by strict rules, paths, faults with places, limits on depth and size."""

from __future__ import annotations

import json
import time
import tracemalloc
from typing import TYPE_CHECKING

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from losscli.errors import LossError
from losscli.readers.nested import yaml_events
from tests.readers.opening import load, refusal, write

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(params=["libyaml", "pure"])
def yaml_loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a test with both of PyYAML's parsers."""
    if request.param == "pure":
        monkeypatch.setattr(yaml_events, "Loader", yaml.SafeLoader)


@pytest.mark.usefixtures("yaml_loader")
class TestYaml:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("1e-3", 1e-3),
            ("1E5", 1e5),
            ("+1.5", 1.5),
            (".5", 0.5),
            ("5.", 5.0),
            ("-0", -0.0),
            ("01.5", 1.5),
            (".inf", np.inf),
            ("-.INF", -np.inf),
            (".NaN", np.nan),
            ("nan", np.nan),
            ("-inf", -np.inf),
            ("9007199254740993", 2.0**53),
            ("1e-400", 0.0),
        ],
    )
    def test_numbers(self, text: str, value: float, tmp_path: Path) -> None:
        array = load(write(tmp_path / "x.yaml", f"[{text}, 1]"))
        assert repr(float(array[0])) == repr(value)

    @pytest.mark.parametrize(
        "text",
        [
            *("010", "-010", "00", "1:30", "no", "Yes", "1_000", "0x1f", "0o17", "~", "null"),
            *("1e400", "'1'", '"1"', "|", "2024-01-02", "1.5f", "1 2", "&a b", "\u0661", "..nan"),
        ],
    )
    def test_what_is_not_a_number(self, text: str, tmp_path: Path) -> None:
        message = refusal(write(tmp_path / "x.yaml", f"- 1\n- {text}\n"))
        assert "line 2 row 2: " in message

    def test_other_keys_may_hold_anything(self, tmp_path: Path) -> None:
        text = "name: no\ndate: 2024-01-02\nid: {a: [x, ~, [1]]}\ninput: [1, 2]\nend: 010\n"
        assert load(write(tmp_path / "x.yaml", text)).tolist() == [1, 2]

    def test_aliases_repeat(self, tmp_path: Path) -> None:
        text = "- &row [1, &two 2]\n- *row\n- [*two, 3]\n"
        assert load(write(tmp_path / "x.yaml", text)).tolist() == [[1, 2], [1, 2], [2, 3]]

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("a: [1]\na: [2]\n", "line 2: duplicate key"),
            ("a: {b: 1, b: 2}\n", "duplicate key"),
            ("? [1]\n: 2\n", "expected a key, found a list"),
            ("&a b: [1]\n*a : [2]\n", "line 2"),
            ("--- [1]\n--- [2]\n", "line 2: a second document"),
            ("[1, *a]", "'*a' refers to nothing"),
            ("&a [1, *a]", "recursive"),
            ("!t [1]", "the tag '!t'"),
            ("[1, !!float 2]", "the tag '!!float'"),
            ("[1, 2", "not YAML"),
            ("a: b: c", "not YAML"),
            ("[1, \x01]", "not YAML"),
            ("", "empty"),
            ("# nothing", "empty"),
            ("7", "expected a list of numbers, found one number"),
            ("[]", "the list is empty"),
        ],
    )
    def test_refusals(self, text: str, says: str, tmp_path: Path) -> None:
        assert says in refusal(write(tmp_path / "x.yaml", text))

    def test_bytes_that_are_not_text(self, tmp_path: Path) -> None:
        (tmp_path / "x.yaml").write_bytes(b"[1, \xff]")
        assert "not YAML" in refusal(tmp_path / "x.yaml")

    def test_nesting_and_aliases_are_bounded(self, tmp_path: Path) -> None:
        for text in ("[" * 5000, "[" * 5000 + "]" * 5000, "{a: " * 3000):
            assert "nested deeper" in refusal(write(tmp_path / "x.yaml", text))
        rows = "&r [" + "1, " * 1000 + "1]"
        text = f"- {rows}\n" + "- *r\n" * 20000
        tracemalloc.start()
        assert "aliases multiply" in refusal(write(tmp_path / "x.yaml", text))
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
        tracemalloc.stop()


_NUMBERS = st.floats() | st.integers(-(2**70), 2**70)
_LEAVES = st.none() | st.booleans() | st.text(max_size=4) | _NUMBERS
_VALUES = st.lists(
    st.recursive(_NUMBERS, lambda inner: st.lists(inner, max_size=3), max_leaves=9)
    | st.recursive(_LEAVES, lambda inner: st.lists(inner, max_size=3), max_leaves=9),
    max_size=4,
)


class TestJson:
    @settings(max_examples=200, deadline=None)
    @given(value=_VALUES, indent=st.sampled_from([None, 1]))
    def test_agrees_with_the_standard_parser(
        self, value: object, indent: int | None, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        text = json.dumps(value, indent=indent)
        path = write(tmp_path_factory.getbasetemp() / "value.json", text)
        leaves = _leaves(value)
        if not leaves or not all(type(leaf) in (int, float) for leaf in leaves):
            refusal(path)
            return
        try:
            expected = np.array(value, np.float64)
        except ValueError:
            refusal(path)
            return
        assert np.array_equal(load(path), expected, equal_nan=True)

    @settings(max_examples=300, deadline=None)
    @given(text=st.text('[]{}",:0123456789.eE+-nulltruefalseNaInfity \n', max_size=24))
    def test_accepts_no_more_than_the_standard_parser(
        self, text: str, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        path = write(tmp_path_factory.getbasetemp() / "text.json", text)
        try:
            array = load(path)
        except LossError:
            return
        value = json.loads(text)
        if isinstance(value, list):
            assert np.array_equal(array, np.array(value, float), equal_nan=True)

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("[1,\n]", "line 2 row 2: expected a value before ']'; an extra comma"),
            ("[,1]", "expected a value"),
            ("[1 2]", "expected ',' or a closing bracket before '2'"),
            ("[1,,2]", "expected a value"),
            ("[1}", "closes nothing"),
            ("]", "closes nothing"),
            ("[1]]", "extra text"),
            ("[1] [2]", "extra text"),
            ('{"input" [1]}', "expected ':'"),
            ("{input: [1]}", 'write "key": value'),
            ("{1: [1]}", "expected a key in double quotes"),
            ('{"input": [1],}', "expected a value before '}'"),
            ('{"input": [1], "input": [2]}', "duplicate key"),
            ('{"input": }', "expected a value before '}'"),
            ("[1", "truncated"),
            ('["a\nb"]', "double quotes"),
            ("['a']", "double quotes"),
            ("[1, // one\n2]", "no comments"),
            ("[01]", "found '01'"),
            ("[1.]", "found '1.'"),
            ("[.5]", "found '.5'"),
            ("[+1]", "found '+1'"),
            ("[0x1]", "found '0x1'"),
            ("[True]", "found 'True'"),
            ("[-NaN]", "found '-NaN'"),
            ('["\\x"]', "unknown escape"),
            ("[1e400]", "overflows"),
            ("[1, null]", "row 2: 'null' is a missing value"),
            ("[1, true]", "'true' is a bool"),
            ('[1, "2"]', "remove the quotes"),
            ("[[1, 2],\n[3]]", "line 2 row 2: 1 value, expected 2 as in the first list"),
            ("[[1], 2]", "row 2: expected a list, found a number"),
            ("[1, [2]]", "row 2: expected a number, found a list"),
            ("[[[1]], [[1, 2]]]", "row 2: 2 values, expected 1 as in the first list"),
            ('[1, {"a": 2}]', "expected a number or a list, found a mapping"),
            ("[[], []]", "the list is empty"),
            ("{}", "the mapping is empty"),
            ('{"input": 3}', "one number"),
            ('{"input": {"a": [1]}}', "a mapping with the keys 'a'"),
            ("   ", "empty"),
        ],
    )
    def test_refusals(self, text: str, says: str, tmp_path: Path) -> None:
        assert says in refusal(write(tmp_path / "x.json", text))

    def test_depth_is_bounded(self, tmp_path: Path) -> None:
        for text in ("[" * 100_000, '{"a":' * 100_000):
            assert "nested deeper" in refusal(write(tmp_path / "x.json", text))

    def test_time_is_linear(self, tmp_path: Path) -> None:
        started = time.perf_counter()
        for text in ("[" + "1," * 300_000 + "x]", "[[1],2," * 20_000, " " * 300_000 + "[1]"):
            write(tmp_path / "x.json", text)
            try:
                load(tmp_path / "x.json")
            except LossError:
                continue
        assert time.perf_counter() - started < 5

    def test_marks_and_escapes(self, tmp_path: Path) -> None:
        path = write(tmp_path / "x.json", '\ufeff{"\\u0069nput": [1]}')
        assert load(path).tolist() == [1]


def _leaves(value: object) -> list[object]:
    """Return what the lists within lists hold; an empty list counts as what is not a number."""
    if isinstance(value, list) and value:
        return [leaf for item in value for leaf in _leaves(item)]
    return [value]


class TestJsonLines:
    @pytest.mark.parametrize("text", ["[1, 2]\n[3, 4]\n", "[1,2]\r\n[3,4]\r\n\r\n", "[1,2]\n[3,4]"])
    def test_rows(self, text: str, tmp_path: Path) -> None:
        assert load(write(tmp_path / "x.jsonl", text)).tolist() == [[1, 2], [3, 4]]

    def test_keys(self, tmp_path: Path) -> None:
        text = '{"id": "a", "input": [1, 2]}\n{"input": [3, 4], "id": null}\n'
        path = write(tmp_path / "x.jsonl", text)
        assert load(path).tolist() == [[1, 2], [3, 4]]
        assert load(f"{path}::1.input").tolist() == [3, 4]
        assert "line 2 row 2: 'null' is a missing value" in refusal(
            write(path, '{"input": 1}\n{"input": null}\n')
        )

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("[1]\n\n[2]\n", "line 2"),
            ("\n[1]\n", "line 1 row 1: a blank line"),
            ("[1] [2]\n", "line 1"),
            ("[1,\n2]\n", "line 1"),
            ("[1]\n[2\n", "line 2"),
            ("[1]\n[2,3]\n", "line 2 row 2: 2 values, expected 1 as in the first list"),
            ("[1]\n2\n", "line 2 row 2"),
            ("[1]\ncat\n", "line 2"),
            ('{"input": 1}\n{"logits": 2}\n', "line 2 row 2: found the keys 'logits'"),
            ('{"input": 1}\n[2]\n', "line 1 row 1: expected a number or a list, found a mapping"),
            ("\n\n", "empty"),
        ],
    )
    def test_refusals(self, text: str, says: str, tmp_path: Path) -> None:
        assert says in refusal(write(tmp_path / "x.jsonl", text))


class TestPaths:
    TEXT = "val:\n  logits: [[1, 2]]\n  a.b: [3]\nruns:\n- {x: [4]}\n- {x: [5]}\nlist: [[6], [7]]\n"

    @pytest.mark.parametrize(
        ("path", "value"),
        [
            ("val.logits", [[1, 2]]),
            ("val.logits.0", [1, 2]),
            ("val.a.b", [3]),
            ("runs.0.x", [4]),
            ("runs.1.x", [5]),
            ("runs.x", [[4], [5]]),
            ("list.1", [7]),
            ("list", [[6], [7]]),
        ],
    )
    def test_paths(self, path: str, value: list[float], tmp_path: Path) -> None:
        file = write(tmp_path / "x.yaml", self.TEXT)
        assert load(f"{file}::{path}").tolist() == value

    @pytest.mark.parametrize(
        ("path", "says"),
        [
            ("train", "no value at 'train'; choose one of 'val', 'runs', 'list'"),
            ("val.labels", "no value at 'val.labels'; choose one of 'logits', 'a.b'"),
            ("list.2", "no value at 'list.2'; choose an index from 0 to 1"),
            ("list.-1", "an index from 0 to 1"),
            ("list.0.0.0", "no value at 'list.0.0.0'; the path leads to a single value"),
            ("val", "a mapping with the keys 'logits', 'a.b'"),
            ("list.0.0", "expected a list of numbers, found one number"),
        ],
    )
    def test_wrong_paths(self, path: str, says: str, tmp_path: Path) -> None:
        file = write(tmp_path / "x.yaml", self.TEXT)
        assert says in refusal(f"{file}::{path}")
