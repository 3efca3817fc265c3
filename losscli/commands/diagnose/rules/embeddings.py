"""L109: vectors or scores that are all the same."""

from __future__ import annotations

from collections.abc import Iterator

from losscli.commands.diagnose.inspection import Inspection
from losscli.commands.diagnose.registry import bad, near, rule
from losscli.commands.diagnose.rules.inputs import FEWEST_ROWS
from losscli.commands.findings import Finding
from losscli.losses.declare.role_kind import Layout
from losscli.output.words import counted, figure

SPREAD = 1e-4
"""Vectors whose numbers differ by this share of the largest, or less, are the same."""
SAME = [[0.6, 0.8]] * 3


@rule(
    "L109",
    "error",
    "collapsed embeddings: the vectors are the same",
    bad("triplet-margin", anchor=SAME, positive=SAME, negative=SAME),
    near(
        "each sample has a vector of its own",
        anchor=[[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]],
        positive=[[0.9, 0.1], [0.1, 0.9], [0.5, 0.7]],
        negative=[[0.0, 1.0], [1.0, 0.0], [-0.6, 0.8]],
    ),
)
def collapsed(inspection: Inspection) -> Iterator[Finding]:
    """Finds embeddings or scores that are the same for all samples, or the same in two files.

    Numbers that differ by 1e-4 of the largest, or less, count as the same. Fewer than three samples
    are not judged.

    Why it matters: Equal vectors have the distance 0, whatever belongs together. The loss is then
    the margin, and it may stay there: mapping everything to one point is a local minimum.

    Fix: Look for a layer that outputs a constant, a learning rate that is too high, or negatives
    that are too hard at the start. If two files are the same, one of them was given twice.

    References: Schroff, Kalenichenko and Philbin 2015, FaceNet, doi:10.1109/CVPR.2015.7298682:
    the hardest negatives can make a model collapse early in training.
    """
    compared = inspection.facts.compared
    if compared is None or inspection.problem.grid.size < FEWEST_ROWS:
        return
    names = list(compared.extremes)
    vectors = inspection.input.kind.layout is Layout.VECTORS
    noun, count = "vector" if vectors else "score", inspection.problem.grid.size
    value = inspection.loss_value
    if all(own.spread <= SPREAD for own in compared.extremes.values()):
        roles = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
        text = f"the {counted(count, noun)} in each of {roles} are the same: the "
        text += "embeddings have collapsed" if vectors else "scores say nothing"
    else:
        same = [role for role, gap in compared.gaps.items() if gap == 0]
        if not same:
            return
        text = f"the {counted(count, noun)} of {' and '.join([names[0], *same])} are the same"
    yield Finding(
        f"{text}. The loss is {figure(value)}",
        {"count": count, "loss": value},
        count=count,
        next=inspection.worst(5),
    )
