"""The losses at a glance: their names by family, those of a search, or all that is said of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from losscli.losses.declare.equivalent import NAMES_OF_LIBRARIES, equivalents
from losscli.losses.declare.registry import Loss
from losscli.losses.index import PLUGINS, TITLES, Entry
from losscli.output.page import (
    Blank,
    Block,
    Column,
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

GO_ON = (
    "loss list WORD shows a family or what is about a word, with a line on each; --torch, --keras, "
    "--optax and --sklearn show the names there; --long shows all. loss info NAME describes one."
)


def families_page(found: Mapping[str, Entry]) -> Page:
    """Return the names of losses, family by family."""
    blocks: list[Block] = []
    for family, title in TITLES.items():
        names = [name for name, entry in found.items() if entry.family == family]
        if names:
            blocks += [Heading(title), Indented([Paragraph(", ".join(names), Style.ACCENT)])]
    return Page([*blocks, Blank(), Paragraph(GO_ON)])


def found_page(found: Mapping[str, Entry], libraries: Sequence[str]) -> Page:
    """Return a line on each loss, or what it is called in some libraries."""
    names = Column("", list(found), Kind.NAME, style=Style.NAME)
    texts = [_called(e, libraries) if libraries else _summary(e) for e in found.values()]
    return Page([Table([names, Column("", texts, Kind.TEXT)], has_header=False)])


def _summary(entry: Entry) -> Phrase:
    also = f" Also: {', '.join(entry.aliases)}." if entry.aliases else ""
    return [entry.summary, Styled(also, Style.DIM)]


def _called(entry: Entry, libraries: Sequence[str]) -> Phrase:
    """Return the names of a loss in libraries, one line for each that needs other options."""
    parts: list[Part] = []
    for library in libraries:
        label = f"{NAMES_OF_LIBRARIES[library]}: " if len(libraries) > 1 else ""
        for known in equivalents(getattr(entry, library), library):
            parts += ["\n"] if parts else []
            parts += [Styled(label, Style.DIM), ", ".join(known.names)]
            parts += [Styled(f" {known.options}", Style.ACCENT)] if known.options else []
            parts += [Styled(f" ({known.remark})", Style.DIM)] if known.remark else []
    return parts


def long_page(found: Sequence[Loss]) -> Page:
    """Return all losses with their roles and their names in other libraries."""
    blocks: list[Block] = []
    headings = {loss: TITLES[PLUGINS if loss.package else loss.family] for loss in found}
    for heading in dict.fromkeys(headings.values()):
        members = [loss for loss in found if headings[loss] == heading]
        names = Column("", [_names(loss) for loss in members], Kind.TEXT)
        texts = Column("", [_in_short(loss) for loss in members], Kind.TEXT)
        blocks += [
            Heading(heading, is_part=True),
            Indented([Table([names, texts], has_header=False)]),
        ]
    return Page(blocks)


def tab_separated(found: Sequence[Loss]) -> Iterator[str]:
    """Yield one line per loss, for `cut`, `awk` and `grep`."""
    libraries = NAMES_OF_LIBRARIES.values()
    yield "\t".join(["name", "aliases", "family", "roles", *libraries, "summary"]) + "\n"
    for loss in found:
        cells = [
            loss.name,
            ",".join(loss.aliases),
            loss.family,
            ",".join(role.name for role in loss.roles),
            *map(loss.names_in, NAMES_OF_LIBRARIES),
            loss.summary,
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
