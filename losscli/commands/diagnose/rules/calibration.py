"""L8xx: whether probabilities are what they claim, and labels what they say."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from losscli.commands.diagnose.facts import probabilities
from losscli.commands.diagnose.finding import Finding
from losscli.commands.diagnose.inspection import Study
from losscli.commands.diagnose.lenient_tile import Piece
from losscli.commands.diagnose.registry import Example, rule
from losscli.commands.diagnose.rules.result import CAUSES
from losscli.commands.diagnose.tallies import Places, Tally, places
from losscli.engine.tiles import Blocks
from losscli.numerics.chance import ODDS, log_chance
from losscli.output.words import counted, figure, percent

COLD, HOT = 0.8, 1.25
GAIN = 0.01
EVIDENCE = 12.0
"""Nats that the best temperature must win over all samples; by chance one file in 1e6 does."""
SURE = [[4.0, 0.0], [0.0, 4.0]] * 20
HALF_RIGHT = [0, 1, 0, 1, 0, 1, 1, 0] * 5
RIGHT = [0, 1] * 20
CERTAIN = [[8.0, 0.0], [0.0, 8.0]] * 20


@rule(
    "L801",
    "warning",
    "over- or under-confident: another temperature lowers the loss",
    bad=Example("ce", {"input": SURE, "target": HALF_RIGHT}),
    near=Example(
        "ce",
        {"input": [[1.1, 0.0], [0.0, 1.1]] * 20, "target": HALF_RIGHT},
        why="75 % are right, and the probabilities say 75 %",
    ),
    unless=CAUSES,
)
def miscalibrated(study: Study) -> Iterator[Finding]:
    """One number T that divides all logits lowers the loss by more than 1 %.

    T is outside [0.8, 1.25]. T above 1 means over-confident, below 1 under-confident. The
    predictions do not change, so the accuracy does not either. T minimises the mean of -log
    p(target) (Guo et al. 2017, arXiv:1706.04599); the expected calibration error (ECE) is the gap
    between confidence and accuracy in 15 bins. What few samples could show by chance is not
    reported.
    """
    found = study.calibration
    if found is None or COLD <= found.temperature <= HOT or found.gain <= GAIN:
        return
    if (found.before - found.after) * found.count < EVIDENCE:
        return
    over = found.temperature > 1
    way = "over" if over else "under"
    if math.isinf(found.temperature):
        text = "no temperature is high enough: the uniform distribution is better than the input"
    elif found.temperature == 0:
        text = "every prediction is right and the loss falls with the temperature, without an end"
    else:
        text = f"{way}-confident: the logits divided by T = {figure(found.temperature)}"
        text += f" give {figure(found.after)} instead of {figure(found.before)}"
        text += f" ({percent(found.gain)} lower)"
    yield Finding(
        f"{text}; expected calibration error {figure(found.bins.error)}, then "
        f"{figure(found.bins_after.error)}",
        {"temperature": found.temperature, "loss": found.before, "loss_at_temperature": found.after}
        | {
            "gain": found.gain,
            "ece": found.bins.error,
            "ece_at_temperature": found.bins_after.error,
        },
        count=found.count,
        next=""
        if study.shows_calibration
        else study.typed.command(tool="diagnose") + " --calibration",
    )


@dataclass(frozen=True)
class Doubts(Tally):
    """Samples that the model is sure belong elsewhere."""

    found: Places
    expected: float
    """How many of them the probabilities let expect."""


@rule(
    "L802",
    "info",
    "samples that are likely mislabeled",
    bad=Example("ce", {"input": CERTAIN, "target": [1, 0, 1, 0, *RIGHT[4:]]}),
    near=Example("ce", {"input": CERTAIN, "target": RIGHT}, why="no label is in doubt"),
    unless=(*CAUSES, "L701"),
)
def mislabeled(study: Study) -> Iterator[Finding]:
    """The model gives the label less, and another class more, than is usual for those classes.

    Usual is the mean probability of a class over the samples that have it as label. A sample is
    suspect where its own label is below that and another class is above its own (Northcutt, Jiang
    and Chuang 2021, doi:10.1613/jair.1.12125). It is reported where there are more of them than the
    probabilities themselves let expect.
    """
    scores, labels = study.survey.scores, study.survey.labels
    if not scores or not labels or not scores.count or not study.by_index:
        return
    with np.errstate(invalid="ignore", divide="ignore"):
        usual = np.where(scores.counts > 0, scores.own / scores.counts, np.inf)[:, None]
    # The mean of equal numbers may round above them.
    usual *= 1 - 1e-12
    problem = study.problem

    def look(tile: Piece, _: Blocks, __: int) -> Doubts:
        soft = probabilities(problem, tile)
        p = soft.p if soft else np.empty((0, 0))
        own = p[tile.labels, np.arange(tile.labels.size)]
        above = (p >= usual) & (p > own)
        sure = p >= usual
        below = own < usual[tile.labels, 0]
        elsewhere = np.where(sure.any(axis=0), np.where(sure, 0, p).sum(axis=0), 0)
        doubtful = below & above.any(axis=0) & tile.valid & np.isfinite(own)
        return Doubts(places(doubtful, tile.terms, own), float(elsewhere[tile.valid].sum()))

    doubts = sum(study.walk.over(problem, look), Doubts(Places(), 0.0))
    found = doubts.found
    if found.count <= doubts.expected or log_chance(found.count, doubts.expected) >= ODDS:
        return
    yield Finding(
        f"{counted(found.count, 'label')} of {scores.count} in doubt: the model is sure of another "
        f"class; by its probabilities {figure(doubts.expected)} would be usual",
        {"suspects": found.count, "expected": doubts.expected, "count": scores.count},
        study.rows(found, study.target, "p(target)"),
        found.count,
        study.typed.command() + " --top 10",
    )
