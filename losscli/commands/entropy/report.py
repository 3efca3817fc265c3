"""What `loss entropy` prints: a page, rows, or a JSON object."""

from __future__ import annotations

from collections.abc import Iterator

from losscli.commands.entropy.measures import Measures
from losscli.numerics.information import SYMBOLS, information
from losscli.output.encoders import Column as Cells
from losscli.output.encoders import JsonList, Separated
from losscli.output.page import Column, Fact, Facts, Heading, Kind, Page, Table, head_and_tail
from losscli.output.strict_json import dumped
from losscli.output.words import counted


def json_object(found: Measures, log_base: str) -> Iterator[str]:
    """Yield everything as one JSON object; the long arrays come last and are streamed."""
    head = {
        "schema": 1,
        "command": "entropy",
        "log_base": log_base,
        "unit": found.base.unit,
        "distributions": found.p.n,
        "outcomes": found.p.c,
        "names": list(found.names),
        "mean": found.means(),
        "warnings": [notice._asdict() for notice in found.warnings],
    }
    yield dumped(head)[:-1]
    for name, values in found.values.items():
        yield f",{dumped(name)}:"
        yield from JsonList().whole(values.pieces())
    yield ',"information":'
    yield from JsonList().whole(surprise.T for _, surprise in found.surprises())
    yield "}\n"


def rows(found: Measures, delimiter: str) -> Iterator[str]:
    """Yield one row per distribution: its measures, and the information of every outcome."""
    names = found.names or tuple(map(str, range(found.p.c)))
    header = ["index", *found.values, *(f"information_{name}" for name in names)]

    def columns() -> Iterator[list[Cells]]:
        for start, surprise in found.surprises():
            stop = start + surprise.shape[1]
            figures = [values.read(start, stop) for values in found.values.values()]
            yield [range(start, stop), *figures, surprise.T]

    return Separated(delimiter, header).whole(columns())


def page_of(found: Measures, shown: int | None, digits: int | None) -> Page:
    """Return the page: `shown` rows of the table, or all."""
    p, one = found.p, found.p.n == 1
    size = p.c if one else p.n
    chosen, gap = head_and_tail(size, size if shown is None else shown)
    columns = _outcomes(found, chosen) if one else _rows(found, chosen)
    means = found.means()
    of = "" if one else "mean "
    facts = [Fact(of + SYMBOLS[name], value) for name, value in means.items()]
    if found.q:
        cross, own, kl = (means[name] for name in ("cross_entropy", "entropy", "kl_pq"))
        formula = "H(P,Q) = H(P) + KL(P||Q): "
        facts.append(Fact("identity", [formula, cross, " = ", own, " + ", kl]))
    rest = f"{counted(p.c, 'outcome')}, in {found.base.unit}"
    heading = f"entropy: {rest}" if one else f"entropy: {p.n} distributions, {rest}"
    table = Table(columns, gap_after=gap, elides=True)
    return Page([Heading(heading), table, Facts(facts)], digits)


def _outcomes(found: Measures, chosen: list[int]) -> list[Column]:
    """Return the outcomes of one distribution: their probabilities and their information."""
    names = found.names
    outcomes = [names[i] if names else str(i) for i in chosen]
    columns = [Column("outcome", outcomes, Kind.NAME if names else Kind.INDEX)]
    for header, source in (("p", found.p), ("q", found.q)):
        if source is not None:
            own = source.columns(0, 1)
            for title, x in ((header, own), (f"-log({header})", information(own, found.base))):
                columns.append(Column(title, [float(x[i, 0]) for i in chosen]))
    return columns


def _rows(found: Measures, chosen: list[int]) -> list[Column]:
    """Return the measures of several distributions."""
    columns = [Column("index", chosen, Kind.INDEX)]
    for name, values in found.values.items():
        cells = [float(values.read(i, i + 1)[0]) for i in chosen]
        columns.append(Column(SYMBOLS[name], cells))
    return columns
