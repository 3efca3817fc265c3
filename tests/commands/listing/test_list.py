"""`loss list`: one screen of names, a search, names in libraries, lines for programs."""

from __future__ import annotations

import json

import pytest

from losscli.losses import names
from losscli.losses.index import INDEX
from tests.conftest import Loss
from tests.examples import Session, output

LINES, COLUMNS = 24, 80


def screen(words: str, columns: int = COLUMNS) -> list[str]:
    """Return what a command shows on a terminal, line by line."""
    return output(Session(f"loss {words}", "", columns)).rstrip("\n").split("\n")


def test_all_names_fit_one_screen() -> None:
    lines = screen("list")
    assert len(lines) < LINES
    text = " ".join(" ".join(lines).split())
    assert [name for name in names() if name not in text] == []
    for columns in (60, 140):
        assert max(map(len, screen("list", columns))) <= columns


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("focal", ["softmax-focal", "sigmoid-focal"]),
        ("contrastive", ["hinge-embedding", "cosine-embedding", "triplet-margin"]),
        ("log_loss", ["ce", "bce"]),
        ("mae", ["prob-mae", "l1"]),
        ("binary", [name for name, entry in INDEX.items() if entry.family == "binary"]),
        ("Ranking and embeddings", ["margin-ranking", "cosine-embedding", "triplet-margin"]),
        ("noisy labels", ["gce", "sce", "prob-mae"]),
    ],
)
def test_a_word_is_a_family_or_a_search(loss: Loss, words: str, found: list[str]) -> None:
    listed = json.loads(loss("list", *words.split(), "-f", "json").out)
    assert [entry["name"] for entry in listed] == found
    rows = [line.split()[0] for line in screen(f"list {words}", 200)]
    assert rows == found
    assert INDEX[found[0]].summary in screen(f"list {words}", 200)[0]


def test_names_in_a_library_come_with_their_options(loss: Loss) -> None:
    lines = screen("list --keras", 200)
    assert lines[0].startswith("ce ")
    assert "CategoricalCrossentropy --from probs (rows are divided by their sums" in lines[0]
    assert not any(line.startswith("nll ") for line in lines)
    listed = json.loads(loss("list", "--optax", "--sklearn", "-f", "json").out)
    assert all(entry["optax"] or entry["sklearn"] for entry in listed)
    assert {entry["name"] for entry in listed} >= {"sparsemax", "quantile"}
    both = screen("list hinge --optax --sklearn", 200)
    assert both[-2].split() == ["hinge", "Optax:", "hinge_loss", "--reduction", "none"]
    assert both[-1].split() == ["scikit-learn:", "hinge_loss"]
    differs = listed[0]["libraries"]["sklearn"][0]
    assert differs == {
        "names": ["log_loss"],
        "options": "--from probs",
        "differs": "p is clipped to [eps, 1 - eps]",
    }


def test_a_pipe_gets_one_line_per_loss(loss: Loss) -> None:
    header, *lines = (line.split("\t") for line in loss("list", "focal").out.splitlines())
    assert header[:4] == ["name", "aliases", "family", "roles"]
    assert header[-1] == "summary"
    assert [line[0] for line in lines] == ["softmax-focal", "sigmoid-focal"]
    assert {len(line) for line in lines} == {len(header)}
    assert loss("list", "--long").out == loss("list").out


def test_long_has_roles_and_names() -> None:
    text = "\n".join(screen("list --long", 100))
    assert "PyTorch: CrossEntropyLoss" in text
    assert "input, target" in text


def test_a_search_without_a_result_says_so(loss: Loss) -> None:
    ran = loss("list", "dice")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == "loss: no loss is about 'dice'; loss list shows all\n"
    assert "no loss of Keras is about 'arcface'" in loss("list", "arcface", "--keras").err
