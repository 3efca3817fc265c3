"""The figures of a loss: in JSON, and by the names that `--check` gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from losscli.commands.checking import Subject, flat
from losscli.commands.loss.options import LossOptions
from losscli.commands.signatures import flag
from losscli.engine.result.result import summary
from losscli.errors import UsageError, show
from losscli.losses.declare.registry import Loss

if TYPE_CHECKING:
    from losscli.commands.gates import Gates
    from losscli.engine.breakdown.parts import Breakdown
    from losscli.engine.result.objective import Penalty
    from losscli.engine.run import Outcome

OPTIONS = {"objective": "--params and --l2", "by": "--by target"}
"""What to type for a figure, where it is not the option of that name."""


def figures_as_json(outcome: Outcome) -> dict[str, Any]:
    """Return the figures of all terms."""
    partial, reduction = outcome.partial, outcome.problem.settings.reduction
    none = reduction == "none"
    return {
        **({} if none else {"value": outcome.value}),
        "reduction": reduction,
        "numerator": None if none else outcome.numerator,
        "denominator": None if none else outcome.denominator,
        "count": partial.counted,
        "ignored": partial.ignored,
        "summary": summary(outcome),
    }


def penalty_as_json(outcome: Outcome, penalty: Penalty) -> dict[str, float]:
    """Return the penalty, and the objective as `value`."""
    return {"penalty": penalty.value, "value": penalty.objective(outcome.value)}


def figures_of(
    outcome: Outcome, penalty: Penalty | None, breakdown: Breakdown | None
) -> dict[str, float]:
    """Return every number of the first level of JSON, and of its breakdowns."""
    found = figures_as_json(outcome)
    if penalty:
        found["objective"] = penalty_as_json(outcome, penalty)
    return flat({**found, **(breakdown.as_json() if breakdown else {})})


def require_possible(gates: Gates | None, loss: Loss, options: LossOptions) -> None:
    """Refuse a condition on a figure that this loss never has, before a file is read."""
    conditions = gates.conditions if gates else ()
    none = options.reduction == "none"
    reduced = () if none else ("loss", "numerator", "denominator")
    likelihood = ("chance", "perplexity", "bits") if loss.likelihood else ()
    picked = (*likelihood, "accuracy") if loss.picks else ()
    asked = {
        "objective": options.params,
        "by": options.by,
        "groups": options.groups,
        "hist": options.hist,
        "ci": options.ci,
    }
    for condition in conditions:
        figure = condition.figure
        if not asked.get(root := figure.partition(".")[0], True):
            needed = OPTIONS.get(root, flag(root))
            raise UsageError(f"--check: {show(figure)} needs {needed}; give it, too")
    known = [*reduced, "count", "ignored", *picked, *(name for name, on in asked.items() if on)]
    name = f"{loss.name} -r none" if none else loss.name
    Subject(name, dict.fromkeys(known, 0.0)).require(conditions, roots=True)
