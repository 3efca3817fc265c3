"""No module outside `losses/` and the walks names a loss, or an option that only one loss has.

What is special about a loss is in its declaration; tools ask for the property.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from losscli.losses import declaration, names
from losscli.losses.index import INDEX

PACKAGE = Path(__file__).parents[2] / "losscli"
OWN = ("losses/", "commands/explain/walks/")
"""They are about single losses."""
TABLES = ("commands/reconcile/libraries/",)
"""What other libraries call the losses."""
ALLOWED = {
    "cli/first_page.py": {"ce"},  # what to try
    "cli/front_page.py": {"ce"},  # its example
    "cli/shells.py": {"blank"},  # between the words of a command line
    "commands/entropy/measures.py": {"p", "q", "cross_entropy"},
    "commands/entropy/report.py": {"p", "q", "cross_entropy"},  # distributions, a measure
    "commands/entropy/distributions.py": {"p", "q"},
    "numerics/information.py": {"p", "q", "cross_entropy"},
    "commands/diagnose/options.py": {"l1", "l2"},  # penalties on parameters
    "commands/loss/command.py": {"l1", "l2"},
    "commands/loss/options.py": {"l1", "l2"},
    "commands/explain/writing.py": {"delta", "epsilon", "tau"},  # Greek letters
}
LOSSES = {name for loss, entry in INDEX.items() for name in (loss, *entry.aliases)}
_COUNT = Counter(option.name for name in names() for option in declaration(name).options)
OPTIONS = {name for name, losses in _COUNT.items() if losses == 1}
REDUCTIONS = {declaration(name).sample_mean for name in names()} - {""}
NAMES = {
    spelling
    for name in LOSSES | OPTIONS | REDUCTIONS
    for spelling in (name, name.replace("-", "_"), name.replace("_", "-"))
}
FLAG = re.compile(r"(?<![\w-])--([a-z][a-z0-9-]*)")
CALL = re.compile(r"(?:\bloss |compute\(.)([a-z][a-z0-9-]*)")


def _docstrings(tree: ast.AST) -> set[int]:
    return {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def _examples(tree: ast.AST) -> set[int]:
    """Return what the examples of rules are made of: files of one loss."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    examples = (c for c in calls if isinstance(c.func, ast.Name) and c.func.id in ("bad", "near"))
    return {id(node) for example in examples for node in ast.walk(example)}


def named_in(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the name of what code names: in strings, attributes and keywords."""
    tree = ast.parse(source)
    docstrings, examples = _docstrings(tree), _examples(tree)
    for node in ast.walk(tree):
        if id(node) in examples:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if id(node) in docstrings:
                continue
            text = node.value
            flags = {flag for flag in FLAG.findall(text) if flag.replace("-", "_") in OPTIONS}
            found = {text} & NAMES | flags | set(CALL.findall(text)) & LOSSES
        elif isinstance(node, ast.Attribute):
            found = {node.attr} & NAMES
        elif isinstance(node, ast.keyword):
            found = {node.arg or ""} & NAMES
        else:
            continue
        yield from ((node.lineno, name) for name in sorted(found))


def test_names_are_found() -> None:
    """In each of the places where a module could name one."""
    source = """
"ce in a docstring is fine"
if loss.name == "ce" or options.z_loss or f(log_target=True):
    print(f"try --label-smoothing {0}, or loss huber")
"""
    wanted = ["ce", "huber", "label-smoothing", "log_target", "z_loss"]
    assert sorted(name for _, name in named_in(source)) == wanted


def test_no_module_names_a_loss_or_an_option_of_one() -> None:
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        file = path.relative_to(PACKAGE).as_posix()
        if file.startswith(OWN + TABLES):
            continue
        allowed = ALLOWED.get(file, set())
        found += [
            f"{file}:{line}: {name}"
            for line, name in named_in(path.read_text(encoding="utf-8"))
            if name not in allowed
        ]
    assert found == []
