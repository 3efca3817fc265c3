"""The command `loss entropy`: measures of one distribution, of two, or of tables of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Annotated

import numpy as np

from losscli.commands.call import Call, command
from losscli.commands.entropy.distributions import (
    BASES,
    SYMBOLS,
    Distributions,
    P,
    Q,
    blame,
    distributions,
    information,
    measured,
    tiles,
)
from losscli.commands.options import (
    All,
    Delimiter,
    Digits,
    Header,
    Quiet,
    Rows,
    Warn,
    format_option,
    loss_option,
)
from losscli.commands.sources import require_first
from losscli.engine.result.notices import Notice
from losscli.engine.spooled import Spooled
from losscli.errors import ExitStatus
from losscli.numerics.arrays import Array
from losscli.output.encoders import JsonList
from losscli.output.lines import separated
from losscli.output.output_files import Destination
from losscli.output.page import Column, Fact, Facts, Heading, Kind, Page, Table, head_and_tail
from losscli.output.show import rendered
from losscli.output.streams import Streams
from losscli.output.strict_json import dumped, numbers
from losscli.output.words import counted
from losscli.readers import Wanted, open_sources

HELP = """
Self-information -log p of every outcome and the entropy H(P) of P = `--input`; with Q = `--target`
also the cross entropy H(P,Q), the divergences KL(P||Q) and KL(Q||P), and Jensen-Shannon JS(P,Q).

A vector, a row or a column is one distribution; in a table every row is one. Probabilities lie in
[0, 1] and are used as they are: rows that do not sum to 1 get a warning and are never normalized.
0 log 0 is 0; KL(P||Q) is inf where Q is 0 and P is not. `-q` prints H(P), or with `--target`
H(P,Q), one line per distribution.

Sources: Shannon 1948, doi:10.1002/j.1538-7305.1948.tb01338.x; Kullback and Leibler 1951,
doi:10.1214/aoms/1177729694; Lin 1991 (Jensen-Shannon), doi:10.1109/18.61115.
"""


@dataclass(frozen=True)
class EntropyOptions:
    """The options of `loss entropy`."""

    header: Header = None
    delimiter: Delimiter = None
    log_base: Annotated[
        str,
        loss_option(
            "Base of the logarithm, for nats, bits or hartleys.",
            "--log-base",
            choices=tuple(BASES),
            metavar="[e|2|10]",
        ),
    ] = "e"
    format: Annotated[str, format_option(("table", "json", "csv", "tsv", "value"))] = "table"
    quiet: Quiet = False
    rows: Rows = 10
    all: All = False
    digits: Digits = 4
    warn: Warn = True


def entropy_command(streams: Streams) -> Callable[..., int]:
    """Return the function that Typer calls for `loss entropy`."""
    return command(_Call, EntropyOptions, streams, HELP, roles=[P, Q])


class _Call(Call):
    """One call of the command."""

    options: EntropyOptions

    def check(self) -> None:
        """Refuse a call without input."""
        require_first("entropy", P, self.typed[P.name])
        self.base = BASES[self.options.log_base]

    def compute(self, _: Sequence[Destination]) -> None:
        """Measure every distribution."""
        self.p, self.q = self._open()
        self.measures, self.warnings = self._measure(self.p, self.q)

    def text(self) -> Iterable[str]:
        """Return the table, the numbers, the rows or the JSON object."""
        return self._text(self.p, self.q, self.measures, self.warnings)

    def status(self) -> ExitStatus:
        """Return the exit status: not finite if anything that was printed is not."""
        measures = self.measures
        printed = [self._headline(measures)] if self.format == "value" else list(measures)
        for name in printed:
            row = _first_not_finite(measures[name])
            if row is not None:
                return self.failed(ExitStatus.NOT_FINITE, blame(self.p, self.q, row, name))
        return ExitStatus.OK

    def _open(self) -> tuple[Distributions, Distributions | None]:
        wanted = [Wanted(P.name, P.keys, True), Wanted(Q.name, Q.keys, False)]
        sources, _ = open_sources(
            {name: text for name, text in self.typed.items() if text is not None},
            wanted,
            header=self.options.header,
            delimiter=self.options.delimiter,
        )
        p = distributions(P, sources[P.name])
        return p, distributions(Q, sources[Q.name], p) if Q.name in sources else None

    def _measure(
        self, p: Distributions, q: Distributions | None
    ) -> tuple[dict[str, Spooled], list[Notice]]:
        """Return every measure of every row, and the warnings."""
        names = list(SYMBOLS) if q else list(SYMBOLS)[:1]
        measures = {name: Spooled() for name in names}
        wrong: dict[str, tuple[int, str]] = {}
        for start, own, other in self._tiles(p, q):
            for name, values in measured(own, other, self.base).items():
                measures[name].add(values)
            for found, columns in ((p, own), (q, other)):
                if found is not None and columns is not None:
                    _count_wrong_sums(wrong, found, columns, start)
        notes = [*p.source.notes, *(q.source.notes if q else ())]
        warnings = [Notice("source", note) for note in dict.fromkeys(notes)]
        for count, text in wrong.values():
            warnings.append(Notice("L105", f"{text} ({count} of {p.n}); computed as given"))
        return measures, warnings

    def _tiles(
        self, p: Distributions, q: Distributions | None
    ) -> Iterator[tuple[int, Array, Array | None]]:
        """Yield the tiles of a pass, and show how far it is."""
        for start, own, other in tiles(p, q):
            yield start, own, other
            self.bar.show(start + own.shape[1], p.n)

    def _headline(self, measures: dict[str, Spooled]) -> str:
        return "cross_entropy" if "cross_entropy" in measures else "entropy"

    def _text(
        self,
        p: Distributions,
        q: Distributions | None,
        measures: dict[str, Spooled],
        warnings: list[Notice],
    ) -> Iterable[str]:
        if self.format == "value":
            return (f"{number!r}\n" for number in _listed(measures[self._headline(measures)]))
        if self.format == "json":
            return self._json(p, q, measures, warnings)
        if self.format != "table":
            return self._separated(p, q, measures)
        return rendered(self._page(p, q, measures), self.streams)

    def _json(
        self,
        p: Distributions,
        q: Distributions | None,
        measures: dict[str, Spooled],
        warnings: list[Notice],
    ) -> Iterator[str]:
        head = {
            "schema": 1,
            "command": "entropy",
            "log_base": self.options.log_base,
            "unit": self.base.unit,
            "distributions": p.n,
            "outcomes": p.c,
            "names": list(_names(p, q)),
            "mean": {name: _mean(values) for name, values in measures.items()},
            "warnings": [notice._asdict() for notice in warnings],
        }
        yield dumped(head)[:-1]
        for name, values in measures.items():
            yield f",{dumped(name)}:"
            yield from JsonList().whole(values.pieces())
        yield ',"information":'
        yield from JsonList().whole(
            information(own, self.base).T for _, own, _ in self._tiles(p, None)
        )
        yield "}\n"

    def _separated(
        self, p: Distributions, q: Distributions | None, measures: dict[str, Spooled]
    ) -> Iterator[str]:
        """Yield one row per distribution: its measures, and the information of every outcome."""
        names = _names(p, q) or tuple(map(str, range(p.c)))
        header = ["index", *measures, *(f"information_{name}" for name in names)]
        delimiter = "\t" if self.format == "tsv" else ","
        yield from separated([[name] for name in header], delimiter)
        for start, own, _ in self._tiles(p, None):
            stop = start + own.shape[1]
            figures = [values.read(start, stop).tolist() for values in measures.values()]
            columns = [range(start, stop), *figures, *numbers(information(own, self.base))]
            yield from separated(columns, delimiter)

    def _page(
        self, p: Distributions, q: Distributions | None, measures: dict[str, Spooled]
    ) -> Page:
        one = p.n == 1
        size = p.c if one else p.n
        chosen, gap = head_and_tail(size, size if self.options.all else self.options.rows)
        names = _names(p, q)
        if one:
            outcomes = [names[i] if names else str(i) for i in chosen]
            columns = [Column("outcome", outcomes, Kind.NAME if names else Kind.INDEX)]
            for header, found in (("p", p), ("q", q)):
                if found is not None:
                    own = found.columns(0, 1)
                    surprise = information(own, self.base)
                    for title, x in ((header, own), (f"-log({header})", surprise)):
                        columns.append(Column(title, [float(x[i, 0]) for i in chosen]))
        else:
            columns = [Column("index", chosen, Kind.INDEX)]
            for name, values in measures.items():
                cells = [float(values.read(i, i + 1)[0]) for i in chosen]
                columns.append(Column(SYMBOLS[name], cells))
        means = {name: _mean(values) for name, values in measures.items()}
        of = "" if one else "mean "
        facts = [Fact(of + SYMBOLS[name], value) for name, value in means.items()]
        if q:
            cross, own_entropy, kl = (means[x] for x in ("cross_entropy", "entropy", "kl_pq"))
            formula = "H(P,Q) = H(P) + KL(P||Q): "
            facts.append(Fact("identity", [formula, cross, " = ", own_entropy, " + ", kl]))
        rest = f"{counted(p.c, 'outcome')}, in {self.base.unit}"
        heading = f"entropy: {rest}" if one else f"entropy: {p.n} distributions, {rest}"
        table = Table(columns, gap_after=gap, elides=True)
        return Page([Heading(heading), table, Facts(facts)], self.options.digits)


def _count_wrong_sums(
    wrong: dict[str, tuple[int, str]], found: Distributions, columns: Array, start: int
) -> None:
    """Add the columns that do not sum to 1: how many so far, and the first in words."""
    bad = found.wrong_sums(columns)
    if not bad.any():
        return
    role, at = found.operand.role.name, int(bad.argmax())
    total = float(columns[:, at].sum())
    first = f"{found.place(start + at, 0)}: the probabilities sum to {total:.6g}, not to 1"
    count, text = wrong.get(role, (0, first))
    wrong[role] = count + int(np.count_nonzero(bad)), text


def _names(p: Distributions, q: Distributions | None) -> tuple[str, ...]:
    return p.names or (q.names if q else ())


def _listed(values: Spooled) -> Iterator[float]:
    return chain.from_iterable(part.tolist() for part in values.pieces())


def _mean(values: Spooled) -> float:
    return next(_listed(values)) if values.size == 1 else math.fsum(_listed(values)) / values.size


def _first_not_finite(values: Spooled) -> int | None:
    return next((i for i, value in enumerate(_listed(values)) if not math.isfinite(value)), None)
