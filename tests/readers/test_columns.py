"""Column selectors: every kind of item, and names that look like another kind."""

from __future__ import annotations

import pytest

from losscli.errors import UsageError
from losscli.readers.columns import select, suggest

NAMES = ("id", "zero", "one", "two", "logit_a", "logit_b", "label")


@pytest.mark.parametrize(
    ("selector", "columns"),
    [
        ("label", [6]),
        ("two,zero", [3, 1]),
        ("two,two", [3]),
        ("zero-two", [1, 2, 3]),
        ("1-3", [1, 2, 3]),
        ("1-two", [1, 2, 3]),
        ("logit_*", [4, 5]),
        ("logit_?", [4, 5]),
        ("[zo]*", [1, 2]),
        ("!id,!label", [1, 2, 3, 4, 5]),
        ("!0", [1, 2, 3, 4, 5, 6]),
        ("zero-label,!logit_*", [1, 2, 3, 6]),
        ("6", [6]),
        (" one , two ", [2, 3]),
    ],
)
def test_selectors(selector: str, columns: list[int]) -> None:
    assert select(selector, NAMES, len(NAMES), "x.csv") == columns


@pytest.mark.parametrize(
    ("selector", "columns"),
    [
        ("a-b", [1]),
        ("a,b", [2]),
        ("a,b,a-b", [2, 1]),
        ("!a,b", [0, 1, 3, 4, 5, 6, 7]),
        ("1", [3]),
        ("2", [2]),
        ("x*", [4]),
        ("!y", [5]),
        ("a-a-b", [0, 1]),
        ("end-1-top", [6, 7]),
    ],
)
def test_an_exact_name_wins(selector: str, columns: list[int]) -> None:
    names = ("a", "a-b", "a,b", "1", "x*", "!y", "end-1", "top")
    assert select(selector, names, len(names), "x.csv") == columns


@pytest.mark.parametrize(
    ("selector", "says"),
    [
        (
            "three",
            "no column 'three'; choose one of 'id', 'zero', 'one', 'two', 'logit_a', ... (7)",
        ),
        ("7", "no column '7'"),
        ("-1", "no column '-1'"),
        ("zero-nine", "no column 'zero-nine'"),
        ("two-zero", "backward"),
        ("x*", "no column 'x*'"),
        ("!*", "selects no column"),
        ("", "no column ''"),
        ("!three", "no column 'three'"),
    ],
)
def test_items_that_match_no_column(selector: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        select(selector, NAMES, len(NAMES), "x.csv")
    assert says in str(caught.value)


def test_without_a_header_only_indices_match() -> None:
    assert select("0-2,!1", (), 4, "x.csv") == [0, 2]
    with pytest.raises(UsageError, match="choose one of the columns 0 to 3"):
        select("label", (), 4, "x.csv")


def test_a_name_that_appears_twice_is_chosen_by_index() -> None:
    with pytest.raises(UsageError, match="appears twice"):
        select("a", ("a", "a", "b"), 3, "x.csv")
    assert select("1", ("a", "a", "b"), 3, "x.csv") == [1]


@pytest.mark.parametrize("names", [NAMES, (), ("a", "a", *NAMES[2:]), ("a-b", *NAMES[1:])])
@pytest.mark.parametrize("numeric", [0b0111110, 0b0000001, 0b1011101, 0b0100010])
def test_suggestions_select_the_numbers(names: tuple[str, ...], numeric: int) -> None:
    wanted = [bool(numeric >> column & 1) for column in range(7)]
    columns = select(suggest(wanted, names), names, 7, "x.csv")
    assert columns == [column for column in range(7) if wanted[column]]


def test_long_selectors_end_at_once() -> None:
    for text in (",", "-", "*", "0-", "[*-", "!", ",a"):
        with pytest.raises(UsageError, match=r"no column .*; choose one of"):
            select(text * 1_000_000, ("a", "b", "a,b"), 3, "f.csv")
