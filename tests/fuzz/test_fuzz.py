"""Some seconds of random damage, the same in every run; `python -m tests.fuzz` runs longer."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from losscli.errors import LONGEST_LINE, LossError
from losscli.readers import open_sources
from losscli.readers.formats import BY_NAME
from tests.conftest import Loss
from tests.fuzz.attempt import attempt
from tests.fuzz.campaign import run
from tests.fuzz.mutators import WORDS
from tests.fuzz.signals import OLD, SIGNALS, Ended, Stage, started
from tests.readers.opening import ONE

PIECES = st.sampled_from(WORDS) | st.floats(width=32).map(lambda x: repr(x).encode())
TEXT = st.lists(PIECES | st.text(max_size=3).map(str.encode), max_size=60).map(b" ".join)
BYTES = st.lists(PIECES | st.binary(max_size=8), max_size=60).map(b"".join)


def test_damaged_files_and_calls() -> None:
    totals, finds = run(20240, range(1200))
    assert not finds, finds[0]
    kinds = {kind for kind, _ in totals}
    assert {*BY_NAME, "options", *(f"{name} by command" for name in BY_NAME)} <= kinds
    ends = {end for _, end in totals}
    assert {"read", "refused", "status 0", "status 2", "status 3"} <= ends


@settings(max_examples=150, derandomize=True, deadline=None, database=None)
@given(content=TEXT | BYTES, name=st.sampled_from(list(BY_NAME)), seed=st.integers(0, 1000))
def test_texts_of_odd_words(
    content: bytes, name: str, seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / f"odd.{name}"
    path.write_bytes(content)
    assert not attempt(path, Random(seed), by_command=False).wrong
    path.unlink()


# --- what was found ------------------------------------------------------------------------------


def test_margin_of_infinite_scores(loss: Loss, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", [[np.inf, np.inf], [-np.inf, -np.inf]])
    np.save(tmp_path / "y.npy", [0, 1])
    ran = loss("multiclass-perceptron", "-i", tmp_path / "x.npy", "-t", tmp_path / "y.npy")
    assert ran.status == 4
    assert ran.err.count("\n") == 1


def test_shares_of_losses_whose_sum_overflows(loss: Loss, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", [1e308, 1e308, 5e307])
    np.save(tmp_path / "y.npy", [0, 0, 0])
    ran = loss("l1", "--hist", "-f", "json", "-i", tmp_path / "x.npy", "-t", tmp_path / "y.npy")
    assert ran.status == 0
    assert sum(json.loads(ran.out)["hist"]["shares"]) == pytest.approx(1)


def test_a_suggestion_of_many_columns_is_omitted(loss: Loss, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a" + ",a" * 501 + "\n1," + "x.5," * 500 + "1\n")
    ran = loss("softmax", "-i", path, "--header")
    assert ran.status == 3
    assert ran.err.endswith("after the file name\n")


def test_long_texts_that_are_almost_numbers_take_no_time(loss: Loss, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    # Trying every point between the digits grew with their square: this file took a quarter of an
    # hour.
    path.write_text("0\n" + "1" * 200_000 + "x\n")
    assert loss("sigmoid", "-i", path).status == 3


def test_outputs_whose_sum_overflows(loss: Loss, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", [[-1e308, 0.0], [-1e308, 0.0], [-1e308, 0.0]])
    ran = loss("log-softmax", "-i", tmp_path / "x.npy", "-f", "json")
    assert (ran.status, ran.err) == (0, "")


def test_long_names_are_shortened_in_messages(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("".join(f"{letter * 200}: [1, 2]\n" for letter in "abc"))
    with pytest.raises(LossError) as caught:
        open_sources({"input": str(path)}, ONE)
    assert len(str(caught.value)) <= LONGEST_LINE


# --- signals -------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", SIGNALS)
def test_signals_at_random_moments(number: int, tmp_path: Path) -> None:
    stage, random = Stage(tmp_path, rows=4000), Random(number)
    for _ in range(3):
        stage.reset()
        # The interpreter's own start answers signals in its own way.
        ended = started(stage.call, number, random.uniform(0.1, 1) * stage.seconds)
        assert not stage.wrong(ended, number), ended


def test_a_stage_notices_what_is_wrong(tmp_path: Path) -> None:
    stage = Stage(tmp_path, rows=10)
    assert stage.wrong(Ended(1, b"", 0), 2)
    assert stage.wrong(Ended(130, b"Traceback", 0), 2)
    assert not stage.wrong(Ended(0, b"", 0), 2)
    stage.reset()
    assert stage.wrong(Ended(0, b"", 0), 2)
    (stage.outputs / "terms.csv").write_bytes(OLD[:1])
    assert stage.wrong(Ended(130, b"", 0), 2)
