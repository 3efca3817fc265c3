"""A comparison as a page: the figures of all samples, and the samples furthest apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from losscli.commands.compare.comparison import LEADERS, Comparison
from losscli.commands.compare.figures import Figures, worst
from losscli.commands.model_tables import level_of
from losscli.commands.ranking_page import heading, parts_of
from losscli.commands.study import Study
from losscli.engine.breakdown.interval import RESAMPLES
from losscli.engine.paired.difference import RightWrong
from losscli.output.page import (
    Blank,
    Block,
    Column,
    Fact,
    Facts,
    Form,
    Heading,
    Kind,
    Number,
    Page,
    Part,
    Signature,
    Signs,
    Table,
)

CLASSES = ("target", "reference", "input")
HEADERS = {
    "change": "change",
    "reference": "top reference",
    "input": "top input",
    "kl": "KL",
    "loss_reference": "loss reference",
    "loss_input": "loss input",
    "delta_loss": "change",
    "delta_p": "change of p",
}
DROPPED = ("delta_p", "loss_reference", "loss_input", "delta_loss", *CLASSES[::2], "reference")
"""The columns that a narrow terminal leaves out, in this order."""


def page_of(study: Study, found: Comparison, figures: Figures, digits: int | None) -> Page:
    """Return a comparison as a page."""
    facts = [*_of_whole(study, found, figures), *_of_targets(found, figures)]
    blocks: list[Block] = [heading(study), Blank(), Facts(facts)]
    if found.right_wrong:
        blocks += right_wrong_table(found.right_wrong)
    blocks += parts_of(study, "KL")
    blocks += furthest_table(worst(found))
    return Page([*blocks, Signature(study.signature)], digits)


def _of_whole(study: Study, found: Comparison, figures: Figures) -> Iterator[Fact]:
    totals, count = found.totals, found.count
    if ignored := found.outcome.partial.ignored:
        yield Fact("counted", f"{count} of {found.problem.grid.size}, {ignored} ignored")
    what = Signs(" nats, KL(reference || input) ± standard error")
    yield Fact("mean KL", [*_mean(figures.kl), what], strong=True)
    if study.how.level is not None:
        one = study.intervals[0]
        low, high = Number(one.low, Form.SHORT), Number(one.high, Form.SHORT)
        drawn = f" (bootstrap, {RESAMPLES} resamples, seed {study.how.seed})"
        yield Fact(f"{level_of(study)} interval", [low, " to ", high, drawn], of="KL")
    yield Fact("quantiles", quantiles_line(figures.kl), of="KL")
    yield Fact("same top 1", [f"{totals.same_first} / {count} = ", figures.same_top1])
    if figures.same_top5 is not None:
        same = f"{totals.same_leaders} / {count} = "
        yield Fact(f"same top {LEADERS}", [same, figures.same_top5])
    largest: list[Part] = ["largest difference ", Number(figures.max_abs, Form.SHORT)]
    if figures.max_abs_free is not None:
        free = Number(figures.max_abs_free, Form.SHORT)
        largest += ["; ", free, " after the best shift of each row"]
    yield Fact(found.form, largest)


def _of_targets(found: Comparison, figures: Figures) -> Iterator[Fact]:
    p, change = figures.delta_p, figures.delta_loss
    if not (p and change and figures.loss and figures.accuracy):
        return
    yield Fact("p(target)", ["change ", *_mean(p), ", RMS ", Number(p["rms"], Form.SHORT)])
    yield Fact("quantiles", quantiles_line(p), of="p(target)")
    before, after = figures.loss["reference"], figures.loss["input"]
    yield Fact("loss", [before, Signs(" → "), after, ", change ", *_mean(change)])
    moved = f"{change['moved']} of {found.count} by more than {change['moved_by']:g}"
    yield Fact("moved", moved, of="loss")
    yield Fact("accuracy", [figures.accuracy["reference"], Signs(" → "), figures.accuracy["input"]])


def _mean(values: dict[str, Any]) -> list[Part]:
    return [Number(values["mean"], Form.SHORT), Signs(" ± "), Number(values["stderr"], Form.SHORT)]


def quantiles_line(values: Mapping[str, Any]) -> list[Part]:
    """Return quantiles by name, between the smallest and the largest number."""
    named = {"min": values["min"]} if "min" in values else {}
    named |= {f"p{100 * float(q):g}": value for q, value in values["quantiles"].items()}
    named["max"] = values["max"]
    phrase: list[Part] = []
    for name, value in named.items():
        # A quantile and its number stay on one line of a terminal.
        phrase += ["  " if phrase else "", name, "\u00a0", Number(value, Form.SHORT)]
    return phrase


def right_wrong_table(found: RightWrong) -> Iterator[Block]:
    """Yield how many predictions of both are right and wrong, and McNemar's test."""
    yield Heading("right and wrong", is_part=True)
    columns = [
        Column("", ["reference right", "reference wrong"], Kind.NAME),
        Column("input right", [found.both_right, found.only_input], plain_header="input_right"),
        Column("input wrong", [found.only_reference, found.both_wrong], plain_header="input_wrong"),
    ]
    yield Table(columns)
    test = found.test
    phrase: list[Part] = ["p ", Number(test.p, Form.SHORT), f" ({test.test}"]
    if test.statistic is not None:
        phrase += [" ", Number(test.statistic, Form.SHORT)]
    yield Facts([Fact("McNemar", [*phrase, ")"])])


def furthest_table(
    rows: Sequence[Mapping[str, Any]], which: str = "furthest apart"
) -> Iterator[Block]:
    """Yield the samples that are furthest apart."""
    if not rows:
        return
    several = f"{len(rows)} samples" if len(rows) > 1 else "sample"
    yield Heading(f"the {several} {which}", is_part=True)
    columns = []
    for name in rows[0]:
        cells = [row[name] for row in rows]
        kind = Kind.INDEX if name == "index" else Kind.NUMBER
        if name in CLASSES and not isinstance(cells[0], float):
            cells, kind = list(map(str, cells)), Kind.NAME
        rank = DROPPED.index(name) + 1 if name in DROPPED else 0
        columns.append(Column(HEADERS.get(name, name), cells, kind, plain_header=name, rank=rank))
    yield Table(columns)
