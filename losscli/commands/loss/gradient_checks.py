"""The gradients that `--check-grad` names: which roles they are of, and what was found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from losscli.commands.call import LossCall
from losscli.commands.loss.gradient_check import GradientCheck
from losscli.commands.loss.gradient_mistakes import mistakes
from losscli.engine.block import Block
from losscli.engine.problem.problem import Problem
from losscli.engine.run import Outcome
from losscli.errors import UsageError
from losscli.losses.declare.registry import Loss
from losscli.output.checks import Check
from losscli.output.page import Block as PageBlock
from losscli.readers import WantedRole
from losscli.readers.source import Source
from losscli.readers.spec import parse_spec

NAME = "--check-grad"


def named(loss: Loss, texts: Sequence[str]) -> dict[str, str]:
    """Return the source of each role's gradient; UsageError where the role is not clear."""
    roles, found = loss.differentiable, {}
    for text in texts:
        role, equals, source = text.partition("=")
        if equals and role not in roles and role in (one.name for one in loss.roles):
            raise UsageError(
                f"--check-grad: {role} has no gradient; name {' or '.join(roles)}: "
                f"--check-grad {roles[0]}=FILE"
            )
        if not equals or role not in roles:
            if len(roles) > 1:
                some = ", ".join(roles)
                raise UsageError(
                    f"--check-grad: {loss.name} has gradients of {some}; say which one it is: "
                    f"--check-grad {roles[0]}=FILE"
                )
            role, source = roles[0], text
        if parse_spec(source).path in ("", "-") and parse_spec(source).numbers is None:
            raise UsageError("--check-grad takes a file, not standard input; name one")
        if role in found:
            raise UsageError(f"--check-grad: {role} appears twice; remove one")
        found[role] = source
    return found


class GradientChecks:
    """The checks of all roles that were asked for."""

    terms, gradient = False, True

    def __init__(
        self,
        call: LossCall,
        gradients: Mapping[str, str],
        problem: Problem,
        sources: Mapping[str, Source],
    ) -> None:
        """Open the gradients by role."""

        def again(others: Mapping[str, Source], options: Mapping[str, Any]) -> Problem:
            return call.problem({**sources, **others}, **options)

        tolerance, self._checks = call.options.tolerance, []
        for role, text in gradients.items():
            keys = ("grad", "gradient", role, f"grad_{role}")
            in_rows = problem.operand(role).order is not None
            wanted = WantedRole(NAME, keys, True, in_rows=in_rows)
            source = call.read({NAME: text}, [wanted])[NAME]
            others = partial(mistakes, problem, role, again)
            self._checks.append(GradientCheck(problem, role, source, tolerance, others))

    def each(self, block: Block) -> None:
        """Take a block."""
        for check in self._checks:
            check.each(block)

    def finish(self, outcome: Outcome) -> None:
        """Judge, when all blocks are there."""
        for check in self._checks:
            check.finish(outcome)

    def checks(self, file: str) -> Iterable[Check]:  # noqa: ARG002
        """Return whether each is the gradient."""
        return [check.check() for check in self._checks]

    def blocks(self) -> Iterable[PageBlock]:
        """Return what was found as a part of a page."""
        return [block for check in self._checks for block in check.blocks()]

    def as_json(self) -> dict[str, Any]:
        """Return what was found."""
        return {"check_grad": {check.role: check.as_json() for check in self._checks}}
