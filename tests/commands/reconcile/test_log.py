"""`--value FILE::COLUMN`: the numbers of a training log, one for each batch, or the last one."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from losscli.commands.reconcile.asked import Asked
from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.printed import parse, parse_series
from losscli.commands.reconcile.search import search
from losscli.engine.arrays import array_source
from losscli.engine.compute import checked_options
from losscli.engine.problem.settings import Settings
from losscli.losses.declare.registry import find
from tests.conftest import Loss, Ran

SIZE = 32
BRACKETS = str.maketrans("()", "[]")


def ce(x: Any, y: Any, e: float = 0.0) -> Any:
    log_p = x - np.log(np.exp(x).sum(1, keepdims=True))
    return -(1 - e) * log_p[np.arange(len(y)), y] - e * log_p.mean(1)


def means(terms: Any) -> list[float]:
    return [float(terms[at : at + SIZE].mean()) for at in range(0, len(terms), SIZE)]


@pytest.fixture
def data(tmp_path: Path) -> tuple[Any, Any]:
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(100, 4)), rng.integers(0, 4, 100)
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", y)
    return x, y


@pytest.fixture
def reconcile(loss: Loss, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Loss:
    monkeypatch.chdir(tmp_path)

    def run(value: str, *more: str | Path, stdin: bytes = b"") -> Ran:
        files = ("-i", "x.npy", "-t", "y.npy")
        return loss("reconcile", "ce", *files, "--value", value, *more, stdin=stdin)

    return run


def deviations(ran: Ran) -> list[str]:
    assert ran.status == 0, ran.err
    return list(json.loads(ran.out)["matches"][0]["deviations"])


def write_logs(values: list[float]) -> dict[str, str]:
    """Write the numbers in every form that logs have; return the text of --value for each."""
    rows: list[dict[str, Any]] = [
        {"epoch": 1, "step": at, "val": {"loss": round(one, 4)}, "lr": "1e-4", "note": None}
        for at, one in enumerate(values)
    ]
    rows[1]["grad"] = math.nan
    lines = [json.dumps({**row, "grad": math.nan}) for row in rows]
    mixed = [line for row in rows for line in (json.dumps({"train": 9.5}), json.dumps(row))]
    table = [f"{at},,x,{one:.4f}" for at, one in enumerate(values)]
    table.insert(1, "0,3.5,x,")
    text = "\n".join(["step,train,note,loss", *table, ""])
    Path("log.jsonl").write_text("\n".join(lines))
    Path("mixed.jsonl").write_text("\n".join(mixed))
    Path("log.json").write_text(json.dumps({"history": {"loss": [round(v, 4) for v in values]}}))
    Path("state.json").write_text(json.dumps({"log_history": rows}))
    Path("log.csv").write_text(text)
    Path("log.tsv").write_text(text.replace(",", "\t"))
    Path("log.jsonl.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    np.save("log.npy", values)
    return {
        "log.jsonl": "val.loss",
        "mixed.jsonl": "val.loss",
        "log.json": "history.loss",
        "state.json": "log_history.val.loss",
        "log.csv": "loss",
        "log.tsv": "loss",
        "log.jsonl.gz": "val.loss",
        "log.npy": "",
    }


def test_a_log_is_read_in_every_form(data: tuple[Any, Any], reconcile: Loss) -> None:
    values = means(ce(*data, 0.1))
    for name, column in write_logs(values).items():
        value = f"{name}::{column}" if column else name
        ran = reconcile(value, "--batches", "32", "-f", "json")
        assert deviations(ran) == ["label smoothing 0.1: (1 - e) onehot + e / c"], name
        told = json.loads(ran.out)
        assert np.allclose(told["value"], values, atol=5e-5)
        assert np.allclose(told["matches"][0]["value"], values, atol=1e-12)


def test_the_last_entry_alone_is_explained_without_batches(
    data: tuple[Any, Any], reconcile: Loss
) -> None:
    write_logs([2.5, 2.25, float(ce(*data).sum())])
    ran = reconcile("log.csv::loss", "-f", "json")
    assert deviations(ran) == ["the sum, not the mean"]
    assert "only the last of 3 entries" in ran.err


def test_a_log_in_standard_input(data: tuple[Any, Any], reconcile: Loss) -> None:
    text = "loss\n" + "".join(f"{one:.5f}\n" for one in means(ce(*data)))
    ran = reconcile("csv:-::loss", "--batches", "32", stdin=text.encode())
    assert ran.status == 0
    assert ran.out.splitlines()[1].startswith("They agree")


def test_entries_that_are_not_finite_keep_their_place(
    data: tuple[Any, Any], reconcile: Loss
) -> None:
    values = means(ce(*data, 0.1))
    values[1] = math.nan
    Path("log.jsonl").write_text("\n".join(json.dumps({"loss": one}) for one in values))
    ran = reconcile("log.jsonl::loss", "--batches", "32", "-f", "json")
    assert deviations(ran) == ["label smoothing 0.1: (1 - e) onehot + e / c"]
    assert len(json.loads(ran.out)["matches"][0]["value"]) == 3
    assert "1 row with NaN or infinity is left out" in ran.err


def test_rows_without_an_entry_are_named(data: tuple[Any, Any], reconcile: Loss) -> None:
    lines = ["loss", *(f"{one:.5f}" for one in means(ce(*data))[:3])]
    Path("log.csv").write_text("\n".join(lines))
    ran = reconcile("log.csv::loss", "--batches", "32")
    assert ran.status == 0
    assert "the last 4 rows are in no entry" in ran.err


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("log.csv::loss", "--batches", "20"), 2, "4 entries, but 100 rows make 5 batches of 20"),
        (("log.csv::loss", "--batches", "20"), 2, "give --batches 25"),
        (("log.csv::loss", "--batches", "0"), 2, "--batches"),
        (("log.csv::lost",), 2, "choose one of 'step', 'train', 'note', 'loss'"),
        (("mixed.jsonl::lost",), 2, "choose one of 'train', 'epoch'"),
        (("log.csv",), 2, "choose e.g. log.csv::step"),
        (("log.csv::note",), 3, "'x' is not a number"),
        (("log.jsonl::note",), 3, "has no number"),
        (("none.csv::loss",), 3, "no such file"),
        (("none.csv",), 2, "is not a number"),
        (("1.234::loss",), 2, "1.234 is a number, not a file; remove ::loss"),
        (("1.234", "--batches", "32"), 2, "is one number"),
        (("1.234", "--budget", "0"), 2, "--budget"),
    ],
)
def test_what_is_no_log_is_refused_in_one_line(
    data: tuple[Any, Any], reconcile: Loss, arguments: tuple[str, ...], status: int, words: str
) -> None:
    write_logs(means(ce(*data)))
    ran = reconcile(*arguments)
    assert (ran.status, len(ran.err.splitlines())) == (status, 1)
    assert words in ran.err


def test_batches_need_a_value(loss: Loss) -> None:
    ran = loss("reconcile", "mse", "-i", "samples/regression/predicted.csv", "--batches", "3")
    assert ran.status == 2
    assert "--batches is about --value" in ran.err


@pytest.mark.parametrize(
    ("texts", "tolerances"),
    [
        (["1.2000", "12.3456"], [5e-5, 5e-5]),
        (["1.2", "12.3456", "0.1"], [5e-5] * 3),
        (["1.235", "12.35", "0.01235"], [5e-4, 5e-3, 5e-6]),
        (["1.5546932220458984", "0.5"], [1.5546932220458984 * 5e-7, 0.5 * 5e-7]),
        (["0.25", "nan"], [5e-3, None]),
    ],
)
def test_the_precision_of_a_column(texts: list[str], tolerances: list[float | None]) -> None:
    found = [printed and printed.tolerance for printed in parse_series(texts, None)]
    for own, expected in zip(found, tolerances, strict=True):
        assert own is expected or own == pytest.approx(expected, rel=1e-6)


def test_typed_digits_hold_for_a_column() -> None:
    (printed,) = parse_series(["1.25"], 4)
    assert printed is not None
    assert printed.tolerance == pytest.approx(5e-5, rel=1e-6)


@pytest.mark.parametrize("size", [100, 4000])
def test_a_log_of_large_data(size: int) -> None:
    """Most deviations are tried on the rows of the first entry alone, or on some of them."""
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(9000, 25)), rng.integers(0, 25, 9000)
    sources = {"input": array_source("input", x), "target": array_source("target", y)}
    loss = find("ce")
    case = Case(loss, sources, checked_options(loss, {}), Settings())
    terms = ce(x, y, 0.1)
    texts = [f"{terms[at : at + size].sum():.3f}" for at in range(0, 9000, size)]
    found = search(case, Asked(tuple(parse(text, None) for text in texts), size))
    words = [one.words for one in found.matches[0].deviations]
    assert sorted(words) == ["label smoothing 0.1: (1 - e) onehot + e / c", "the sum, not the mean"]
    assert np.allclose(found.matches[0].values, [float(text) for text in texts], atol=1e-3)


@pytest.mark.parametrize("name", ["plain", "sum", "twice", "median", "samples", "gap"])
def test_the_lines_print_the_entries(
    data: tuple[Any, Any], reconcile: Loss, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    x, y = data
    p = np.exp(x) / np.exp(x).sum(1, keepdims=True)
    terms = {"plain": ce(x, y, 0.1), "twice": ce(p, y), "samples": ce(2 * x, y)}.get(name, ce(x, y))
    reduced: Any = {"sum": np.sum, "median": np.median}.get(name, np.mean)
    values = [reduced(terms[at : at + SIZE]) for at in range(0, 100, SIZE)]
    if name == "gap":
        values = [2 * one / np.log(2) for one in values]
        values[1] = math.nan
    Path("log.csv").write_text("\n".join(["loss", *(f"{one:.6f}" for one in values)]))
    ran = reconcile("log.csv::loss", "--batches", "32", "-f", "json")
    told = json.loads(ran.out)
    match = (told["matches"] or told["nearest"])[0]
    exec(match["python"], {})
    numbers = json.loads(capsys.readouterr().out.replace("np.float64", "").translate(BRACKETS))
    assert np.allclose(np.ravel(numbers), match["value"], rtol=1e-9)


@pytest.mark.usefixtures("data")
def test_a_budget_that_is_spent_is_no_failure(reconcile: Loss) -> None:
    ran = reconcile("0.731234", "--budget", "1e-9")
    assert ran.status == 0
    assert "The time was up" in ran.out
