"""The result of a loss as one JSON object."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from losscli.commands.loss.figures import figures_as_json, penalty_as_json
from losscli.engine.result.notices import Notice
from losscli.engine.result.objective import Penalty
from losscli.engine.result.result import signature
from losscli.engine.run import Outcome
from losscli.output.encoders import JsonList
from losscli.output.strict_json import dumped


def json_result(
    outcome: Outcome,
    notices: Sequence[Notice],
    penalty: Penalty | None,
    *,
    terms: Iterable[str] | None,
    gradients: Mapping[str, Iterable[str]] | None,
    per_sample: bool,
    more: Mapping[str, Any],
) -> Iterator[str]:
    """Yield the result as one JSON object; `terms` and `gradients`, as JSON lists, come last."""
    problem = outcome.problem
    none = problem.settings.reduction == "none"
    head = {
        "schema": 1,
        "loss": problem.loss.name,
        **figures_as_json(outcome),
        "warnings": [{"code": notice.code, "message": notice.message} for notice in notices],
        "signature": signature(problem),
        **more,
    }
    yield dumped(head)[:-1]
    if penalty:
        yield f',"objective":{dumped(penalty_as_json(outcome, penalty))[:-1]}'
        if gradients is not None:
            yield ',"grad":{'
            own = {name: JsonList().whole([part]) for name, part in penalty.gradients.items()}
            yield from _members(own)
            yield "}"
        yield "}"
    if none and terms is not None:
        yield ',"value":'
        yield from terms
    if gradients is not None:
        yield ',"grad":{'
        yield from _members(gradients)
        yield "}"
    if per_sample and terms is not None:
        yield ',"per_sample":'
        yield from terms
    yield "}\n"


def _members(texts: Mapping[str, Iterable[str]]) -> Iterator[str]:
    """Yield JSON texts as members of an object, without its braces."""
    for i, (name, text) in enumerate(texts.items()):
        yield f"{',' if i else ''}{dumped(name)}:"
        yield from text
