"""Writes formulas, and the numbers put into them, as text and as LaTeX.

A formula and the numbers that it was evaluated on are trees of the same operations, so one
function writes both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from losscli.commands.explain.formula import Formula
from losscli.commands.explain.number import (
    GIVEN,
    IF,
    LOGSUMEXP,
    MADE,
    Number,
    given,
    spelled_out,
)

GREEK = ("alpha", "beta", "gamma", "delta", "epsilon", "tau", "theta", "mu", "sigma", "pi")
RANK = {"=": 0, "<": 0, "<=": 0, ">": 0, ">=": 0, "!=": 0, "+": 1, "-": 1, "sum": 1, "*": 2, "/": 2}
RANK |= {"neg": 2, "^": 4}
ATOM = 5
REDUCED = 1.5
"""The rank of a sum over an index: it ends where a plus follows, and is bracketed in a product."""
LATEX_FUNCTIONS = {"exp", "log", "max", "min", "sinh", "cosh", "tanh", "cos", "sin", "arccos"}
RELATIONS = {"<=": r"\le", ">=": r"\ge", "<": "<", ">": ">", "=": "=", "!=": r"\ne"}


Tree = Number | Formula


class Leaf(NamedTuple):
    """A number within a written expression, and whether a minus in front needs brackets."""

    number: Number
    guarded: bool


class Choice(NamedTuple):
    """A sum of the parts that count: of each its comparison, and how it is written."""

    parts: Sequence[tuple[Number, Sequence[str | Leaf]]]
    bracketed: bool
    """Whether several parts need brackets around them."""

    def written(self) -> Iterator[str | Leaf]:
        """Yield the sum as it is for these numbers."""
        counted = [pieces for test, pieces in self.parts if test.value == 1]
        brackets = self.bracketed and len(counted) > 1
        if not counted:
            yield "0"
        for i, pieces in enumerate(counted):
            yield from [" + "] if i else ["("] if brackets else []
            for piece in pieces:
                # A minus needs brackets only after a plus.
                yield piece if isinstance(piece, str) or i else piece._replace(guarded=False)
        yield from [")"] if brackets else []


Token = str | Leaf | Choice


class Style(NamedTuple):
    """The signs that a medium can show."""

    times: str
    sum: str
    square: str
    at_most: str
    at_least: str
    unequal: str


ASCII = Style(" * ", "sum", "^", "<=", ">=", "!=")
UNICODE = Style(" · ", "Σ", "^", "≤", "≥", "≠")


def tokens(tree: Tree, style: Style) -> Iterator[str | Leaf]:
    """Yield an expression as pieces of text and the numbers between them."""
    for token in with_choices(tree, style):
        if isinstance(token, Choice):
            yield from token.written()
        else:
            yield token


def with_choices(tree: Tree, style: Style) -> Iterator[Token]:
    """Yield an expression with all parts of its sums, those that do not count as well."""
    return _pieces(tree, style, guarded=False)


def text_of(tree: Tree, style: Style, number: Callable[[Number], str]) -> str:
    """Return an expression as one line of text."""
    return "".join(
        token if isinstance(token, str) else bracketed(token, number(token.number))
        for token in tokens(tree, style)
    )


def bracketed(leaf: Leaf, text: str) -> str:
    """Return a number's text, in brackets where its minus would meet another sign."""
    return f"({text})" if leaf.guarded and text.startswith("-") else text


def _pieces(tree: Tree, style: Style, *, guarded: bool) -> Iterator[Token]:
    op = tree.op
    args: Sequence[Tree] = tree.args
    if isinstance(tree, Number) and op == LOGSUMEXP:
        yield from _pieces(spelled_out(tree), style, guarded=guarded)
    elif _is_choice(tree):
        yield from _choice(tree, style, bracketed=False)
    elif isinstance(tree, Number) and op in (GIVEN, MADE):
        yield Leaf(tree, guarded)
    elif op == "name":
        yield tree.text if isinstance(tree, Formula) else ""
    elif op == "1[]":
        yield "1["
        yield from _pieces(args[0], style, guarded=False)
        yield "]"
    elif op == "neg":
        yield "-"
        yield from _operand(args[0], style, RANK["*"], guarded=True)
    elif op == "abs":
        yield "|"
        yield from _pieces(args[0], style, guarded=False)
        yield "|"
    elif op in RANK:
        yield from _infix(op, args, style)
    elif isinstance(tree, Formula) and tree.reduced[0]:
        yield from _reduction(tree, style)
    else:
        yield f"{op}("
        for i, arg in enumerate(args):
            if i:
                yield ", "
            yield from _pieces(arg, style, guarded=False)
        yield ")"


def _is_choice(tree: Tree) -> bool:
    return tree.op == "sum" and any(arg.op == IF for arg in tree.args)


def _choice(tree: Tree, style: Style, *, bracketed: bool) -> Iterator[Choice]:
    parts = []
    for arg in tree.args:
        part, test, _otherwise = arg.args
        assert isinstance(test, Number)
        inner = _operand(part, style, RANK["sum"], guarded=True)
        parts.append((test, [piece for piece in inner if not isinstance(piece, Choice)]))
    yield Choice(parts, bracketed)


def _reduction(tree: Formula, style: Style) -> Iterator[Token]:
    head, index = tree.reduced
    name = style.sum if head == "sum" else head
    if len(tree.args) == 1:
        yield f"{name}_{index} "
    else:
        yield f"{name}_("
        if tree.args[1].args[0].text != index:
            yield f"{index}: "
        yield from _pieces(tree.args[1], style, guarded=False)
        yield ") "
    yield from _operand(tree.args[0], style, RANK["*"], guarded=True)


def _rank(tree: Tree) -> float:
    is_reduction = isinstance(tree, Formula) and bool(tree.reduced[0])
    return REDUCED if is_reduction else RANK.get(tree.op, ATOM)


def _is_slope(op: str, args: Sequence[Tree]) -> bool:
    """Whether this is dL/dx: one sign, not a division."""
    texts = [arg.text for arg in args if isinstance(arg, Formula) and arg.op == "name"]
    return op == "/" and len(texts) == 2 and all(len(t) > 1 and t[0] == "d" for t in texts)


def _infix(op: str, args: Sequence[Tree], style: Style) -> Iterator[Token]:
    signs = {"*": style.times, "^": style.square, "sum": " + "}
    signs |= {"<=": f" {style.at_most} ", ">=": f" {style.at_least} "}
    signs["!="] = f" {style.unequal} "
    if _is_slope(op, args):
        signs["/"] = "/"
    rank = RANK[op]
    for i, arg in enumerate(args):
        if i:
            yield signs.get(op, f" {op} ")
        # a - (b - c), a / (b * c), (a ^ b) ^ c: the side that does not group by itself.
        tight = op == "^" if i == 0 else op in ("-", "/")
        guarded = op == "^" if i == 0 else rank > 0
        yield from _operand(arg, style, rank + (0.5 if tight else 0), guarded=guarded)


def _operand(tree: Tree, style: Style, rank: float, *, guarded: bool) -> Iterator[Token]:
    own = _rank(tree)
    if tree.op == "neg" and guarded:
        own = 0
    if _is_choice(tree):
        yield from _choice(tree, style, bracketed=own < rank)
    elif own < rank:
        yield "("
        yield from _pieces(tree, style, guarded=False)
        yield ")"
    else:
        yield from _pieces(tree, style, guarded=guarded)


def latex_of(tree: Tree, number: Callable[[Number], str]) -> str:
    """Return an expression as LaTeX, without the dollars."""

    def write(node: Tree, rank: float = 0, *, guarded: bool = False) -> str:
        node = counted(node)
        text = _latex(node, write, number)
        own = _rank(node)
        if node.op in (GIVEN, MADE, "neg"):
            own = 0 if guarded and text.startswith("-") else own
        if node.op == "/":
            own = RANK["^"] - 0.5
        return rf"\left({text}\right)" if own < rank else text

    return write(tree)


Write = Callable[..., str]


def counted(tree: Tree) -> Tree:
    """Return a sum with the parts that count alone; any other expression as it is."""
    if not isinstance(tree, Number) or not _is_choice(tree):
        return tree
    parts = [part for part, test, _ in (arg.args for arg in tree.args) if test.value == 1]
    if len(parts) < 2:
        return parts[0] if parts else given(0)
    return Number(tree.value, tree.error, "sum", parts)


def _latex(node: Tree, write: Write, number: Callable[[Number], str]) -> str:
    op, args = node.op, node.args
    if isinstance(node, Number) and op == LOGSUMEXP:
        return write(spelled_out(node))
    if isinstance(node, Number) and op in (GIVEN, MADE):
        return _latex_number(number(node))
    if isinstance(node, Formula) and op == "name":
        return _latex_name(node.text)
    if op == "1[]":
        return rf"\mathbb{{1}}[{write(args[0])}]"
    if op == "neg":
        return f"-{write(args[0], RANK['*'], guarded=True)}"
    if op == "abs":
        return rf"\left|{write(args[0])}\right|"
    if op == "sqrt":
        return rf"\sqrt{{{write(args[0])}}}"
    if op == "/":
        return rf"\frac{{{write(args[0])}}}{{{write(args[1])}}}"
    if op == "^":
        return f"{write(args[0], RANK['^'] + 0.5, guarded=True)}^{{{write(args[1])}}}"
    if op in RANK:
        signs = {"*": r" \cdot ", "sum": " + "} | {r: f" {s} " for r, s in RELATIONS.items()}
        rank = RANK[op]
        parts = [
            write(arg, rank + (0.5 if i and op == "-" else 0), guarded=bool(i and rank))
            for i, arg in enumerate(args)
        ]
        return signs.get(op, f" {op} ").join(parts)
    head, under = node.reduced if isinstance(node, Formula) else ("", "")
    if head:
        known = rf"\{head}" if head != "logsumexp" else r"\operatorname{logsumexp}"
        if len(args) > 1:
            is_plain = isinstance(node, Formula) and node.args[1].args[0].text == under
            under = write(args[1]) if is_plain else f"{under}: {write(args[1])}"
        return rf"{known}_{{{under}}} {write(args[0], RANK['*'], guarded=True)}"
    inner = ", ".join(write(arg) for arg in args)
    if op.startswith("d") and op[1:] in LATEX_FUNCTIONS:
        return rf"\partial \{op[1:]}\left({inner}\right)"
    known = rf"\{op}" if op in LATEX_FUNCTIONS else rf"\operatorname{{{op}}}"
    if len(op) == 1:
        known = _latex_name(op)
    return rf"{known}\left({inner}\right)"


def _latex_name(text: str) -> str:
    head, _, under = text.partition("_")
    if head[0] == "d" and len(head) > 1 and head not in GREEK:
        return rf"\partial {_latex_name(text[1:])}"
    base = rf"\{head}" if head in GREEK else head if len(head) == 1 else rf"\mathrm{{{head}}}"
    if head.isdigit():
        base = head
    return f"{base}_{{{under}}}" if under else base


def _latex_number(text: str) -> str:
    if "inf" in text:
        return text.replace("inf", r"\infty")
    mantissa, e, exponent = text.partition("e")
    return (
        rf"{mantissa} \cdot 10^{{{int(exponent)}}}"
        if e and text != "nan"
        else (r"\mathrm{nan}" if text == "nan" else text)
    )
