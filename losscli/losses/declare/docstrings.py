"""The docstrings of losses, transforms and rules, which users read.

`python -OO` removes docstrings: they are then read from the source.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from functools import cache
from typing import Any


def docstring(function: Callable[..., Any]) -> str:
    """Return the docstring of a function of a module; empty if it is lost with its source."""
    return inspect.getdoc(function) or _in_source(function.__module__).get(function.__name__, "")


@cache
def _in_source(module: str) -> dict[str, str]:
    """Return the docstrings of a module's functions by name."""
    import ast

    try:
        tree = ast.parse(inspect.getsource(sys.modules[module]))
    except OSError:
        return {}
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return {node.name: ast.get_docstring(node) or "" for node in functions}
