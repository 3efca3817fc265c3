"""A formula as a tree, read once from the text that a walk states (`p_j = exp(z_j) / S`)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

REDUCTIONS = ("sum", "max", "min", "logsumexp")
_BINARY = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "^"}
_COMPARE = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "=", ast.NotEq: "!="}
RELATIONS = frozenset(_COMPARE.values())


@dataclass(frozen=True)
class Formula:
    """A symbol, or an operation on other formulas.

    `sum_k(x_k, k != y)` is an operation `sum_k`: its second argument says which k count.
    """

    op: str
    args: tuple[Formula, ...] = ()
    text: str = ""

    @property
    def reduced(self) -> tuple[str, str]:
        """A reduction's operation and index: ("sum", "k"); ("", "") for any other operation."""
        head, _, index = self.op.partition("_")
        return (head, index) if index and head in REDUCTIONS else ("", "")


def symbol(text: str) -> Formula:
    """Return the formula of a name or a number."""
    return Formula("name", (), text)


@lru_cache(maxsize=1024)
def formula(text: str) -> Formula:
    """Read a formula: a Python expression with ^ for powers, or `left = right`."""
    left, equals, right = text.partition(" = ")
    if equals:
        return Formula("=", (formula(left), formula(right)))
    return _read(ast.parse(text.replace("^", "**"), mode="eval").body)


def _read(node: ast.expr) -> Formula:
    if isinstance(node, ast.BinOp):
        return Formula(_BINARY[type(node.op)], (_read(node.left), _read(node.right)))
    if isinstance(node, ast.UnaryOp):
        return Formula("neg", (_read(node.operand),))
    if isinstance(node, ast.Compare):
        relation = _COMPARE[type(node.ops[0])]
        return Formula(relation, (_read(node.left), _read(node.comparators[0])))
    if isinstance(node, ast.Call):
        return Formula(ast.unparse(node.func), tuple(map(_read, node.args)))
    if isinstance(node, ast.Subscript):
        return Formula("1[]", (_read(node.slice),))
    return symbol(ast.unparse(node))


def names_in(tree: Formula) -> Iterator[str]:
    """Yield every name and number of a formula, those of indices too."""
    if tree.op == "name":
        yield tree.text
    for arg in tree.args:
        yield from names_in(arg)
