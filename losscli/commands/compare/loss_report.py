"""A comparison by a loss as a page: the change of the loss, and the samples that changed most."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from losscli.commands.compare.loss_json import furthest
from losscli.commands.compare.report import furthest_table, quantiles_line, right_wrong_table
from losscli.commands.model_tables import of_losses
from losscli.commands.ranking_page import heading, parts_of, ranking_page
from losscli.commands.study import Study
from losscli.engine.breakdown.interval import RESAMPLES
from losscli.engine.paired.difference import Difference
from losscli.output.page import Blank, Block, Fact, Facts, Form, Number, Page, Signature, Signs
from losscli.output.words import counted

ARROW = Signs(" → ")


def page_of(study: Study, shown: Sequence[int], digits: int | None) -> Page:
    """Return a comparison as a page; `shown` are the samples furthest apart."""
    if len(study.ranking.entries) > 1:
        return ranking_page(study, of_losses(study).table, "loss", digits)
    entry, reference = study.ranking.entries[0], study.ranking.baseline
    change = entry.change
    if change is None or reference is None:
        raise TypeError("one input is compared with a reference")
    facts = [Fact("loss", [reference.value, ARROW, entry.value], strong=True)]
    facts += _of_change(study, change)
    if reference.accuracy is not None and entry.accuracy is not None:
        facts.append(Fact("accuracy", [reference.accuracy, ARROW, entry.accuracy]))
    blocks: list[Block] = [heading(study), Blank(), Facts(facts)]
    if change.right_wrong:
        blocks += right_wrong_table(change.right_wrong)
    blocks += parts_of(study, "loss")
    blocks += furthest_table(furthest(study, shown), "that changed most")
    return Page([*blocks, Signature(study.signature)], digits)


def _of_change(study: Study, change: Difference) -> Iterator[Fact]:
    found, how = study.found, study.how
    if ignored := study.outcome.partial.ignored:
        size = study.models.problem.grid.size
        yield Fact("counted", f"{found.count} of {size}, {ignored} ignored")
    mean = Number(change.mean, Form.SHORT)
    error = Number(change.stderr, Form.SHORT)
    signs = Signs(" ± ")
    yield Fact("change", [mean, signs, error, " (standard error)"], strong=True)
    if how.level is not None:
        low, high = Number(change.low, Form.SHORT), Number(change.high, Form.SHORT)
        drawn = f" (paired bootstrap, {RESAMPLES} resamples, seed {how.seed})"
        yield Fact(f"{100 * how.level:g} % interval", [low, " to ", high, drawn], of="change")
    if change.flips:
        patterns = "sign pattern" if change.flips.exact else "random sign pattern"
        every = "all " if change.flips.exact else ""
        tried = f" (sign-flip test, {every}{counted(change.flips.flips, patterns)})"
        tried = tried if change.flips.flips > 1 else " (sign-flip test: no sample changed)"
        yield Fact("p", [Number(change.flips.p, Form.SHORT), tried], of="change")
    quantiles = {**change.as_json(), "max": change.largest}
    yield Fact("quantiles", quantiles_line(quantiles), of="change")
    same = f"the same {change.same}" + (f" (within {how.moved:g})" if how.moved else "")
    yield Fact("samples", f"better {change.better}, worse {change.worse}, {same}")
