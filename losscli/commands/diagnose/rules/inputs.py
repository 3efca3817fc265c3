"""L101 to L103: a softmax or a sigmoid that is applied twice."""

from __future__ import annotations

import math
from collections.abc import Iterator

from losscli.commands.diagnose.facts import is_binary
from losscli.commands.diagnose.finding import Finding
from losscli.commands.diagnose.inspection import Study
from losscli.commands.diagnose.registry import Example, rule
from losscli.engine.input_checks import FEWEST_ELEMENTS
from losscli.output.words import counted, figure, percent

FEWEST_ROWS = 3
"""Fewer rows may sum to 1 by chance."""
PROBABILITIES = [[0.9, 0.05, 0.05], [0.1, 0.8, 0.1], [0.05, 0.05, 0.9]]
LOGITS = [[2.0, -1.0, 0.5], [-0.3, 1.7, 0.1], [0.2, -1.2, 3.1]]
LOG_PROBABILITIES = [[-0.1054, -2.9957, -2.9957], [-2.3026, -0.2231, -2.3026]]
SIGMOIDS = [[0.9, 0.2], [0.1, 0.7]] * 6
YES_NO = [[1, 0], [0, 1]] * 6


@rule(
    "L101",
    "error",
    "softmax applied twice: the logits are probabilities",
    bad=Example("ce", {"input": PROBABILITIES, "target": [0, 1, 2]}),
    near=Example("ce", {"input": LOGITS, "target": [0, 1, 2]}, why="these are logits"),
)
def softmax_twice(study: Study) -> Iterator[Finding]:
    """The loss takes the softmax of its input, and the input is one already.

    Every number is in [0, 1] and every row sums to 1 within what the digits of the file allow. The
    softmax of probabilities is almost flat: the loss cannot fall below log(e + c - 1) - 1, however
    good the model is, and its gradients fade. The predictions stay right, so the accuracy hides it.

    In the model: remove the softmax layer, or tell the loss of it (from_logits=False). Here:
    --from probs.
    """
    if not study.has_softmax or study.form != "logits":
        return
    rows = study.input_rows
    if not rows.count or rows.outside_unit.count or rows.sums_off.count:
        return
    classes, value = study.problem.grid.classes, study.loss_value
    once = study.value(from_="probs") if study.loss.option("from_") else None
    least = math.log(math.e + classes - 1) - 1
    evidence = {"rows": rows.count, "loss": value, "loss_from_probs": once, "least_loss": least}
    message = (
        f"every row is in [0, 1] and sums to 1: these are probabilities, and {study.loss.name} "
        "takes their softmax once more"
    )
    scores = study.survey.scores
    if scores and scores.count and value is not None:
        accuracy = scores.right / scores.count
        evidence["accuracy"] = accuracy
        message += (
            f". {percent(accuracy)} of the predictions are right, yet the loss is {figure(value)}"
        )
        if study.loss.name == "ce":
            message += f": it cannot fall below log(e + {classes - 1}) - 1 = {figure(least)}"
    if once is not None:
        message += f". Of the probabilities as they are it is {figure(once)}"
    severity = "error" if rows.count >= FEWEST_ROWS else "info"
    has_form = study.loss.option("from_")
    after = study.typed.command(**({"from_": "probs"} if has_form else {"loss": "ce"}))
    yield Finding(message, evidence, count=rows.count, next=after, severity=severity)


@rule(
    "L102",
    "info",
    "the logits are log-probabilities already",
    bad=Example("ce", {"input": LOG_PROBABILITIES, "target": [0, 1]}),
    near=Example("ce", {"input": LOGITS, "target": [0, 1, 2]}, why="these are logits"),
)
def log_softmax_twice(study: Study) -> Iterator[Finding]:
    """The loss takes the log-softmax of its input, and the input is one already.

    Every number is 0 or below and the log-sum-exp of every row is 0. This is harmless: the
    log-softmax of log-probabilities is the same again.
    """
    if not study.has_softmax or study.form != "logits":
        return
    rows = study.input_rows
    if not rows.count or rows.above_zero.count or rows.unnormalized.count or rows.dead.count:
        return
    yield Finding(
        f"{counted(rows.count, 'row')} of log-probabilities: {study.loss.name} takes the "
        "log-softmax once more, which changes nothing",
        {"rows": rows.count, "highest": study.input_numbers.span.high},
        count=rows.count,
        next=study.typed.command(from_="log-probs") if study.loss.option("from_") else "",
    )


@rule(
    "L103",
    "error",
    "sigmoid applied twice: the logits are probabilities",
    bad=Example("bce-logits", {"input": SIGMOIDS, "target": YES_NO}),
    near=Example(
        "bce-logits",
        {"input": [[2.2, -1.4], [-2.2, 0.8]] * 6, "target": YES_NO},
        why="these are logits",
    ),
)
def sigmoid_twice(study: Study) -> Iterator[Finding]:
    """The loss takes the sigmoid of its input, and every number of the input is in [0, 1].

    The sigmoid of a probability lies between 0.5 and 0.731: the loss of a 0 cannot fall below
    log 2 = 0.693, that of a 1 not below 0.313. From 20 numbers on this is no chance, as about half
    of an ordinary model's logits are below 0; fewer are remarked on only.
    """
    facts = study.survey.elements
    if not facts or study.form != "logits" or not is_binary(study.problem):
        return
    size = study.input_numbers.size
    if facts.inside < size:
        return
    value, once = study.loss_value, study.value("bce", **_kept(study))
    yield Finding(
        f"all {size} numbers are in [0, 1]: these are probabilities, and {study.loss.name} takes "
        f"their sigmoid once more. The loss is {figure(value)}; bce of the probabilities as they "
        f"are is {figure(once)}",
        {"numbers": size, "loss": value, "bce": once},
        count=size,
        next=study.typed.command(loss="bce"),
        severity="error" if size >= FEWEST_ELEMENTS else "info",
    )


def _kept(study: Study) -> dict[str, object]:
    """Return the weight that another loss may take over."""
    weight = study.sources.get("weight")
    return {} if weight is None else {"weight": weight}
