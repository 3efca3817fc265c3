"""Log-probabilities of tokens in responses of language models: found, or refused with the place."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from losscli.readers import ReadOptions, WantedRole, open_sources
from losscli.readers.nested import json_lines
from tests.readers.opening import LABELS, chat, checked, refusal, whole, write

if TYPE_CHECKING:
    from pathlib import Path

ROLES = (WantedRole("input", ("input", "logprobs"), required=True), *LABELS)


def completion(*logprobs: float | None) -> dict[str, Any]:
    """Return a response of the older interface."""
    return {"choices": [{"text": "a", "logprobs": {"token_logprobs": logprobs, "tokens": []}}]}


def values(path: Path, selector: str = "") -> list[float]:
    """Return the log-probabilities, after a look at the labels."""
    sources, _ = open_sources({"input": f"{path}{selector}"}, ROLES, ReadOptions())
    array, labels = whole(sources["input"]), whole(sources["target"])
    assert array.shape == (len(labels), 1)
    assert not labels.any()
    assert sources["input"].of_target
    assert all(checked(note) for note in sources["input"].notes)
    return [float(value) for value in array[:, 0]]


def test_each_interface(tmp_path: Path) -> None:
    text = {"type": "output_text", "logprobs": [{"token": "a", "logprob": -0.5}]}
    output = [{"type": "reasoning"}, {"type": "message", "content": [text]}]
    prompt = [None, {"5": {"logprob": -1.5, "rank": 1}}, {"7": {"logprob": -2.5, "rank": 3}}]
    for value, expected in (
        (chat(-0.5, -1), [-0.5, -1]),
        ([chat(-0.5), chat(-1, -2, more=1)], [-0.5, -1, -2]),
        ([{"response": {"body": chat(-0.5)}}, {"response": {"body": chat(-1)}}], [-0.5, -1]),
        (completion(None, -1, -2), [-1, -2]),
        ({"object": "response", "output": output}, [-0.5]),
        ({"completion_probabilities": [{"id": 1, "logprob": -0.25}]}, [-0.25]),
        (chat(-0.5, -1, prompt_logprobs=prompt), [-0.5, -1]),
    ):
        assert values(write(tmp_path / "x.json", json.dumps(value))) == expected, value
    path = write(tmp_path / "x.json", json.dumps(chat(-0.5, -1, prompt_logprobs=prompt)))
    assert values(path, "::prompt_logprobs") == [-1.5, -2.5]


@pytest.mark.parametrize("size", [0, 1 << 20])
def test_lines(size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_lines, "WHOLE", size)
    rows = [chat(-0.5), chat(-1, -2, error=None)]
    path = write(tmp_path / "x.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    assert values(path) == [-0.5, -1, -2]
    sources, _ = open_sources({"input": str(path)}, ROLES)
    assert sources["input"].place((2, 0)) == "line 2 (response 2 token 2)"


def test_refusals(tmp_path: Path) -> None:
    two = [None, {"5": {"logprob": -1.5}, "6": {"logprob": -0.1}}]
    for value, says in (
        ([chat(-0.5), chat(-9999.0)], "line 1 (response 2 token 1): -9999.0 marks a token"),
        ([chat(-0.5), {"choices": [{"logprobs": None}]}], "(response 2): expected a log-prob"),
        ([chat(-0.5), {"error": "x"}], "(response 2): expected a log-probability"),
        ([chat(-0.5), chat()], "(response 2): expected a log-probability"),
        (chat(-0.5, None), "(response 1): expected a log-probability"),
        (completion(None, -1, None), "(response 1): expected a log-probability"),
        ([chat(-0.5), chat("a")], "(response 2 token 1): 'a' is not a number"),
    ):
        assert says in refusal(write(tmp_path / "x.json", json.dumps(value)), ROLES), value
    path = write(tmp_path / "x.json", json.dumps(chat(-0.5, prompt_logprobs=two)))
    assert "request prompt_logprobs=0" in refusal(f"{path}::prompt_logprobs", ROLES)
    assert "a part of the distribution" in refusal(f"{path}::top_logprobs", ROLES)
    assert "expected a key input" in refusal(path)
