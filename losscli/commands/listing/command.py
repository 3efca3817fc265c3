"""`loss list` and `loss info`: what the declarations say, for people and for programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, Any

import typer

from losscli.commands.completion import losses
from losscli.commands.options import format_option
from losscli.errors import ExitStatus
from losscli.losses.declare.equivalent import NAMES_OF_LIBRARIES
from losscli.losses.declare.installed import entries, problems
from losscli.losses.declare.options import Option, array_extent
from losscli.losses.declare.registry import Loss, Role, find
from losscli.losses.index import FAMILIES
from losscli.output.page import (
    Blank,
    Block,
    Column,
    Fact,
    Facts,
    Heading,
    Indented,
    Kind,
    Page,
    Paragraph,
    Part,
    Phrase,
    Style,
    Styled,
    Table,
)
from losscli.output.show import rendered
from losscli.output.streams import Streams
from losscli.output.strict_json import dumped

Format = Annotated[str, format_option(("table", "json", "markdown"))]


def list_command(streams: Streams) -> Callable[..., int]:
    """Return the function that Typer calls for `loss list`."""

    def list_losses(format: Format = "table") -> int:
        found = [find(name) for name in entries()]
        if format == "json":
            streams.write([dumped([described(loss) for loss in found]), "\n"])
        elif streams.is_terminal or format == "markdown":
            streams.write(rendered(_list_page(found), streams, format))
        else:
            streams.write(_tab_separated(found))
        for problem in problems():
            streams.note(f"note: {problem}")
        return ExitStatus.OK

    return list_losses


def info_command(streams: Streams) -> Callable[..., int]:
    """Return the function that Typer calls for `loss info NAME`."""

    def info(
        name: Annotated[
            str,
            typer.Argument(help="A loss or an alias.", metavar="NAME", autocompletion=losses),
        ],
        format: Format = "table",
    ) -> int:
        loss = find(name)
        if format == "json":
            streams.write([dumped(described(loss)), "\n"])
        else:
            streams.write(rendered(_info_page(loss), streams, format))
        return ExitStatus.OK

    return info


def described(loss: Loss) -> dict[str, Any]:
    """Return what is declared of a loss, ready for JSON."""
    return {
        "name": loss.name,
        "aliases": list(loss.aliases),
        "family": FAMILIES[loss.family],
        "package": loss.package or "losscli",
        "summary": loss.summary,
        "roles": [
            {
                "name": role.name,
                "kinds": [
                    {"name": kind.name, "shape": kind.shape, "domain": kind.domain}
                    for kind in role.kinds
                ],
                "gradient": role.differentiable,
            }
            for role in loss.roles
        ],
        "options": [
            {
                "name": option.name.rstrip("_"),
                "flag": f"--{option.flag}",
                "default": option.default,
                "domain": option.domain,
                "help": option.spec.help,
            }
            for option in loss.options
        ],
        "reductions": list(loss.reductions),
        **{library: loss.names_in(library) for library in loss.libraries},
        **loss.facts,
    }


def _list_page(found: list[Loss]) -> Page:
    blocks: list[Block] = []
    headings = {loss: "Plug-ins" if loss.package else FAMILIES[loss.family] for loss in found}
    for heading in dict.fromkeys(headings.values()):
        members = [loss for loss in found if headings[loss] == heading]
        names = Column("", [_names(loss) for loss in members], Kind.TEXT)
        texts = Column("", [_in_short(loss) for loss in members], Kind.TEXT)
        blocks += [
            Heading(heading, is_part=True),
            Indented([Table([names, texts], has_header=False)]),
        ]
    return Page(blocks)


def _tab_separated(found: list[Loss]) -> Iterator[str]:
    """Yield one line per loss, for `cut`, `awk` and `grep`."""
    yield "\t".join(["name", "aliases", "family", "roles", *NAMES_OF_LIBRARIES.values()]) + "\n"
    for loss in found:
        cells = [
            loss.name,
            ",".join(loss.aliases),
            loss.family,
            ",".join(role.name for role in loss.roles),
            *map(loss.names_in, NAMES_OF_LIBRARIES),
        ]
        yield "\t".join(cell or "-" for cell in cells) + "\n"


def _names(loss: Loss) -> Phrase:
    parts: list[Part] = [Styled(loss.name, Style.NAME)]
    for alias in loss.aliases:
        parts += ["\n", Styled(f"  {alias}", Style.ACCENT)]
    return parts


def _in_short(loss: Loss) -> Phrase:
    """Return what a loss is, its roles, and its names in other libraries."""
    roles = ", ".join(role.name for role in loss.roles)
    parts: list[Part] = [loss.summary, "\n", Styled(roles, Style.DIM)]
    for key, library in NAMES_OF_LIBRARIES.items():
        if loss.libraries[key]:
            parts += ["\n", Styled(f"{library}: ", Style.DIM), loss.names_in(key)]
    return [*parts, "\n", Styled(f"package {loss.package}", Style.DIM)] if loss.package else parts


def _info_page(loss: Loss) -> Page:
    also = f" (also {', '.join(loss.aliases)})" if loss.aliases else ""
    doc = [" ".join(paragraph.split()) for paragraph in loss.doc.split("\n\n")]
    facts = [
        *((f"--{role.name}", f"{role.what}: {_domains(role)}") for role in loss.roles),
        *((f"--{option.flag}", _option_text(option)) for option in loss.options),
        ("--reduction", f"{', '.join(loss.reductions)} [default: mean]"),
    ]
    libraries = [(name, loss.names_in(key) or "-") for key, name in NAMES_OF_LIBRARIES.items()]
    blocks: list[Block] = [Heading([f"{loss.name}{also}: ", loss.summary])]
    for paragraph in filter(None, doc):
        blocks += [Blank(), Paragraph(paragraph)]
    if loss.package:
        libraries.append(("package", loss.package))
    # JSON has the normalizer under its first name.
    said = [("normalizer" if key == "divisor" else key, text) for key, text in loss.facts.items()]
    for rows in (said, facts, libraries):
        blocks += [Blank(), Facts([Fact(what, text) for what, text in rows])]
    return Page(blocks)


def _domains(role: Role) -> str:
    return " or ".join(kind.domain for kind in role.kinds)


def _option_text(option: Option) -> str:
    domain = "" if array_extent(option) else f" ({option.domain})"
    default = "none" if option.default is None else str(option.default).lower()
    return f"{option.spec.help}{domain} [default: {default}]"
