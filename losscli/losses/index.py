"""The names of all losses, without importing one.

`index.tsv` beside this file, written by `python -m losscli.losses`, holds one loss per line.
"""

from pathlib import Path
from typing import NamedTuple

FAMILIES = {
    "classification": "Classification",
    "binary": "Binary and multi-label",
    "regression": "Regression",
    "distribution": "Distributions",
    "embedding": "Ranking and embeddings",
    "sequence": "Sequences",
}


class Entry(NamedTuple):
    """The facts about a loss that start-up needs."""

    module: str
    family: str
    aliases: tuple[str, ...]
    summary: str


def _read() -> dict[str, Entry]:
    text = Path(__file__).with_suffix(".tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines())
    return {
        name: Entry(module, family, tuple(filter(None, aliases.split(","))), summary)
        for name, module, family, aliases, summary in rows
    }


INDEX = _read()
"""All losses, family by family."""
