"""Several inputs as a page: the ranking, what is tied with the best, and how it was computed."""

from __future__ import annotations

import math
from collections.abc import Iterator

from losscli.commands.model_sources import REFERENCE
from losscli.commands.model_tables import labels, level_of, of_parts, unit_of
from losscli.commands.study import Study
from losscli.output.page import (
    Blank,
    Block,
    Heading,
    Page,
    Paragraph,
    Signature,
    Table,
)
from losscli.output.words import counted


def ranking_page(study: Study, table: Table, value: str, digits: int | None) -> Page:
    """Return the page of several inputs; `value` is what a mean is called."""
    blocks: list[Block] = [heading(study), Blank(), Paragraph(ties(study)), Blank(), table]
    blocks += parts_of(study, value) if study.parts else [Blank()]
    return Page([*blocks, Signature(study.signature)], digits)


def heading(study: Study) -> Heading:
    """Return the first line: the loss, the sizes, the files."""
    models = study.models
    problem, grid = models.problem, models.problem.grid
    command = "" if study.baseline is None else "compare "
    size = counted(grid.size, unit_of(study))
    if problem.loss.by_class:
        size += f", {counted(grid.classes, 'class', 'classes')}"
    inputs = len(study.ranking.entries)
    what = models.labels[0] if inputs == 1 else f"{inputs} inputs"
    if study.baseline is not None:
        what += f" against {models.labels[study.baseline]}"
    elif REFERENCE in (operand.role.name for operand in problem.operands):
        what += f" against {problem.operand(REFERENCE).source.label}"
    return Heading(f"{command}{models.loss.name}: {size}; {what}")


def ties(study: Study) -> str:
    """Return in words which inputs are as good as the best."""
    best, *others = study.ranking.entries
    names = labels(study)
    if not math.isfinite(best.value):
        return "No loss is finite."
    if study.found.count == 1:
        return f"Best: {names[best.model]}; one sample cannot say whether that is chance."
    tied = [names[entry.model] for entry in others if entry.tied]
    if not tied:
        return f"Best: {names[best.model]}. No other is tied with it."
    their = "its" if len(tied) == 1 else "their"
    return (
        f"Best: {names[best.model]}. Tied with the best: {', '.join(tied)} (the {level_of(study)} "
        f"interval of {their} difference includes 0)."
    )


def parts_of(study: Study, value: str) -> Iterator[Block]:
    """Yield a table for each breakdown."""
    for name in study.parts:
        what = "" if study.baseline is not None or study.models.count == 1 else f"mean {value} "
        yield Heading(f"{what}by {name}", is_part=True)
        yield of_parts(study, name, value).table
