"""Several inputs as a page: the ranking, what is tied with the best, and how it was computed."""

from __future__ import annotations

from collections.abc import Iterator

from losscli.commands.compare.study import Study
from losscli.commands.compare.summary import labels, level_of, of_parts
from losscli.engine.breakdown.interval import RESAMPLES
from losscli.output.page import (
    Blank,
    Block,
    Fact,
    Facts,
    Heading,
    Page,
    Paragraph,
    Signature,
    Table,
)
from losscli.output.words import counted


def ranking_page(study: Study, table: Table, value: str, digits: int | None) -> Page:
    """Return the page of several inputs; `value` is what a mean is called."""
    blocks: list[Block] = [
        heading(study),
        Blank(),
        table,
        Blank(),
        Paragraph(_ties(study)),
        Blank(),
    ]
    blocks += [Facts(list(_how(study)))]
    blocks += parts_of(study, value) if study.parts else [Blank()]
    return Page([*blocks, Signature(study.signature)], digits)


def heading(study: Study) -> Heading:
    """Return the first line: the loss, the sizes, the files."""
    models = study.models
    problem, grid = models.problem, models.problem.grid
    name = "compare" if study.baseline is None else f"compare {models.loss.name}"
    size = counted(grid.size, "sample" if len(grid.axes) == 1 else "term")
    if problem.loss.by_class:
        size += f", {counted(grid.classes, 'class', 'classes')}"
    inputs = len(study.ranking.entries)
    what = models.label(0) if inputs == 1 else f"{inputs} inputs"
    other = "reference" if study.baseline is None else models.first(study.baseline)
    return Heading(f"{name}: {size}; {what} against {problem.operand(other).source.label}")


def _ties(study: Study) -> str:
    """Return in words which inputs are as good as the best."""
    best, *others = study.ranking.entries
    names = labels(study)
    tied = [names[entry.model] for entry in others if entry.tied]
    if not tied:
        return f"Best: {names[best.model]}. No other is tied with it."
    are = "is" if len(tied) == 1 else "are"
    return (
        f"Best: {names[best.model]}. {', '.join(tied)} {are} tied with it: the {level_of(study)} "
        "interval of the difference includes 0."
    )


def _how(study: Study) -> Iterator[Fact]:
    count, how = study.found.count, study.how
    unit = "sample" if len(study.models.problem.grid.axes) == 1 else "term"
    what = "from the best" if study.baseline is None else "from the reference"
    drawn = f"paired bootstrap, {RESAMPLES} resamples, seed {how.seed}"
    yield Fact("change", f"{what}, over {counted(count, unit)}; SE is its standard error")
    yield Fact("interval", drawn)
    flips = [entry.change.flips for entry in study.ranking.entries if entry.change]
    tried = next((flip.flips for flip in flips if flip), 0)
    yield Fact(
        "p",
        f"sign-flip test, {counted(tried, 'sign pattern')}; not corrected for the number of inputs",
    )


def parts_of(study: Study, value: str) -> Iterator[Block]:
    """Yield a table for each breakdown."""
    for name in study.parts:
        yield Heading(f"by {name}", is_part=True)
        yield of_parts(study, name, value).table
