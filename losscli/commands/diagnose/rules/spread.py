"""L206 and L207: the distribution of the targets over the classes and along a sequence."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from losscli.commands.diagnose.facts.neighbors import Neighbors
from losscli.commands.diagnose.facts.scores import Scores
from losscli.commands.diagnose.facts.tallies import SHOWN
from losscli.commands.diagnose.inspection import Inspection
from losscli.commands.diagnose.registry import bad, near, rule
from losscli.commands.findings import Finding
from losscli.numerics.chance import ODDS, log_chance, log_coins
from losscli.output.words import counted, figure

ENOUGH = 20
"""With this many samples per class, a class that never occurs is remarkable."""
LISTED = 100
"""Classes that the evidence names."""
ERRORS = 5
"""A gain of this many standard errors is not due to chance."""
SHIFT_GAIN = 0.95
COINS = math.log(2e-3)
"""The log of the chance that coins show as many positions where the neighbor's target is better."""
CLOSER = 2
"""How much closer to its expectation the loss must be with the neighbor's target."""
FAR = 100
"""How far above its expectation the loss is not due to probabilities that are too sure."""
RARE = 0.5
"""Labels change rarely if they change half as often as in a random order, or less."""
SURE = [[2.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 2.0]]
SEQUENCE = [[[4.0 * ((t + s) % 3 == k) for t in range(8)] for k in range(3)] for s in range(4)]
OWN = [[(t + s) % 3 for t in range(8)] for s in range(4)]


@rule(
    "L206",
    "warning",
    "a class that never occurs, or one that is always predicted",
    bad("ce", input=SURE * 30, target=[0, 1] * 45),
    near("9 labels of 3 classes may miss one by chance", input=SURE * 3, target=[0, 1] * 4 + [0]),
    unless=("L101", "L104", "L201", "L202", "L401", "L405"),
)
def unseen(inspection: Inspection) -> Iterator[Finding]:
    """Finds a class without labels that the model expects often, or one prediction for all samples.

    Checked with 20 samples per class or more. One prediction for all samples is reported if every
    row gives the same probabilities, or if that class is far rarer among the labels than the
    probabilities say.

    Why it matters: The labels of a class may be missing, or the two files may count their classes
    differently. A model that predicts one class for everything has collapsed, or gets the same
    input every time.

    Fix: Compare the class names and the number of classes of both files; look at the loss and the
    accuracy of each class.
    """
    scores = inspection.facts.scores
    if scores and scores.count >= ENOUGH * inspection.problem.grid.classes:
        yield from _missing_classes(inspection, scores)
        yield from _always_predicted(inspection, scores)


def _missing_classes(inspection: Inspection, scores: Scores) -> Iterator[Finding]:
    name = inspection.problem.class_label
    missing = np.flatnonzero((scores.counts == 0) & (scores.expected >= ENOUGH)).tolist()
    if not missing:
        return
    expected = float(scores.expected[missing[0]])
    shown = ", ".join(str(name(index)) for index in missing[:SHOWN])
    shown += ", ..." if len(missing) > SHOWN else ""
    yield Finding(
        f"{counted(len(missing), 'class', 'classes')} without a label among {scores.count}: "
        f"{shown}. By the probabilities about {expected:.0f} are of class {name(missing[0])}",
        {"missing": len(missing), "classes": missing[:LISTED], "expected": expected},
        count=len(missing),
        next=inspection.command(by="target"),
    )


def _always_predicted(inspection: Inspection, scores: Scores) -> Iterator[Finding]:
    predicted = np.flatnonzero(scores.predicted)
    if predicted.size != 1 or np.count_nonzero(scores.counts) < 2:
        return
    only = int(predicted[0])
    labels, expected, same = (
        int(scores.counts[only]),
        float(scores.expected[only]),
        scores.same_rows,
    )
    if not same and not (labels < expected and log_chance(labels, expected) < ODDS):
        return
    why = f"it has {counted(labels, 'label')}, {expected:.0f} by the probabilities"
    yield Finding(
        f"class {inspection.problem.class_label(only)} is predicted for all {scores.count} "
        f"samples; {'every row gives the same probabilities' if same else why}",
        {"class": only, "labels": labels, "expected": expected, "same_rows": same},
        count=scores.count,
        next=inspection.command(by="target"),
    )


@rule(
    "L207",
    "warning",
    "labels shifted along the sequence",
    bad("ce", input=SEQUENCE, target=[[*row[-1:], *row[:-1]] for row in OWN]),
    near("each position has its own target", target=OWN),
    unless=("L201", "L202"),
)
def shifted(inspection: Inspection) -> Iterator[Finding]:
    """Finds sequences whose loss falls by 5 % or more with the neighboring targets.

    Each output is compared with the target of the next position, and with that of the previous one.
    Not reported if chance explains it, or if the loss is as the probabilities themselves lead one
    to expect: where labels often repeat, a good forecast of the next one looks like the last one.

    Why it matters: The output of a language model is about the next token. Some libraries shift the
    labels themselves (the labels are the inputs), others expect shifted labels; shifting twice, or
    not at all, leaves them off by one.

    Fix: Add --shift, which compares each output with the target of the next position; or shift the
    labels.

    References: Hugging Face Transformers, GPT2LMHeadModel: the labels are shifted inside the model.
    """
    facts = inspection.facts
    for where, by, pairs in (("next", 1, facts.after), ("previous", -1, facts.before)):
        if pairs is None or not facts.scores or not _fits(facts.scores, pairs):
            continue
        if pairs.other >= SHIFT_GAIN * pairs.own or pairs.gain < ERRORS * pairs.error:
            continue
        if log_coins(pairs.lower, pairs.changed) > COINS:
            continue
        own, other = pairs.own / pairs.count, pairs.other / pairs.count
        yield Finding(
            f"with the target of the {where} position the loss is {figure(other)}, with its own "
            f"{figure(own)}, over {pairs.count} positions that have both: the labels are shifted",
            {"shift": by, "loss": own, "loss_shifted": other, "pairs": pairs.count},
            count=pairs.count,
            next=_realigned(inspection, by),
        )


def _realigned(inspection: Inspection, by: int) -> str:
    """Return the command that shifts the targets so, or else shows them beside the predictions."""
    is_shifted = inspection.problem.settings.shift
    return inspection.command(**({"shift": not is_shifted} if is_shifted == (by < 0) else {}))


def _fits(scores: Scores, pairs: Neighbors) -> bool:
    """Return whether the neighbor's targets fit the probabilities, and their own do not.

    The loss of probabilities that are right is their entropy. Where labels rarely change, a loss
    far below it does not fit either: a forecast of the next label that is somewhat too sure of
    itself repeats the last one.
    """
    own, other = pairs.own - pairs.expected, pairs.other - pairs.expected
    if own < CLOSER * abs(other) or not scores.count:
        return False
    shares = scores.counts / scores.count
    at_random = 1 - float((shares * shares).sum())
    rarely = pairs.changed <= RARE * at_random * pairs.count
    fits = pairs.other >= pairs.expected / CLOSER or pairs.own >= FAR * pairs.expected
    return fits or not rarely
