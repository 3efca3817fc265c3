"""The page of an explanation: the sample, its steps, the naive formula, what `--set` changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from losscli.commands.explain import shared_parts as shared
from losscli.commands.explain.explanation import Explanation
from losscli.commands.explain.number import GIVEN, MADE, Number
from losscli.commands.explain.standing import in_words, remarks
from losscli.commands.explain.step import Grid, Step
from losscli.commands.explain.step import Row as WalkRow
from losscli.commands.explain.writing import UNICODE, Tree, tokens
from losscli.engine.result.result import signature
from losscli.output import page as model
from losscli.output.page import Form, Kind, Signs, Style, Styled

BEST = "◆ "


class Report:
    """What is shown of an explanation."""

    def __init__(
        self, explanation: Explanation, steps: tuple[int, int] | None, *, verbose: bool
    ) -> None:
        self.explanation = explanation
        self.steps = steps
        self.verbose = verbose
        self.walk = explanation.walk

    def page(self, digits: int | None) -> model.Page:
        """Return the page."""
        explanation = self.explanation
        loss, sample = explanation.problem.loss, explanation.sample
        blocks: list[model.Block] = [
            model.Heading([f"{loss.name}, step by step: ", Styled(loss.summary, Style.PLAIN)]),
            model.Paragraph(loss.facts["formula"], Style.ACCENT),
            model.Blank(),
            model.Facts([self._about(what, text) for what, text in shared.heading(explanation)]),
            model.Steps(
                [
                    self._step(str(number), step)
                    for number, step in shared.numbered(explanation, self.steps)
                ]
            ),
            *self._naive(),
            *self._what_if(),
            model.Blank(),
            model.Facts(list(self._verdict()), is_framed=True),
        ]
        if words := in_words(sample, self.walk):
            blocks += [model.Blank(), model.Paragraph(words, Style.STRONG)]
        return model.Page([*blocks, model.Signature(signature(explanation.problem))], digits)

    def _tint(self, cls: int | None) -> int | None:
        if cls is None or not self.explanation.problem.loss.by_class:
            return None
        return self.walk.shown.index(cls) if cls in self.walk.shown else None

    def _about(self, what: str, text: str) -> model.Fact:
        sample = self.explanation.sample
        cls = {"target": sample.target, "prediction": sample.prediction}.get(what)
        if cls is None:
            return model.Fact(what, text)
        tint = self._tint(cls)
        parts: list[model.Part] = [text if tint is None else Styled(text, tint)]
        if cls in self.walk.targets:
            parts.insert(0, Styled(Signs(BEST), Style.PLAIN if tint is None else tint))
        if what == "prediction":
            right = cls == sample.target
            parts.append(
                Styled(Signs(" ✓"), Style.GOOD) if right else Styled(Signs(" ✗"), Style.BAD)
            )
        return model.Fact(what, parts)

    def _step(self, label: str, step: Step) -> model.Step:
        blocks: list[model.Block] = [_grid(step.grid)] if step.grid else []
        for check in step.checks:
            style = Style.GOOD if check.holds else Style.BAD
            blocks.append(model.Paragraph(written(check.formula), style, check.holds))
        for reason in step.derivation if self.verbose else ():
            formula, why = written(reason.formula), Styled(f" ({reason.why})", Style.DIM)
            blocks.append(model.Paragraph([*formula, why], Style.ACCENT))
        rows = [self._row(step, row) for row in step.rows]
        formula = written(step.formula) if step.formula else ""
        return model.Step(label, step.name, formula, rows, blocks, step.why)

    def _row(self, step: Step, row: WalkRow) -> model.Row:
        is_leaf = row.result.op in (GIVEN, MADE)
        how: model.Phrase = "" if is_leaf else written(row.result)
        form = Form.SCALED if step.role else Form.FIXED
        if all(other.result.op == GIVEN for other in step.rows):
            form = Form.GIVEN
        value: model.Phrase = row.answer or model.Number(row.result.value, form)
        if row.span:
            low, high = (end.value for end in row.span)
            how, value = ([low] if low == high else [low, " to ", high]), ""
        return model.Row(
            row.label if isinstance(row.label, str) else written(row.label),
            how,
            value,
            self._tint(row.cls),
            row.cls is not None and row.cls in self.walk.targets,
            bool(row.answer),
            row.result.value if step.bars else None,
        )

    def _naive(self) -> Iterator[model.Block]:
        """Yield both formulas in the widest precision that fails, one line for each of them."""
        trials = self.explanation.trials
        if not trials:
            return
        first = trials[0]
        title = f"Naive beside stable, in {first.precision}: {first.name}"
        yield model.Heading(title, model.Mark.BAD, is_part=True)
        pairs = list(zip_longest(first.naive, first.stable, fillvalue=None))
        columns = []
        for side, (name, style) in enumerate((("naive", Style.BAD), ("stable", Style.GOOD))):
            entries = [pair[side] for pair in pairs]
            symbols: list[model.Phrase | None] = [entry and Signs(entry[0]) for entry in entries]
            values = [None if e is None else model.Number(e[1], Form.GENERAL) for e in entries]
            columns.append(model.Column(name, symbols, Kind.TEXT))
            columns.append(
                model.Column(f"{name} value", values, style=style, plain_header=f"{name}_value")
            )
        yield model.Indented([model.Table(columns)])
        for trial in trials:
            yield model.Indented([model.Paragraph(f"{trial.precision}: {trial.how}", Style.DIM)])

    def _what_if(self) -> Iterator[model.Block]:
        """Yield loss and gradient before and after `--set`."""
        rows = shared.differences(self.explanation)
        if not rows:
            return
        parts: list[model.Part] = ["What if: "]
        for at, (what, old, new) in enumerate(shared.changes(self.explanation)):
            parts += [", " if at else "", f"{what} {old}", Signs(" → "), new]
        yield model.Heading(parts, is_part=True)
        names, before, after = zip(*rows, strict=True)
        yield model.Indented(
            [
                model.Table(
                    [
                        model.Column("quantity", names, Kind.TEXT),
                        model.Column("before", before),
                        model.Column("after", after, style=Style.STRONG),
                    ]
                )
            ]
        )

    def _verdict(self) -> Iterator[model.Fact]:
        for holds, what, figures in shared.verdict(self.explanation):
            yield model.Fact(what, figures, strong=what.startswith("walk"), holds=holds)
        for what, figures in remarks(self.explanation.sample, self.walk):
            yield model.Fact(what, figures)


def written(tree: Tree) -> Sequence[model.Part]:
    """Return a formula, or the numbers put into it, as the parts of a phrase."""
    return [
        Signs(token) if isinstance(token, str) else _number(token.number, token.guarded)
        for token in tokens(tree, UNICODE)
    ]


def _number(number: Number, bracketed: bool) -> model.Number:
    form = Form.GIVEN if number.op == GIVEN else Form.FIXED
    return model.Number(number.value, form, bracketed)


def _grid(grid: Grid) -> model.Table:
    columns = [model.Column("", grid.rows, Kind.TEXT)]
    for j, header in enumerate(grid.columns):
        cells: list[model.Phrase] = []
        for i, row in enumerate(grid.cells):
            value = row[j].value
            cells.append(
                [Styled(Signs(BEST), Style.ACCENT), value] if (i, j) in grid.marks else value
            )
        columns.append(model.Column(header, cells, plain_header=header.replace(" ", "")))
    return model.Table(columns, elides=True)
