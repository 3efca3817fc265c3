"""The divergence of two outputs as a loss, so that the engine runs it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from losscli.engine.problem.prepare import prepare
from losscli.engine.problem.problem import Problem
from losscli.engine.problem.settings import Settings
from losscli.losses.declare.options import Bounds, Effect, Help, Option
from losscli.losses.declare.registry import Loss, Role
from losscli.losses.declare.role_kind import Kind
from losscli.losses.declare.standard_kinds import (
    LOG_PROBABILITIES,
    PROBABILITIES,
    ClassIndex,
    Logits,
)
from losscli.numerics.divergence import divergence
from losscli.readers.source import Source

FORMS = ("logits", "probs", "log-probs")
KINDS = {"probs": PROBABILITIES, "log-probs": LOG_PROBABILITIES}
FROM = Option("from_", "logits", str, Help("what both outputs are", "input", KINDS), FORMS)
IGNORED = Bounds("targets of this value do not count", effect=Effect.IGNORES_TARGETS)
IGNORE_INDEX = Option("ignore_index", -100, int, IGNORED)


def divergence_loss(form: str, *, targets: bool) -> Loss:
    """Return the divergence of two outputs as a loss, with targets that may be ignored."""
    return Loss(
        name="compare",
        aliases=(),
        family="",
        kernel=_kernel,
        normalizer=None,
        libraries={},
        roles=roles_of(form)[: 3 if targets else 2],
        options=(FROM, IGNORE_INDEX) if targets else (FROM,),
    )


def checked_options(form: str, ignore_index: int) -> dict[str, Any]:
    """Return the options of that loss."""
    return {"from_": FROM.check(form), "ignore_index": IGNORE_INDEX.check(ignore_index)}


def pair(
    sources: Mapping[str, Source], form: str, ignore_index: int, settings: Settings
) -> Problem:
    """Return the problem of the sources `input`, `reference` and, where there is one, `target`.

    Raises DataError for shapes that differ, and for classes in a different order.
    """
    loss = divergence_loss(form, targets="target" in sources)
    return prepare(loss, sources, checked_options(form, ignore_index), settings)


def roles_of(form: str) -> tuple[Role, ...]:
    """Return the roles: two outputs of one form, and targets."""
    kind = KINDS.get(form) or _kind(Logits)
    return (
        Role("input", (kind,)),
        Role("reference", (kind,)),
        Role("target", (_kind(ClassIndex),)),
    )


def _kind(annotated: Any) -> Kind:
    kind: Kind = annotated.__metadata__[0]
    return kind


def _kernel(input: Any, reference: Any, *_: Any, from_: str, **__: Any) -> Any:
    """KL(reference || input), sample by sample."""
    apart = divergence(input, reference, from_)
    return apart.kl, {"divergence": apart}
