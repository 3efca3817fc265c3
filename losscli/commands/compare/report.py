"""A comparison as a page: the figures of all samples, and the samples furthest apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from losscli.commands.compare.comparison import LEADERS, Comparison
from losscli.commands.compare.figures import Figures, worst
from losscli.engine.result.result import signature
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
from losscli.output.words import counted

CLASSES = ("target", "reference", "input")
HEADERS = {
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


def page_of(found: Comparison, figures: Figures, digits: int) -> Page:
    """Return a comparison as a page."""
    problem, grid = found.problem, found.problem.grid
    names = [problem.operand(role).source.label for role in ("input", "reference")]
    size = f"{counted(grid.size, 'sample')}, {counted(grid.classes, 'class', 'classes')}"
    heading = Heading(f"compare: {size}; {' against '.join(names)}")
    facts = Facts([*_of_whole(found, figures), *_of_targets(found, figures)])
    blocks: list[Block] = [heading, Blank(), facts, *_furthest(found)]
    return Page([*blocks, Signature(signature(problem))], digits)


def _of_whole(found: Comparison, figures: Figures) -> Iterator[Fact]:
    totals, count = found.totals, found.count
    if ignored := found.outcome.partial.ignored:
        yield Fact("counted", f"{count} of {found.problem.grid.size}, {ignored} ignored")
    what = Signs(" nats, KL(reference || input) ± standard error")
    yield Fact("mean KL", [*_mean(figures.kl), what], strong=True)
    yield Fact("quantiles", _quantiles_line(figures.kl), of="KL")
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
    yield Fact("quantiles", _quantiles_line(p), of="p(target)")
    before, after = figures.loss["reference"], figures.loss["input"]
    yield Fact("loss", [before, Signs(" → "), after, ", change ", *_mean(change)])
    moved = f"{change['moved']} of {found.count} by more than {change['moved_by']:g}"
    yield Fact("moved", moved, of="loss")
    yield Fact("accuracy", [figures.accuracy["reference"], Signs(" → "), figures.accuracy["input"]])


def _mean(values: dict[str, Any]) -> list[Part]:
    return [Number(values["mean"], Form.SHORT), Signs(" ± "), Number(values["stderr"], Form.SHORT)]


def _quantiles_line(values: dict[str, Any]) -> list[Part]:
    named = {"min": values["min"]} if "min" in values else {}
    named |= {f"p{100 * float(q):g}": value for q, value in values["quantiles"].items()}
    named["max"] = values["max"]
    phrase: list[Part] = []
    for name, value in named.items():
        # A quantile and its number stay on one line of a terminal.
        phrase += ["  " if phrase else "", name, "\u00a0", Number(value, Form.SHORT)]
    return phrase


def _furthest(found: Comparison) -> Iterator[Block]:
    rows = worst(found)
    if not rows:
        return
    several = f"{len(rows)} samples" if len(rows) > 1 else "sample"
    yield Heading(f"the {several} furthest apart", is_part=True)
    yield Table(
        [
            Column(
                HEADERS.get(name, name),
                [str(row[name]) if name in CLASSES else row[name] for row in rows],
                Kind.NAME if name in CLASSES else Kind.NUMBER if name != "index" else Kind.INDEX,
                plain_header=name,
                rank=DROPPED.index(name) + 1 if name in DROPPED else 0,
            )
            for name in found.columns
        ]
    )
