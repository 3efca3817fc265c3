"""What a live page holds: the steps of every branch as templates, and the graph behind them."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

from losscli.commands.explain.decisions import Decision
from losscli.commands.explain.live.branches import Branch, Branches
from losscli.commands.explain.live.inputs import Input
from losscli.commands.explain.number import GIVEN, MADE, Number
from losscli.commands.explain.sample import Sample
from losscli.commands.explain.step import Check, Grid, Row, Step
from losscli.commands.explain.writing import UNICODE, Choice, Leaf, Token, text_of, with_choices
from losscli.output.digits import shortest
from losscli.output.page import Form
from losscli.output.strict_json import plain

Json = dict[str, Any]
Place = Callable[[Number], int]


def data_of(sample: Sample, digits: int, *, verbose: bool = False) -> Json:
    """Return the object that the script of a page reads, as strict JSON may hold it."""
    branches = Branches(sample)
    graph = branches.graph
    # The places of numbers are known when all that the page shows are listed.
    _Templates(branches, graph.add, verbose=verbose).written()
    order = graph.order()
    place = {node: at for at, node in enumerate(order)}
    placed = _Templates(branches, lambda number: place[graph.add(number)], verbose=verbose)
    labels = sample.labels()
    found = {
        "digits": digits,
        "inputs": [_input(each) for each in branches.inputs],
        "targets": [[target, labels[target]] for target in branches.targets],
        "target": sample.target,
        "tints": branches.shown if sample.problem.loss.by_class else [],
        **placed.written(),
        "graph": graph.written(order),
    }
    written: Json = plain(found)
    return written


def _input(each: Input) -> Json:
    """Return a number that can be changed: what it is called, what it is and may be."""
    kind = each.kind
    return {
        "role": each.role,
        "label": each.label,
        "cls": each.cls,
        "value": each.number.value,
        "kind": kind.name,
        "domain": kind.domain,
        "low": kind.low if math.isfinite(kind.low) else None,
        "high": kind.high if math.isfinite(kind.high) else None,
        "values": kind.values,
        "nonzero": kind.nonzero,
    }


class _Templates:
    """The steps of all branches, those that several have once."""

    def __init__(self, branches: Branches, place: Place, *, verbose: bool) -> None:
        self.branches = branches
        self.verbose = verbose
        self.place = place
        self._steps: dict[str, int] = {}

    def written(self) -> Json:
        """Return the branches, and the steps that they name."""
        branches = [self._branch(branch) for branch in self.branches.found]
        return {"branches": branches, "steps": [json.loads(text) for text in self._steps]}

    def _branch(self, branch: Branch) -> Json:
        walk = branch.walk
        decisions = [
            decision
            for decision in walk.decisions
            if not all(map(self.branches.graph.is_constant, decision.tests))
        ]
        return {
            "target": branch.target,
            "marks": [[cls, self.place(test)] for cls, test in walk.marks.items()],
            "guards": [self._guard(decision) for decision in decisions],
            "loss": self._known(walk.loss),
            "fileLoss": self._known(walk.file_loss),
            "steps": [self._listed(self._step(step)) for step in walk.steps],
        }

    def _known(self, number: Number | None) -> int | None:
        return None if number is None else self.place(number)

    def _guard(self, decision: Decision) -> list[Any]:
        return [[self.place(test) for test in decision.tests], decision.holds, decision.at]

    def _listed(self, step: Json) -> int:
        return self._steps.setdefault(json.dumps(plain(step)), len(self._steps))

    def _step(self, step: Step) -> Json:
        found: Json = {
            "name": step.name,
            "formula": "" if step.formula is None else _symbols(step.formula),
            "why": step.why,
            "rows": [self._row(step, row) for row in step.rows],
            "checks": [self._check(check) for check in step.checks],
        }
        if step.bars:
            found["bars"] = True
        if step.role:
            found["role"] = step.role
        if self.verbose and step.derivation:
            found["derivation"] = [[_symbols(line), why] for line, why in step.derivation]
        if step.grid:
            found["grid"] = self._grid(step.grid)
        if step.only_if is not None:
            found["onlyIf"] = self.place(step.only_if)
        return found

    def _row(self, step: Step, row: Row) -> Json:
        form = Form.SCALED if step.role else Form.FIXED
        if all(other.result.op == GIVEN for other in step.rows):
            form = Form.GIVEN
        found: Json = {"name": row.label if isinstance(row.label, str) else _symbols(row.label)}
        if row.cls is not None:
            found["cls"] = row.cls
        if row.answer:
            found["answer"] = row.answer
        if row.span:
            low, high = (self._number(end, Form.FIXED) for end in row.span)
            found["how"] = [low, " to ", high]
            return found
        found["value"] = self._number(row.result, form)
        if row.result.op not in (GIVEN, MADE):
            found["how"] = [self._token(t) for t in with_choices(row.result, UNICODE)]
        return found

    def _token(self, token: Token) -> Any:
        """Return text, a number, or a sum of those parts that count."""
        if isinstance(token, str):
            return token
        if isinstance(token, Choice):
            parts = [
                [self.place(test), [self._token(piece) for piece in pieces]]
                for test, pieces in token.parts
            ]
            return {"sum": parts, "bracketed": token.bracketed}
        return self._leaf(token)

    def _leaf(self, leaf: Leaf) -> list[Any]:
        form = Form.GIVEN if leaf.number.op == GIVEN else Form.FIXED
        return [*self._number(leaf.number, form), int(leaf.guarded)]

    def _number(self, number: Number, form: Form) -> list[Any]:
        return [self.place(number), form.name.lower()]

    def _check(self, check: Check) -> list[Any]:
        return [_symbols(check.formula), self.place(check.same)]

    def _grid(self, grid: Grid) -> Json:
        return {
            "columns": grid.columns,
            "rows": grid.rows,
            "cells": [[self.place(number) for number in row] for row in grid.cells],
            "marks": sorted(grid.marks),
        }


def _symbols(formula: Any) -> str:
    """Return a formula as text; a number in it has every digit."""
    return text_of(formula, UNICODE, lambda number: shortest(number.value))
