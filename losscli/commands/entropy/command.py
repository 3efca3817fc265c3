"""The command `loss entropy`: measures of one distribution, of two, or of tables of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated

from losscli.commands.call import Call, command
from losscli.commands.entropy.distributions import P, Q, distributions
from losscli.commands.entropy.measures import Measures
from losscli.commands.entropy.report import json_object, page_of, rows
from losscli.commands.options import (
    All,
    ById,
    Decimal,
    Delimiter,
    Digits,
    Header,
    Quiet,
    Rows,
    Warn,
    format_option,
    loss_option,
    refuse_unless_page,
    rows_of,
)
from losscli.engine.sources import require_first, wanted_role
from losscli.numerics.information import BASES
from losscli.output.output_files import Destination
from losscli.output.streams import Streams
from losscli.readers import UNREAD_LABELS

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
FORMATS = ("table", "json", "csv", "tsv", "markdown", "value")


@dataclass(frozen=True)
class EntropyOptions:
    """The options of `loss entropy`."""

    header: Header = None
    delimiter: Delimiter = None
    decimal: Decimal = None
    by_id: ById = None
    log_base: Annotated[
        str,
        loss_option(
            "Base of the logarithm, for nats, bits or hartleys.",
            "--log-base",
            choices=tuple(BASES),
            metavar="[e|2|10]",
        ),
    ] = "e"
    format: Annotated[str, format_option(("table", "json", "csv", "tsv", "markdown", "value"))] = (
        "table"
    )
    quiet: Quiet = False
    rows: Rows = None
    all: All = False
    digits: Digits = None
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
        refuse_unless_page(self.options, self.format)

    def compute(self, _: Sequence[Destination]) -> None:
        """Measure every distribution."""
        wanted = [wanted_role(P), wanted_role(Q, required=False)]
        sources = self.read(self.typed, [*wanted, UNREAD_LABELS])
        p = distributions(P, sources[P.name])
        q = distributions(Q, sources[Q.name], p) if Q.name in sources else None
        self.found = Measures(p, q, BASES[self.options.log_base], self.bar.show)
        self.warnings = self.found.warnings

    def text(self) -> Iterable[str]:
        """Return the table, the numbers, the rows or the JSON object."""
        options, found = self.options, self.found
        if self.format == "value":
            return (f"{number!r}\n" for number in found.listed(found.headline))
        if self.format == "json":
            return json_object(found, options.log_base)
        if not self.shows_page:
            return rows(found, "\t" if self.format == "tsv" else ",")
        page = page_of(found, None if options.all else rows_of(options), options.digits)
        return self.paged(page)

    def not_finite(self) -> str:
        """Return why something that was printed is not finite."""
        found = self.found
        for name in [found.headline] if self.format == "value" else found.values:
            if why := found.not_finite(name):
                return why
        return ""
