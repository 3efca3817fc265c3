"""Regenerate `index.py` from the declarations: `python -m losscli.losses`."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

FOLDER = Path(__file__).parent
NOT_LOSSES = ("__init__", "__main__", "index")
FIRST = "softmax"
"""The file of cross entropy, which most people look for, comes first."""


def written() -> str:
    """Return the text that `index.py` should have."""
    from losscli.losses.declare import registry
    from losscli.losses.index import FAMILIES

    for path in sorted(FOLDER.glob("*.py"), key=lambda path: (path.stem != FIRST, path.stem)):
        if path.stem not in NOT_LOSSES:
            importlib.import_module(f"losscli.losses.{path.stem}")
    families = list(FAMILIES)
    found = sorted(registry.declared(), key=lambda loss: families.index(loss.family))
    lines = []
    for loss in found:
        module = loss.kernel.__module__.rpartition(".")[2]
        fields = (module, loss.family, loss.aliases, loss.summary)
        listed = (f"        {_literal(field)}," for field in fields)
        lines += [f"    {_literal(loss.name)}: Entry(", *listed, "    ),"]
    text = (FOLDER / "index.py").read_text(encoding="utf-8")
    head = text.partition("INDEX: dict")[0]
    body = "\n".join(lines)
    return f"{head}INDEX: dict[str, Entry] = {{\n{body}\n}}\n"


def _literal(value: str | tuple[str, ...]) -> str:
    """Return a literal as the formatter writes it, with double quotes."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    items = ", ".join(map(_literal, value))
    return f"({items},)" if len(value) == 1 else f"({items})"


if __name__ == "__main__":
    (FOLDER / "index.py").write_text(written(), encoding="utf-8")
