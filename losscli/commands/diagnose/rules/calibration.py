"""L8xx: whether probabilities are what they claim, and labels what they say."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from losscli.commands.diagnose.facts.lenient_tile import LenientTile
from losscli.commands.diagnose.facts.tallies import Places, Tally, places
from losscli.commands.diagnose.inspection import Inspection
from losscli.commands.diagnose.registry import bad, near, rule
from losscli.commands.diagnose.rules.result import CAUSES, CLEAR
from losscli.commands.findings import Finding
from losscli.numerics.chance import ODDS, log_chance
from losscli.output.words import figure, part, percent

COLD, HOT = 0.8, 1.25
GAIN = 0.01
CERTAIN = [[8.0, 0.0], [0.0, 8.0]] * 20
RIGHT = [0, 1] * 20


@rule(
    "L801",
    "warning",
    "over- or under-confident: another temperature lowers the loss",
    bad("ce", input=[[4.0, 0.0], [0.0, 4.0]] * 20, target=[0, 1, 0, 1, 0, 1, 1, 0] * 5),
    near(
        "75 % of the predictions are correct, as the probabilities say",
        input=[[1.1, 0.0], [0.0, 1.1]] * 20,
    ),
    unless=CAUSES,
)
def miscalibrated(inspection: Inspection) -> Iterator[Finding]:
    """Finds input whose loss falls by more than 1 % when all logits are divided by one number, T.

    The temperature T minimizes the mean of -log p(target) and is outside [0.8, 1.25]. A gain that a
    few samples could show by chance is not reported.

    Why it matters: With T above 1 the model is over-confident, with T below 1 under-confident: its
    probabilities do not say how often it is right. The expected calibration error (ECE) is the gap
    between confidence and accuracy in 15 bins. The predictions and the accuracy do not change with
    T.

    Fix: Divide the logits by T, found on data that the model was not trained on. --calibration
    shows the bins.

    References: Guo et al. 2017, On Calibration of Modern Neural Networks, arXiv:1706.04599.

    Naeini, Cooper and Hauskrecht 2015, Obtaining Well Calibrated Probabilities Using Bayesian
    Binning, AAAI.
    """
    found = inspection.calibration
    if found is None or COLD <= found.temperature <= HOT or found.gain <= GAIN:
        return
    if (found.before - found.after) * found.count < CLEAR:
        return
    if math.isinf(found.temperature):
        text = "no temperature is high enough: the uniform distribution is better than the input"
    elif found.temperature == 0:
        text = "every prediction is correct: the lower the temperature, the lower the loss"
    else:
        # A few confident mistakes ask for a higher T, even where predictions are mostly too shy.
        over = found.temperature > 1
        is_so = over == (found.bins.mean_confidence > found.bins.accuracy)
        text = f"{'over' if over else 'under'}-confident: " if is_so else ""
        text += "the logits divided by"
        text += f" T = {figure(found.temperature)} give {figure(found.after)} instead of"
        text += f" {figure(found.before)} ({percent(found.gain)} lower)"
    errors = found.bins.error, found.bins_after.error
    shown = inspection.shows_calibration
    yield Finding(
        f"{text}; expected calibration error {figure(errors[0])}, then {figure(errors[1])}",
        {
            "temperature": found.temperature,
            "loss": found.before,
            "loss_at_temperature": found.after,
            "gain": found.gain,
            "ece": errors[0],
            "ece_at_temperature": errors[1],
        },
        count=found.count,
        next=inspection.worst(10) if shown else inspection.diagnosis(calibration=True),
    )


@dataclass(frozen=True)
class Doubts(Tally):
    """Samples that the model confidently assigns to another class."""

    found: Places
    expected: float
    """How many of them the probabilities lead one to expect."""


@rule(
    "L802",
    "info",
    "samples that are likely mislabeled",
    bad("ce", input=CERTAIN, target=[1, 0, 1, 0, *RIGHT[4:]]),
    near("the model agrees with every label", target=RIGHT),
    unless=(*CAUSES, "L701"),
)
def mislabeled(inspection: Inspection) -> Iterator[Finding]:
    """Finds samples whose label has an unusually low probability, and another class a high one.

    The usual probability of a class is its mean over the samples with that label. Such samples are
    reported if there are more of them than the probabilities themselves explain.

    Why it matters: In many data sets a few percent of the labels are wrong. They are part of the
    loss, and of every comparison of two models.

    Fix: Look at these samples: --top 10 shows those with the largest loss.

    References: Northcutt, Jiang and Chuang 2021, Confident Learning, doi:10.1613/jair.1.12125.

    Northcutt, Athalye and Mueller 2021, Pervasive Label Errors in Test Sets, arXiv:2103.14749.
    """
    scores = inspection.facts.scores
    if not scores or not scores.count or not inspection.by_index:
        return
    with np.errstate(invalid="ignore", divide="ignore"):
        usual = np.where(scores.counts > 0, scores.own / scores.counts, np.inf)[:, None]
    # The mean of equal numbers may be rounded to above them.
    usual *= 1 - 1e-12

    def look(tile: LenientTile) -> Doubts:
        p = tile.softmax.p
        own = p[tile.labels, np.arange(tile.labels.size)]
        sure = p >= usual
        other = (sure & (p > own)).any(axis=0)
        doubtful = other & (own < usual[tile.labels, 0]) & tile.valid & np.isfinite(own)
        elsewhere = np.where(sure.any(axis=0), np.where(sure, 0, p).sum(axis=0), 0)
        return Doubts(places(doubtful, tile.terms, own), float(elsewhere[tile.valid].sum()))

    doubts = inspection.passes.total(inspection.problem, look)
    found, expected = doubts.found, doubts.expected
    if found.count <= expected or log_chance(found.count, expected) >= ODDS:
        return
    yield Finding(
        f"{part(found.count, scores.count, 'label')} in doubt: the model is sure of another "
        f"class. By its probabilities {figure(expected)} would be usual",
        {"suspects": found.count, "expected": expected, "count": scores.count},
        *inspection.at(found, inspection.target, "p(target)"),
        inspection.worst(10),
    )
