"""The operations of walks as one list that a page evaluates from the first to the last.

Walks of one sample share nearly all of their operations, so each is listed once. What depends on no
input is a constant. A long row of alike operations, one for each of many classes, takes one entry.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from losscli.commands.explain.number import GIVEN, MADE, Number
from losscli.output.strict_json import plain

INPUT, CONSTANT = "input", "constant"
FEW = 4
"""Operations on more numbers have an entry of their own."""
Key = tuple[Any, ...]


class Node(NamedTuple):
    """An operation on earlier nodes; of a constant its number."""

    op: str
    args: tuple[int, ...]
    level: int
    """The length of the longest way from the inputs."""
    number: Number


class Graph:
    """All operations that lead from the inputs to the numbers that a page shows."""

    def __init__(self, inputs: Sequence[Number]) -> None:
        self._nodes: list[Node] = []
        self._known: dict[Key, int] = {}
        self._at: dict[int, int] = {}
        self._alive: list[Number] = []
        """What `_at` knows by its identity."""
        self._roots: set[int] = set()
        self.inputs = [self._listed(INPUT, (), number, i) for i, number in enumerate(inputs)]
        for node, number in zip(self.inputs, inputs, strict=True):
            self._remember(number, node)

    def add(self, number: Number) -> int:
        """Return the node of a number that the page shows or asks for."""
        node = self._node(number)
        self._roots.add(node)
        return node

    def is_constant(self, number: Number) -> bool:
        """Tell whether no input changes a number."""
        return self._nodes[self._node(number)].op == CONSTANT

    def _node(self, number: Number) -> int:
        # Without recursion: a chain of operations may be longer than Python's stack.
        waiting = [number]
        while waiting:
            last = waiting[-1]
            missing = [arg for arg in last.args if id(arg) not in self._at]
            if id(last) in self._at or not missing:
                waiting.pop()
                if id(last) not in self._at:
                    self._remember(last, self._made(last))
            else:
                waiting.extend(reversed(missing))
        return self._at[id(number)]

    def _remember(self, number: Number, node: int) -> None:
        self._at[id(number)] = node
        self._alive.append(number)

    def _made(self, number: Number) -> int:
        args = tuple(self._at[id(arg)] for arg in number.args)
        if number.op in (GIVEN, MADE) and args:
            return args[0]
        if all(self._nodes[arg].op == CONSTANT for arg in args):
            return self._listed(CONSTANT, (), number, repr(number.value), number.error)
        return self._listed(number.op, args, number)

    def _listed(self, op: str, args: tuple[int, ...], number: Number, *which: object) -> int:
        key = (op, args, *which)
        if key not in self._known:
            level = 1 + max((self._nodes[arg].level for arg in args), default=-1)
            self._known[key] = len(self._nodes)
            self._nodes.append(Node(op, args, level, number))
        return self._known[key]

    def order(self) -> list[int]:
        """Return the nodes that are needed, alike ones beside each other."""
        needed, waiting = set(self.inputs), list(self._roots)
        while waiting:
            node = waiting.pop()
            if node not in needed:
                needed.add(node)
                waiting.extend(self._nodes[node].args)
        levels: dict[int, list[int]] = {}
        for node in sorted(needed - set(self.inputs)):
            levels.setdefault(self._nodes[node].level, []).append(node)
        place = {node: at for at, node in enumerate(self.inputs)}

        uses = Counter(arg for node in needed for arg in self._nodes[node].args)

        def likeness(node: int) -> tuple[str, list[tuple[int, int]]]:
            # What many operations use is the same in a row of them.
            op, args, _, _ = self._nodes[node]
            return op, sorted((-uses[arg], place[arg]) for arg in args)

        for level in sorted(levels):
            for node in sorted(levels[level], key=likeness):
                place[node] = len(place)
        return list(place)

    def written(self, order: Sequence[int]) -> dict[str, Any]:
        """Return the list for the page: constants, and operations on places of the list."""
        place = {node: at for at, node in enumerate(order)}
        constants = [self._nodes[node].number for node in order if self._nodes[node].op == CONSTANT]
        operations = [node for node in order if self._nodes[node].op not in (INPUT, CONSTANT)]
        placed = (
            (self._nodes[n].op, tuple(place[arg] for arg in self._nodes[n].args))
            for n in operations
        )
        return {
            "constants": [plain(number.value) for number in constants],
            "errors": _runs_of_errors(constants),
            "operations": list(_runs(placed)),
        }


def _runs_of_errors(constants: Iterable[Number]) -> list[Any]:
    """Return the errors of constants as pairs of how many and which."""
    runs: list[Any] = []
    for number in constants:
        error = plain(number.error)
        if runs and runs[-1][1] == error:
            runs[-1][0] += 1
        else:
            runs.append([1, error])
    return runs


def _runs(operations: Iterable[tuple[str, tuple[int, ...]]]) -> Iterable[list[Any]]:
    """Yield operations: [op, times, first, step, first, step, ...], or [op, 0, first, count, ...].

    The first form is as many operations, each on the places that follow those of the last or on
    the same. The second is one operation on many places, in ranges.
    """
    run: list[Any] = []
    for op, args in operations:
        if len(args) > FEW:
            if run:
                yield run
                run = []
            yield [op, 0, *_ranges(args)]
            continue
        if run and _continues(run, op, args):
            run[1] += 1
            continue
        if run:
            yield run
        run = [op, 1, *(part for arg in args for part in (arg, None))]
    if run:
        yield run


def _continues(run: list[Any], op: str, args: tuple[int, ...]) -> bool:
    """Tell whether an operation continues a run; note the steps if it is the second."""
    if run[0] != op or len(run) != 2 + 2 * len(args):
        return False
    times, firsts, known = run[1], run[2::2], run[3::2]
    steps = [arg - first for arg, first in zip(args, firsts, strict=True)]
    if times == 1:
        if not all(step in (0, 1) for step in steps):
            return False
        run[3::2] = steps
        return True
    return all(
        arg == first + step * times for arg, first, step in zip(args, firsts, known, strict=True)
    )


def _ranges(places: Sequence[int]) -> list[int]:
    found: list[int] = []
    for place in places:
        if found and place == found[-2] + found[-1]:
            found[-1] += 1
        else:
            found += [place, 1]
    return found
