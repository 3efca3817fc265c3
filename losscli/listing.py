"""`loss list` and `loss info`: what the declarations say, for people and for programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, Any

import typer

from losscli.errors import ExitStatus, UsageError
from losscli.losses.index import FAMILIES, INDEX
from losscli.registry import NAMES_OF_LIBRARIES, Loss, Option, array_extent, find
from losscli.streams import Streams
from losscli.writers import dumped

FORMATS = ("table", "json")
FORMAT = Annotated[
    str, typer.Option("--format", "-f", metavar=f"[{'|'.join(FORMATS)}]", help="How to print it.")
]


def list_command(streams: Streams) -> Callable[..., int]:
    """Return the function that Typer calls for `loss list`."""

    def list_losses(format: FORMAT = "table") -> int:
        found = [find(name) for name in INDEX]
        if _is_json(format):
            streams.write([dumped([described(loss) for loss in found]), "\n"])
        elif streams.is_terminal:
            _print_families(found)
        else:
            streams.write(_plain_list(found))
        return ExitStatus.OK

    return list_losses


def info_command(streams: Streams) -> Callable[..., int]:
    """Return the function that Typer calls for `loss info NAME`."""

    def info(
        name: Annotated[str, typer.Argument(help="A loss or an alias.", metavar="NAME")],
        format: FORMAT = "table",
    ) -> int:
        loss = find(name)
        if _is_json(format):
            streams.write([dumped(described(loss)), "\n"])
        else:
            streams.write(f"{line}\n" for line in _page(loss))
        return ExitStatus.OK

    return info


def _is_json(format: str) -> bool:
    if format not in FORMATS:
        raise UsageError(f"--format: {format!r} is not one of {', '.join(FORMATS)}")
    return format == "json"


def described(loss: Loss) -> dict[str, Any]:
    """Return all that is declared of a loss, ready for JSON."""
    return {
        "name": loss.name,
        "aliases": list(loss.aliases),
        "family": FAMILIES[loss.family],
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
        **loss.libraries,
        **loss.facts,
    }


def _print_families(found: list[Loss]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim")
    for header in ("loss", "roles", "PyTorch", "Keras", "Optax", "scikit-learn"):
        table.add_column(header, overflow="fold")
    family = ""
    for loss in found:
        if loss.family != family:
            family = loss.family
            table.add_section()
            table.add_row(Text(FAMILIES[family], style="bold"))
        names = "\n".join((loss.name, *(f"  {alias}" for alias in loss.aliases)))
        roles = ", ".join(role.name for role in loss.roles)
        elsewhere = (loss.libraries[key].replace(", ", "\n") for key in NAMES_OF_LIBRARIES)
        table.add_row(Text(names, style="cyan"), Text(roles), *(Text(name) for name in elsewhere))
    Console(highlight=False).print(table)


def _plain_list(found: list[Loss]) -> Iterator[str]:
    yield "name\taliases\tfamily\troles\t" + "\t".join(NAMES_OF_LIBRARIES.values()) + "\n"
    for loss in found:
        cells = [
            loss.name,
            ",".join(loss.aliases),
            loss.family,
            ",".join(role.name for role in loss.roles),
            *(loss.libraries[key] for key in NAMES_OF_LIBRARIES),
        ]
        yield "\t".join(cell or "-" for cell in cells) + "\n"


def _page(loss: Loss) -> Iterator[str]:
    also = f" (also {', '.join(loss.aliases)})" if loss.aliases else ""
    yield f"{loss.name}{also}: {loss.summary}"
    yield ""
    yield from loss.doc.strip().splitlines()
    yield ""
    for title, text in loss.facts.items():
        yield f"{title:<13} {text}"
    yield ""
    for role in loss.roles:
        domains = " or ".join(kind.domain for kind in role.kinds)
        yield f"--{role.name:<17} {role.what}; {domains}"
    for option in loss.options:
        default = f" = {_written(option.default)}"
        yield f"--{option.flag + default:<17} {_option_text(option)}"
    yield f"--{'reduction = mean':<17} {', '.join(loss.reductions)}"
    yield ""
    for key, library in NAMES_OF_LIBRARIES.items():
        yield f"{library:<13} {loss.libraries[key] or '-'}"


def _option_text(option: Option) -> str:
    if array_extent(option):
        return option.spec.help
    return f"{option.spec.help} ({option.domain})"


def _written(default: Any) -> str:
    return "none" if default is None else str(default).lower()
