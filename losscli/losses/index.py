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
HOME = __name__.rpartition(".")[0]
"""The package of the losses; the entry points of others are in a group of this name."""
PLUGINS = "plug-ins"
"""What stands for the family where losses of other packages are listed."""
TITLES = {**FAMILIES, PLUGINS: "Plug-ins"}


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


def built_in(label: str) -> str:
    """Return the name of the loss that a name or an alias means; empty if it is of no loss here."""
    wanted = label.replace("_", "-")
    named = (name for name, entry in INDEX.items() if wanted == name or wanted in entry.aliases)
    return next(named, "")
