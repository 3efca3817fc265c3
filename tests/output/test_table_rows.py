"""What a page's tables say, for programs: one table as CSV, TSV or JSON Lines, or in JSON."""

from __future__ import annotations

import csv
import io
import json

from tests.conftest import Loss

CALL = ("ce", "-i", "samples/digits/logits.npy", "-t", "samples/digits/labels.npy")


def rows(loss: Loss, *options: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(loss(*CALL, *options, "-f", "csv").out)))


def test_the_largest_terms(loss: Loss) -> None:
    found = rows(loss, "--top", "3", "--grad")
    whole = {row["index"]: row for row in rows(loss, "--grad")}
    assert [row["index"] for row in found] == ["443", "242", "261"]
    for row in found:
        del row["p_target"], row["margin"]
        assert row == whole[row["index"]]
    top = json.loads(loss(*CALL, "-f", "json", "--top", "3").out)["top"]
    assert [row["index"] for row in top] == [443, 242, 261]
    lines = loss(*CALL, "-f", "jsonl", "--top", "3").out.splitlines()
    assert [json.loads(line) for line in lines] == top


def test_a_breakdown(loss: Loss) -> None:
    found = json.loads(loss(*CALL, "-f", "json", "--by", "target", "--hist", "--ci").out)
    by = [[str(value) for value in row.values()] for row in found["by"]["target"]]
    assert [list(row.values()) for row in rows(loss, "--by", "target")] == by
    assert [int(row["count"]) for row in rows(loss, "--hist")] == found["hist"]["counts"]
    assert rows(loss, "--ci") == [{name: str(value) for name, value in found["ci"].items()}]
