"""Arrays of the libraries themselves, those that are installed: the number of NumPy's array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import losscli
from losscli.engine.arrays import array_source
from losscli.errors import DataError

NAMES = ["cat", "dog", "ship"]
# Multiples of 1/8 below 4: exact in 8 bits, too.
X = np.random.default_rng(0).integers(-8, 8, (6, 3)) / 8
Y = np.array([0, 2, 1, 1, 0, 2])
WORDS = [NAMES[label] for label in Y]

Made = list[tuple[Any, Any]]


def of_torch(torch: Any) -> Made:
    x, y = torch.tensor(X), torch.tensor(Y)
    short = [x.to(getattr(torch, dtype)) for dtype in ("float16", "bfloat16", "float8_e4m3fn")]
    turned = x.bfloat16().T.contiguous().T
    given = [x, x.float(), *short, turned, torch.nn.Parameter(x), list(x)]
    return [(one, y) for one in given] + [(x, y.int()), (x, y.bfloat16())]


def of_jax(jax: Any) -> Made:
    x, y = jax.numpy.asarray(X), jax.numpy.asarray(Y)
    return [(x, y), (x.astype("bfloat16"), y), (x.astype("float8_e5m2fnuz"), y)]


def of_pandas(pandas: Any) -> Made:
    x, y, words = pandas.DataFrame(X, columns=NAMES), pandas.Series(Y), pandas.Series(WORDS)
    backends = [x.convert_dtypes(), x.convert_dtypes(dtype_backend="pyarrow"), x.astype("float32")]
    labels = [y, y.astype("Int64"), y.astype("int64[pyarrow]"), y.to_frame(), pandas.Index(Y)]
    texts = [words, words.astype("category"), words.astype(object), words.to_frame()]
    shuffled = y.set_axis(range(6, 12))
    return [(x, one) for one in [*labels, *texts, shuffled]] + [(one, y) for one in backends]


def of_polars(polars: Any) -> Made:
    x, words = polars.DataFrame(X, schema=NAMES), polars.Series(WORDS)
    kinds = [polars.Categorical, polars.Enum(["ship", *NAMES[:2]]), polars.String]
    return [(x, polars.Series(Y))] + [(x, words.cast(kind)) for kind in kinds]


def of_pyarrow(pyarrow: Any) -> Made:
    table = pyarrow.table({name: X[:, at] for at, name in enumerate(NAMES)})
    return [(table, pyarrow.array(Y)), (table, pyarrow.chunked_array([WORDS[:2], WORDS[2:]]))]


MAKERS = {"torch": of_torch, "jax": of_jax, "pandas": of_pandas, "polars": of_polars}
MAKERS["pyarrow"] = of_pyarrow


@pytest.mark.parametrize("library", MAKERS)
def test_arrays_of_a_library_give_the_number_of_numpy(library: str) -> None:
    make: Callable[[Any], Made] = MAKERS[library]
    expected = losscli.ce(X, Y).value
    for at, (input, target) in enumerate(make(pytest.importorskip(library))):
        assert losscli.ce(input, target).value == expected, (at, type(input), type(target))


def test_tensors_are_not_copied() -> None:
    torch = pytest.importorskip("torch")
    for dtype in (torch.float64, torch.float16, torch.bfloat16):
        x = torch.tensor(X).to(dtype)
        assert array_source("input", x).array.ctypes.data == x.data_ptr()


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_a_missing_value_is_refused_with_its_row(library: str) -> None:
    module = pytest.importorskip(library)
    labels: list[Any] = [*Y[:-1].tolist(), None]
    made = {
        "pandas": lambda: [module.Series(labels, dtype="Int64"), module.Series([*WORDS[:5], None])],
        "polars": lambda: [module.Series(labels), module.Series([*WORDS[:5], None])],
        "pyarrow": lambda: [module.array(labels), module.chunked_array([[*WORDS[:5], None]])],
    }
    for target in made[library]():
        with pytest.raises(DataError, match="target row 6: a missing value"):
            losscli.ce(X, target)


def test_labels_of_pandas_in_different_orders_are_refused() -> None:
    pandas = pytest.importorskip("pandas")
    x, y = pandas.DataFrame(X, columns=NAMES), pandas.Series(Y)
    with pytest.raises(DataError, match="target: its rows have the index of input in a different"):
        losscli.ce(x, y.sample(frac=1, random_state=1))
    counts = pandas.Series([0, 1, 1, 2, 2, 2]).value_counts()
    with pytest.raises(DataError, match="weight: its index is 2, 1, 0, not the order of the class"):
        losscli.ce(x, y, weight=counts)
    assert losscli.ce(x, y, weight=counts.sort_index()).value > 0
