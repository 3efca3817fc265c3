"""L206 and L207: how the targets are spread, over the classes and along a sequence."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from losscli.commands.diagnose.finding import Finding
from losscli.commands.diagnose.inspection import Study
from losscli.commands.diagnose.registry import Example, rule
from losscli.commands.diagnose.scores import Scores
from losscli.commands.diagnose.tallies import SHOWN
from losscli.numerics.chance import ODDS, log_chance
from losscli.output.words import counted, figure

ENOUGH = 20
"""Samples a class from which on a class that never occurs is remarkable."""
LISTED = 100
"""Classes that the evidence names."""
ERRORS = 5
"""Standard errors that are no chance."""
SHIFT_GAIN = 0.8
FEWEST_PAIRS = 20
SEQUENCE = [[[4.0 * ((t + s) % 3 == k) for t in range(8)] for k in range(3)] for s in range(4)]
OWN = [[(t + s) % 3 for t in range(8)] for s in range(4)]


@rule(
    "L206",
    "warning",
    "a class that never occurs, or one that is always predicted",
    bad=Example(
        "ce",
        {"input": [[2.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 2.0]] * 30, "target": [0, 1] * 45},
    ),
    near=Example(
        "ce",
        {
            "input": [[2.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 2.0]] * 3,
            "target": [0, 1] * 4 + [0],
        },
        why="nine labels of three classes may miss one by chance",
    ),
    unless=("L101", "L104", "L201", "L202", "L401", "L405"),
)
def unseen(study: Study) -> Iterator[Finding]:
    """No label of a class that the model gives a share, or one prediction for everything.

    Looked for with 20 samples a class or more. A class that no label has is remarkable where the
    probabilities let expect many of it. One prediction for all samples is, where every row gives
    the same probabilities, or the labels have that class far less often than the probabilities say.
    """
    scores = study.survey.scores
    if scores and scores.count >= ENOUGH * study.problem.grid.classes:
        yield from _missing(study, scores)
        yield from _only_one(study, scores)


def _missing(study: Study, scores: Scores) -> Iterator[Finding]:
    name = study.problem.class_label
    missing = np.flatnonzero((scores.counts == 0) & (scores.expected >= ENOUGH)).tolist()
    if not missing:
        return
    expected = float(scores.expected[missing[0]])
    shown = ", ".join(str(name(cls)) for cls in missing[:SHOWN])
    shown += ", ..." if len(missing) > SHOWN else ""
    yield Finding(
        f"no label of {counted(len(missing), 'class', 'classes')} ({shown}) among {scores.count}; "
        f"by the probabilities about {expected:.0f} are of class {name(missing[0])}",
        {"missing": len(missing), "classes": missing[:LISTED], "expected": expected},
        count=len(missing),
        next=study.typed.command() + " --top 10",
    )


def _only_one(study: Study, scores: Scores) -> Iterator[Finding]:
    predicted = np.flatnonzero(scores.predicted)
    if predicted.size != 1 or np.count_nonzero(scores.counts) < 2:
        return
    only = int(predicted[0])
    labels, expected = int(scores.counts[only]), float(scores.expected[only])
    same = bool(np.allclose(scores.extremes.low, scores.extremes.high, rtol=1e-9, atol=0))
    rare = labels < expected and log_chance(labels, expected) < ODDS
    if not same and not rare:
        return
    why = f"{labels} labels are, {expected:.0f} by the probabilities"
    yield Finding(
        f"class {study.problem.class_label(only)} is predicted for all {scores.count} samples; "
        f"{'every row gives the same probabilities' if same else why}",
        {"class": only, "labels": labels, "expected": expected, "same_rows": same},
        count=scores.count,
        next=study.typed.command() + " --top 10",
    )


@rule(
    "L207",
    "warning",
    "labels shifted along the sequence",
    bad=Example("ce", {"input": SEQUENCE, "target": [[*row[-1:], *row[:-1]] for row in OWN]}),
    near=Example("ce", {"input": SEQUENCE, "target": OWN}, why="each position has its own target"),
    unless=("L201", "L202"),
)
def shifted(study: Study) -> Iterator[Finding]:
    """The targets of the neighbouring positions fit better: below 0.8 of the loss.

    A language model's output at a position is for the next token. Some libraries shift inside (the
    labels are the inputs), others want shifted labels; both or neither is off by one.
    """
    survey, shifts = study.survey, study.problem.settings.shift
    found = (("behind", 1, survey.after), ("before", -1, survey.before))
    for where, by, pairs in found:
        if pairs is None or pairs.count < FEWEST_PAIRS or pairs.own <= 0:
            continue
        if pairs.other >= SHIFT_GAIN * pairs.own or pairs.gain < ERRORS * pairs.error:
            continue
        own, other = pairs.own / pairs.count, pairs.other / pairs.count
        yield Finding(
            f"with the target of the position {where} the loss is {figure(other)}, with its own "
            f"{figure(own)}, over {pairs.count} positions that have both: the labels are shifted",
            {"shift": by, "loss": own, "loss_shifted": other, "pairs": pairs.count},
            count=pairs.count,
            next=study.typed.command(shift=True) if by == 1 and not shifts else "",
        )
