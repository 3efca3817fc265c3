"""Breakdowns together: bits, refusals, how they look."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from tests.conftest import Loss
from tests.engine.breakdown.digits import CALL, printed
from tests.examples import Session, output


def test_threads_change_no_bit_of_a_breakdown(loss: Loss, saved: Any) -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(0, 3, (200_000, 5))
    files = saved(x=x, y=rng.integers(0, 5, len(x)), g=rng.integers(0, 9, len(x)))
    call = ("ce", "-i", files["x"], "-t", files["y"], "--by", "target", "--groups", files["g"])
    more = ("--hist", "--ci", "--no-per-sample", "-f", "json")
    one, three = (loss(*call, *more, "-j", threads).out for threads in ("1", "3"))
    assert one == three
    found = json.loads(one)
    assert math.fsum(row["count"] for row in found["by"]["target"]) == len(x)
    assert math.fsum(row["share"] for row in found["groups"]["groups"]) == pytest.approx(1)
    assert sum(found["hist"]["counts"]) == len(x)
    assert found["ci"]["mean"] == pytest.approx(found["value"], rel=1e-14)
    assert found["ci"]["stderr"] == pytest.approx(
        (found["ci"]["high"] - found["ci"]["low"]) / 3.92, rel=0.1
    )


def test_bits_are_nats_over_log_2(loss: Loss) -> None:
    summary = printed(loss, *CALL)["summary"]
    assert summary["bits"] == pytest.approx(math.log2(summary["perplexity"]), rel=1e-14)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--by", "group"), "--by: 'group' is not one of target"),
        (("--seed", "3"), "--seed is for --ci"),
        (("--ci", "-q"), "--ci has no place in -f value; use -f json"),
        (("--hist", "--by", "target", "-f", "csv"), "--by and --hist are 2 tables"),
        (("--by", "target", "-f", "jsonl", "--top", "1"), "--top and --by are 2 tables"),
        (("--top", "3", "-n", "3"), "--top and --rows exclude each other"),
        (("-n", "3", "-f", "csv"), "--rows is for tables, and -f csv has every row"),
        (("-n", "3", "-q"), "--rows is for tables, and -f value has no rows"),
        (("--all", "-q"), "--all is for tables, and -f value has no rows; remove it"),
        (("--grad", "-q"), "--grad has no place in -f value; use -f json"),
        (("--no-per-sample", "-f", "csv"), "--no-per-sample is for -f json; remove it"),
        (("--digits", "3", "-q"), "--digits is for tables, and -f value has every digit"),
    ],
)
def test_refusals(loss: Loss, options: tuple[str, ...], words: str) -> None:
    ran = loss(*CALL, *options)
    assert (ran.status, ran.out, words in ran.err) == (2, "", True), ran


@pytest.mark.parametrize("width", [60, 80, 140])
def test_tables_fit(width: int) -> None:
    table = "samples/digits/predictions.csv"
    call = f"loss ce -i {table}::zero-nine -t {table}::label --by target --hist --ci --rows 0"
    lines = output(Session(call, "", width)).splitlines()
    assert max(map(len, lines)) <= width
    assert {"by target", "losses by size"} <= set(lines)
    tallied = [line.split()[0] for line in lines if line.strip().startswith(("zero ", "nine "))]
    assert tallied == ["zero", "nine"]
    assert any(line.startswith("95 % interval") for line in lines)
    assert sum("█" in line for line in lines) > (0 if width == 60 else 15)


def test_of_many_classes_those_with_the_largest_share(loss: Loss, saved: Any) -> None:
    y = np.repeat(np.arange(30), 2)
    x = np.zeros((60, 30))
    x[np.arange(60), y] = y / 5
    files = saved(x=x, y=y)
    call = ("ce", "-i", files["x"], "-t", files["y"], "--by", "target", "--rows", "0")
    lines = loss(*call).out.splitlines()
    at = lines.index("by target, the 20 of 30 with the largest share of the loss (--all: all)")
    assert [line.split()[0] for line in lines[at + 2 : at + 22]] == [str(i) for i in range(20)]
    assert lines[at + 22].startswith("ce|")
    assert len(loss(*call[:-2], "--all").out.splitlines()) > 90


def test_in_a_pipe_a_breakdown_is_plain_text(loss: Loss) -> None:
    text = loss(*CALL, "--by", "target", "--hist", "--ci", "--rows", "0", "--all").out
    assert text.isascii()
    assert "\nby target\n" in text
    assert "\nlosses by size\n" in text
    assert "####" in text
