"""A variance for a whole row: its gradient is the row's sum, and no tile parts a row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from losscli import compute
from losscli.engine.problem import grid as layout
from losscli.errors import DataError
from tests.conftest import Loss
from tests.losses.cases import same

RNG = np.random.default_rng(61)
SHAPES = [(6, 3), (2, 4, 5), (1, 7), (9,), (40, 30)]


def drawn(shape: tuple[int, ...]) -> dict[str, Any]:
    rows = RNG.uniform(0.5, 2, (*shape[:-1], 1))
    return {"input": RNG.normal(size=shape), "target": RNG.normal(size=shape), "var": rows}


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
def test_a_variance_per_row_is_that_variance_for_each_number(
    shape: tuple[int, ...], reduction: str, weighted: bool
) -> None:
    roles = drawn(shape)
    options: dict[str, Any] = {"reduction": reduction, "grad": True}
    if weighted:
        options["sample_weight"] = RNG.uniform(0, 2, shape[0])
    shared = compute("gaussian-nll", **roles, **options)
    spread = {**roles, "var": np.broadcast_to(roles["var"], shape)}
    each = compute("gaussian-nll", **spread, **options)
    assert shared.value == each.value
    assert (shared.grad["input"] == each.grad["input"]).all()
    assert shared.grad["var"].shape == roles["var"].shape
    expected = each.grad["var"].sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(shared.grad["var"], expected, rtol=1e-13, atol=1e-16)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("tile_bytes", [1, 100, 700])
def test_no_tile_parts_a_row(
    shape: tuple[int, ...], tile_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    roles = drawn(shape)
    whole = compute("gaussian-nll", **roles, grad=True)
    monkeypatch.setattr(layout, "TILE_BYTES", tile_bytes)
    cut = compute("gaussian-nll", **roles, grad=True, threads=1)
    np.testing.assert_allclose(cut.grad["var"], whole.grad["var"], rtol=1e-13)
    monkeypatch.setattr(layout, "BLOCK_BYTES", 1)
    assert same(cut, compute("gaussian-nll", **roles, grad=True, threads=3))


def test_the_clamp_is_a_constant_to_the_gradient() -> None:
    result = compute("gaussian-nll", input=[1.0], target=[0.0], var=[0.0], eps=0.5, grad=True)
    at_eps = compute("gaussian-nll", input=[1.0], target=[0.0], var=[0.5], grad=True)
    assert result.value == at_eps.value
    assert result.grad["var"] == at_eps.grad["var"]


@pytest.mark.parametrize(
    ("var", "words"),
    [
        (
            [[-1.0, 1.0]],
            r"var row 1 column 1 .*: var -1.0 is not in \[0, inf\); give variances: squared",
        ),
        ([[1.0, 1.0, 1.0]], r"var has shape \(1, 3\), expected \(1, 2\) or \(1, 1\)"),
        ([1.0], r"var has shape \(1,\), expected \(1, 2\) or \(1, 1\)"),
        ([[-1.0]], r"var row 1 column 1 .*: var -1.0"),
    ],
)
def test_invalid_variances_are_refused(var: Any, words: str) -> None:
    with pytest.raises(DataError, match=words):
        compute("gaussian-nll", input=[[1.0, 2.0]], target=[[0.0, 0.0]], var=var)


def test_the_table_and_the_rows_repeat_the_shared_gradient(loss: Loss, tmp_path: Any) -> None:
    np.savetxt(tmp_path / "x.csv", [[1.0, 2.0], [0.5, 0.0]], delimiter=",")
    np.save(tmp_path / "v.npy", np.array([[1.0], [2.0]]))
    x = tmp_path / "x.csv"
    call = ("gaussian-nll", "-i", x, "-t", x, "--var", tmp_path / "v.npy", "--grad")
    rows = [line.split(",") for line in loss(*call, "-f", "csv").out.splitlines()]
    assert rows[0] == ["index", "target", "prediction", "var", "loss", "grad_input", "grad_var"]
    assert [row[-1] for row in rows[1:]] == ["0.25", "0.25", "0.125", "0.125"]
    table = [line.split() for line in loss(*call).out.splitlines()]
    assert [row[-1] for row in table[2:6]] == ["0.25", "0.25", "0.125", "0.125"]
    out = loss(*call, "--grad-output", tmp_path / "g.npy")
    assert out.status == 0
    assert np.load(tmp_path / "g.var.npy").tolist() == [[0.25], [0.125]]
    assert np.load(tmp_path / "g.input.npy").shape == (2, 2)
