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
    torch: str = ""
    """Its names in PyTorch, as `declare.equivalent` reads them; the same for the others."""
    keras: str = ""
    optax: str = ""
    sklearn: str = ""
    words: str = ""
    """Other words that people look for."""


def _read() -> dict[str, Entry]:
    text = Path(__file__).with_suffix(".tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines())
    return {
        name: Entry(module, family, tuple(filter(None, aliases.split(","))), *texts)
        for name, module, family, aliases, *texts in rows
    }


INDEX = _read()
"""All losses, family by family."""
