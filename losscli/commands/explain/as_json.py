"""An explanation as one strict JSON object, every digit kept."""

from __future__ import annotations

from typing import Any

from losscli.commands.explain import shared_parts as shared
from losscli.commands.explain.explanation import Explanation
from losscli.commands.explain.standing import in_words, remarks
from losscli.commands.explain.step import Row, Step
from losscli.engine.result.result import signature
from losscli.output.strict_json import dumped, numbers

Range = tuple[int, int] | None


def json_text(explanation: Explanation, steps: Range, *, verbose: bool) -> str:
    """Return the explanation as one strict JSON object, every digit kept."""
    sample, problem = explanation.sample, explanation.problem
    whole, check = explanation.walk.whole, explanation.check
    labels = sample.labels()
    none = whole.reduction == "none"
    found: dict[str, Any] = {
        "schema": 1,
        "loss": problem.loss.name,
        "sample": {
            "index": list(sample.index),
            "place": sample.place,
            "ignored": sample.is_ignored,
            **{name: _as_list(column) for name, column in sample.columns.items()},
        },
        "target": None if sample.target is None else labels[sample.target],
        "prediction": None if sample.prediction is None else labels[sample.prediction],
        "steps": [
            {"number": number, **_step(step, verbose=verbose)}
            for number, step in shared.numbered(explanation, steps)
        ],
        "value": explanation.value,
        "kernel": explanation.kernel,
        "agrees": None if explanation.walk.is_generic else explanation.agrees,
        "reduction": {
            "name": whole.reduction,
            "numerator": None if none else whole.numerator,
            "denominator": None if none else whole.denominator,
            "value": None if none else whole.value,
        },
        "gradient": {
            role: numbers(gradient) if gradient.ndim else gradient.item()
            for role, gradient in sample.detail.gradients.items()
        },
        "gradient_check": {
            "agrees": check.agrees,
            "method": "central difference",
            "largest_difference": check.largest,
            "convention": check.convention or None,
            "measured": [
                {
                    "role": slope.role,
                    "entry": None if slope.entry is None else explanation.walk.entry(slope.entry),
                    "formula": slope.formula,
                    "measured": slope.measured,
                    "sides": list(slope.sides) if slope.sides else None,
                }
                for slope in check.slopes
            ],
        },
        "naive": [
            {
                "formula": trial.name,
                "precision": trial.precision,
                "naive": [list(pair) for pair in trial.naive],
                "stable": [list(pair) for pair in trial.stable],
                "dies_at": trial.naive[trial.dies_at][0],
                "how": trial.how,
            }
            for trial in explanation.trials
        ],
        "remarks": {
            what: shared.phrase_text(figures, repr)
            for what, figures in remarks(sample, explanation.walk)
        },
        "in_words": shared.phrase_text(in_words(sample, explanation.walk), repr),
        "signature": signature(problem),
    }
    if explanation.before:
        found["changes"] = [
            {"what": what, "before": old, "after": new}
            for what, old, new in shared.changes(explanation)
        ]
        found["before"] = {
            "loss": explanation.before.loss,
            "value": None if none else explanation.before.value,
            "gradient": {
                role: numbers(gradient) if gradient.ndim else gradient.item()
                for role, gradient in explanation.before.gradients.items()
            },
        }
    return dumped(found) + "\n"


def _as_list(column: Any) -> Any:
    return column.tolist()


def _step(step: Step, *, verbose: bool) -> dict[str, Any]:
    single = not step.by_class and len(step.rows) == 1
    hows = [_how(row) for row in step.rows]
    values = [_value(row) for row in step.rows]
    found: dict[str, Any] = {
        "name": step.name,
        "symbol": "; ".join(map(shared.ascii_text, step.formulas)),
        "numbers": hows[0] if single else hows,
        "value": values[0] if single else values,
        "why": step.why,
    }
    if not single:
        found["rows"] = [shared.row_name(row) for row in step.rows]
    if step.grid:
        found["rows"], found["columns"] = list(step.grid.rows), list(step.grid.columns)
        found["numbers"] = [[shared.exact(n) for n in cells] for cells in step.grid.cells]
        found["value"] = [[n.value for n in cells] for cells in step.grid.cells]
        found["best_path"] = sorted(map(list, step.grid.marks), key=lambda mark: mark[1])
    if step.checks:
        found["checks"] = [
            {
                "text": shared.ascii_text(check.formula),
                "value": check.value,
                "holds": check.holds,
            }
            for check in step.checks
        ]
    if verbose and step.derivation:
        found["derivation"] = [
            {"symbol": shared.ascii_text(reason.formula), "why": reason.why}
            for reason in step.derivation
        ]
    return found


def _how(row: Row) -> str:
    if row.span:
        return f"{row.span[0].value!r} to {row.span[1].value!r}"
    return shared.ascii_text(row.result)


def _value(row: Row) -> Any:
    if row.answer:
        return row.answer
    return None if row.span else row.result.value
