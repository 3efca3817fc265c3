"""Regenerate `index.tsv` from the declarations: `python -m losscli.losses`."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from losscli.losses.declare.registry import Loss

FOLDER = Path(__file__).parent
NOT_LOSSES = ("__init__", "__main__", "index")
FIRST = "softmax"
"""The file of cross entropy, which most people look for, comes first."""


def written() -> str:
    """Return the text that `index.tsv` should have."""
    from losscli.losses.declare import registry
    from losscli.losses.index import FAMILIES

    for path in sorted(FOLDER.glob("*.py"), key=lambda path: (path.stem != FIRST, path.stem)):
        if path.stem not in NOT_LOSSES:
            importlib.import_module(f"losscli.losses.{path.stem}")
    families = list(FAMILIES)
    found = sorted(registry.declared(), key=lambda loss: families.index(loss.family))
    return "".join("\t".join(_cells(loss)) + "\n" for loss in found)


def _cells(loss: Loss) -> Iterator[str]:
    """Yield what start-up needs, then the names in each library and the words people look for."""
    yield from (loss.name, module(loss), loss.family, ",".join(loss.aliases), loss.summary)
    for known in loss.libraries.values():
        yield "; ".join(map(str, known))
    root = f"{loss.root} (its square root)" if loss.root else ""
    yield "; ".join(filter(None, (loss.words, root)))


def module(loss: Loss) -> str:
    """Return the name of the module that declares a loss."""
    return loss.kernel.__module__.rpartition(".")[2]


if __name__ == "__main__":
    (FOLDER / "index.tsv").write_text(written(), encoding="utf-8")
