"""Regenerate `__init__.pyi`, the types of the package's names: `python -m tests.stub`."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent

import losscli
from losscli.engine.functions import doc_of, signature_of
from losscli.losses.declare.registry import Loss, find

PATH = Path(losscli.__file__).with_suffix(".pyi")
OPENING = '''"""The names of the package; written by `python -m tests.stub`."""

from typing import Literal

from numpy.typing import ArrayLike

'''


def written() -> str:
    """Return the text that `__init__.pyi` should have."""
    homes: dict[str, list[str]] = {"losscli": ["losses"]}
    for name, module in vars(losscli)["_HOMES"].items():
        if name in losscli.__all__:
            homes.setdefault(module, []).append(name)
    imports = [f"from {home} import {', '.join(sorted(homes[home]))}" for home in sorted(homes)]
    names = "".join(f'    "{name}",\n' for name in losscli.__all__)
    functions: dict[str, list[str]] = {}
    for label, name in vars(losscli)["_functions"]().items():
        functions.setdefault(name, []).append(label)
    blocks = [_function(find(name), labels) for name, labels in functions.items()]
    return f"{OPENING}{chr(10).join(imports)}\n\n__all__ = [\n{names}]\n\n{chr(10).join(blocks)}"


def _function(loss: Loss, labels: list[str]) -> str:
    """Return a loss's function and its aliases."""
    signature = signature_of(loss)
    own, *aliases = labels
    lines = [f"def {own}("]
    star = "    *,"
    for parameter in signature.parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and star not in lines:
            lines.append(star)
        lines.append(f"    {str(parameter).replace(chr(39), chr(34))},")
    lines += [f") -> {signature.return_annotation}:", indent(f'"""{doc_of(loss)}', "    ")]
    lines[-1] += '"""' if "\n" not in doc_of(loss) else '\n    """'
    return "\n".join([*lines, *(f"\n{alias} = {own}" for alias in aliases)]) + "\n"


if __name__ == "__main__":
    PATH.write_text(written(), encoding="utf-8")
