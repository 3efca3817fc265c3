"""The manual page of one loss."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from losscli.commands.signatures import SHORT, flag
from losscli.losses.declare.equivalent import NAMES_OF_LIBRARIES
from losscli.losses.declare.options import Option, array_extent
from losscli.losses.declare.registry import Loss, Role
from losscli.output.page import (
    Block,
    Command,
    Fact,
    Facts,
    Heading,
    Indented,
    Page,
    Paragraph,
    Phrase,
    Style,
    Styled,
)

TIED = "\u00a0"
"""A blank that no line is broken at."""
SOURCES = ("Source: ", "Sources: ")


def manual(loss: Loss) -> Page:
    """Return the manual page of a loss; its examples run on the files of `loss samples`."""
    also = f" (also {', '.join(loss.aliases)})" if loss.aliases else ""
    paragraphs = [" ".join(paragraph.split()) for paragraph in loss.doc.split("\n\n")]
    about = [text for text in paragraphs if text and not text.startswith(SOURCES)]
    sources = "; ".join(text.partition(": ")[2] for text in paragraphs if text.startswith(SOURCES))
    example = loss.facts["example"]
    parts: dict[str, Sequence[Block]] = {
        "Synopsis": [Paragraph(_synopsis(loss))],
        "Description": [Paragraph(_phrase(text)) for text in about],
        "Formula": [
            Paragraph(Styled(loss.facts["formula"], Style.ACCENT)),
            # JSON has the normalizer under its first name.
            Facts(
                [
                    Fact("range", loss.facts["range"]),
                    Fact("normalizer", loss.facts["divisor"]),
                    Fact("gradient", f"with respect to {', '.join(loss.differentiable)}"),
                ]
            ),
        ],
        "Roles": [Facts([Fact(_flags(role.name), _role_text(role)) for role in loss.roles])],
        "Options": [
            Facts(
                [
                    *(Fact(flag(option.name), _option_text(option)) for option in loss.options),
                    Fact("-r, --reduction", f"{', '.join(loss.reductions)} [default: mean]"),
                ]
            ),
            Paragraph(f"loss {loss.name} --help has those that all losses share.", Style.DIM),
        ],
        "Examples": [
            Command(example),
            Command(f"{example} -q"),
            Command(example.replace("loss", "loss explain", 1)),
            Command(example.replace("loss", "loss diagnose", 1)),
        ],
        "Equivalences": [Paragraph(loss.facts["equivalences"])],
        "Pitfalls": [Paragraph(loss.facts["pitfalls"])],
        "Other libraries": [Facts([*_other_names(loss)])],
        "Sources": [Paragraph(each) for each in filter(None, sources.rstrip(".").split("; "))],
        "See also": [Paragraph(_see_also(loss))],
    }
    blocks: list[Block] = [Heading([f"{loss.name}{also}: ", loss.summary])]
    for title, own in parts.items():
        if own and own != [Facts([])]:
            blocks += [Heading(title, is_part=True), Indented(own)]
    return Page(blocks)


def _synopsis(loss: Loss) -> Phrase:
    """Return the command with its roles and its own options; those without a default first."""
    roles = [f"{SHORT.get(role.name, flag(role.name))} {role.name.upper()}" for role in loss.roles]
    own = [f"[{flag(option.name)}{_value(option)}]" for option in loss.options]
    return " ".join(["loss", loss.name, *roles, *own, "[OPTIONS]"])


def _value(option: Option) -> str:
    if option.choices:
        return " " + "|".join(map(str, option.choices))
    if array_extent(option):
        return " WEIGHTS"
    return "" if option.type is bool else " N" if option.type is int else " X"


def _phrase(text: str) -> Phrase:
    """Return sentences with what is between backticks as code."""
    return [
        Styled(part, Style.ACCENT) if at % 2 else part for at, part in enumerate(text.split("`"))
    ]


def _flags(role: str) -> str:
    return f"{SHORT[role]}, {flag(role)}" if role in SHORT else flag(role)


def _role_text(role: Role) -> str:
    kinds = (f"{kind.name}, {kind.shape}: {kind.domain}" for kind in role.kinds)
    return " or ".join(kinds)


def _option_text(option: Option) -> str:
    domain = "" if array_extent(option) else f" ({option.domain})"
    default = "none" if option.default is None else str(option.default).lower()
    return f"{option.spec.help}{domain} [default: {default}]"


def _other_names(loss: Loss) -> Iterator[Fact]:
    """Yield the names in each library, and what to type for the same number."""
    for library, title in NAMES_OF_LIBRARIES.items():
        for known in loss.libraries[library]:
            command = f"loss {loss.name} {known.options}".rstrip().replace(" ", TIED)
            remark = f", but there {known.remark}" if known.remark else ""
            names = ", ".join(known.names)
            yield Fact(title, [names, ": ", Styled(command, Style.ACCENT), remark])


def _see_also(loss: Loss) -> str:
    others = [f"loss info {name}" for name in loss.counterparts]
    home = f"package {loss.package}" if loss.package else f"loss list {loss.family}"
    return ", ".join([*others, f"loss {loss.name} --help", home])
