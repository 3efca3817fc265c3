"""Arrays of other libraries, by what they can do: small classes stand in for the libraries."""

from __future__ import annotations

import pathlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

import losscli
from losscli.engine.arrays import array_source
from losscli.errors import DataError
from losscli.numerics.arrays import Array

X = np.array([[1.0, 2.0, 0.5], [3.0, 0.0, 1.0], [0.5, 0.25, 4.0]])
Y = np.array([1, 0, 2])
CLASSES = ("cat", "dog", "ship")


class Tensor:
    """A tensor as of torch: it gives NumPy its numbers unless it may not."""

    def __init__(self, array: Array, *, grad: bool = False, device: str = "cpu") -> None:
        self.array, self.requires_grad, self.device = array, grad, device
        self.dtype: Any = f"torch.{array.dtype}"

    def detach(self) -> Tensor:
        return Tensor(self.array, device=self.device)

    def cpu(self) -> Tensor:
        return Tensor(self.array, grad=self.requires_grad)

    def element_size(self) -> int:
        return self.array.itemsize

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        if self.requires_grad:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad.")
        if self.device != "cpu":
            raise TypeError(f"can't convert {self.device} device type tensor to numpy.")
        return self.array


class ShortTensor(Tensor):
    """A tensor of bfloat16, which NumPy sees only through another dtype."""

    def __init__(self, bits: Array) -> None:
        super().__init__(bits)
        self.dtype = "torch.bfloat16"

    def flatten(self) -> ShortTensor:
        return self

    def short(self) -> Tensor:
        return Tensor(self.array.view(np.int16))

    def __getitem__(self, index: Any) -> ShortTensor:
        return self

    def view(self, dtype: Any) -> Tensor:
        assert dtype == "torch.int16"
        return Tensor(self.array.view(np.int16))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        raise TypeError("Got unsupported ScalarType BFloat16")


class Exchanged:
    """An array that has nothing but the DLPack protocol."""

    def __init__(self, array: Array) -> None:
        self.array = array

    def __dlpack__(self, **how: Any) -> Any:
        return self.array.__dlpack__(**how)

    def __dlpack_device__(self) -> Any:
        return self.array.__dlpack_device__()


class Nullable:
    """A dtype as of pandas that has a value for missing ones."""

    na_value = None


class Series:
    """A column as of pandas: numbers or objects, a dtype, an index."""

    def __init__(
        self, values: Sequence[Any], index: Sequence[Any] = (), *, nullable: bool = False
    ) -> None:
        self.values = np.array(values)
        self.index = Index(index or range(len(values)))
        self.iloc = self.values
        self.dtype: Any = Nullable() if nullable else self.values.dtype

    def isna(self) -> Array:
        return np.array([value is None or value != value for value in self.values.tolist()])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return self.values.astype(float) if isinstance(self.dtype, Nullable) else self.values


class Index(list[Any]):
    """The labels of the rows."""

    def equals(self, other: object) -> bool:
        return list(self) == other


class Frame:
    """A table as of pandas: named columns of their own dtypes."""

    def __init__(self, columns: dict[Any, Series], index: Sequence[Any] = ()) -> None:
        self.columns, self.parts = list(columns), list(columns.values())
        self.dtypes = [part.dtype for part in self.parts]
        self.index = Index(index or self.parts[0].index)
        self.iloc = self

    def __getitem__(self, place: tuple[slice, int]) -> Series:
        return self.parts[place[1]]

    def __len__(self) -> int:
        return len(self.index)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.stack([part.values for part in self.parts], axis=1)


def frame(names: Sequence[Any] = CLASSES, index: Sequence[Any] = ()) -> Frame:
    """Return the logits as a table."""
    return Frame({name: Series(list(X[:, at])) for at, name in enumerate(names)}, index)


def value(input: Any, target: Any, **options: Any) -> Any:
    """Return the cross entropy."""
    return losscli.ce(input, target, **options).value


@pytest.mark.parametrize(
    "given",
    [X, X.tolist(), Tensor(X), Tensor(X, grad=True), Exchanged(X), frame()],
    ids=lambda given: type(given).__name__,
)
def test_the_number_is_that_of_the_array(given: Any) -> None:
    assert value(given, Y) == value(X, Y)
    assert value(given, Exchanged(Y)) == value(X, Y)


def test_numbers_are_not_copied() -> None:
    for given in (Tensor(X), Tensor(X, grad=True), Exchanged(X)):
        assert np.shares_memory(array_source("input", given).array, X)


@pytest.mark.parametrize("turned", [False, True])
def test_bfloat16_is_read_from_its_bits(turned: bool) -> None:
    bits = (X.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16)
    bits = np.asfortranarray(bits) if turned else bits
    source = array_source("input", ShortTensor(bits))
    assert np.shares_memory(source.array, bits)
    assert source.dtype == np.float32
    assert source.read(0, 3).tobytes() == X.astype(np.float32).tobytes()
    assert value(ShortTensor(bits), Y) == value(X, Y)
    assert value(ShortTensor(bits.T), Y, class_axis=0) == value(X, Y)


def test_text_labels_are_the_columns_of_a_table() -> None:
    names = ["dog", "cat", "ship"]
    for labels in (names, np.array(names), np.array(names, object), Series(names)):
        assert value(frame(), labels) == value(X, Y)
        assert value(frame(), labels, label_base=1) == value(X, Y)
    assert value(frame(["1", "2", "3"]), ["2", "1", "3"]) == value(X, Y)
    assert value(frame([1, 2, 3]), ["2", "1", "3"]) == value(X, Y)
    assert value(frame([1, 2, 3]), Y) == value(X, Y)


def test_columns_of_nullable_types_without_a_missing_value_are_numbers() -> None:
    columns = {
        "a": Series([1.0, 3.0, 0.5], nullable=True),
        "b": Series([2, 0, 1]),
        "c": Series([True, False, True]),
    }
    plain = np.array([[1.0, 2.0, 1.0], [3.0, 0.0, 0.0], [0.5, 1.0, 1.0]])
    assert value(Frame(columns), Y) == value(plain, Y)


MISSING = "a missing value; drop the row or fill it"
REFUSED: dict[str, tuple[Any, Any, str]] = {
    "device": (Tensor(X, device="cuda:0"), Y, "input: its numbers are on the device cuda:0; copy"),
    "file": ("x.csv", Y, "input: the text 'x.csv', expected an array; if it is a file, losscli.re"),
    "path": (pathlib.Path("x.csv"), Y, "input: the text 'x.csv', expected an array"),
    "dict": ({"a": 1}, Y, "input: a dict, expected an array of numbers"),
    "tensors with gradients": (
        [Tensor(row, grad=True) for row in X],
        Y,
        "input: a list of Tensors; stack them into one",
    ),
    "ragged": ([[1, 2], [3]], Y, "input: not an array: .*part; give every row the same length"),
    "complex": (X.astype(complex), Y, "input: an array of complex128, expected numbers; cast it"),
    "masked": (np.ma.masked_array(X), Y, "input: a masked array; fill or drop"),
    "none": (X, [1, None, 2], f"target row 2: {MISSING}"),
    "nullable": (X, Series([1, 0, None], nullable=True), f"target row 3: {MISSING}"),
    "column": (
        Frame({"a": Series([1.0, 2.0]), "b": Series([1.0, None], nullable=True)}),
        [0, 1],
        f"input column 'b' row 2: {MISSING}",
    ),
    "column of text": (
        Frame({"a": Series([1.0, 2.0]), "id": Series(["u", "v"])}),
        [0, 1],
        "input column 'id': an array of text, expected numbers; cast it or leave it out",
    ),
    "no class": (
        frame(),
        ["cat", "bird", "dog"],
        "target row 2: 'bird' is not a class name of input; write one of 'cat', 'dog', 'ship'",
    ),
    "no names": (X, ["cat", "dog", "dog"], "target row 1: 'cat' is a name, but input has no colum"),
    "name or index": (
        frame([1, 2, 3]),
        [2, 1, 2],
        r"target: label 1 may be the name of column 1 or the index of column 2 of input; give "
        r"names as text, target.astype\(str\), or input.to_numpy\(\)",
    ),
    "float name or index": (frame([1, 2, 3]), [2.0, 1.0, 2.0], "target: label 1 may be the name"),
    "column of objects": (
        Frame({"a": Series([1.0, 2.0]), "b": Series([10**30, None])}),
        [0, 1],
        f"input column 'b' row 2: {MISSING}",
    ),
    "rows": (
        frame(index=["u", "v", "w"]),
        Series(Y.tolist(), ["v", "u", "w"]),
        r"target: its rows have the index of input in a different order.*target.loc\[input.index\]",
    ),
    "columns": (
        frame(),
        frame(["dog", "cat", "ship"]),
        r"target has the input's columns in a different order; .*: target\[input.columns\]",
    ),
}


@pytest.mark.parametrize(("input", "target", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_says_where_and_what_to_type(input: Any, target: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        losscli.ce(input, target)


def test_weights_counted_by_class_must_be_in_the_order_of_the_classes() -> None:
    plain = value(X, Y, weight=[1.0, 2.0, 3.0])
    assert value(X, Y, weight=Series([1.0, 2.0, 3.0])) == plain
    assert value(frame(), Y, weight=Series([1.0, 2.0, 3.0], CLASSES)) == plain
    with pytest.raises(DataError, match="weight: its index is 2, 0, 1, not the order of the clas"):
        value(X, Y, weight=Series([3.0, 1.0, 2.0], [2, 0, 1]))
    with pytest.raises(DataError, match="weight has the input's columns in a different order"):
        value(frame(), Y, weight=Series([2.0, 1.0, 3.0], ["dog", "cat", "ship"]))


def test_rows_with_other_labels_are_compared_by_place() -> None:
    assert value(frame(index=["u", "v", "w"]), Series(Y.tolist())) == value(X, Y)
