"""`loss list` and `loss info`: what the declarations say, for people and for programs."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Callable, Iterable, Iterator
from typing import Annotated, Any

import typer

from losscli.errors import ExitStatus, UsageError
from losscli.losses.declare.options import Option, array_extent
from losscli.losses.declare.registry import NAMES_OF_LIBRARIES, Loss, Role, find
from losscli.losses.index import FAMILIES, INDEX
from losscli.output.streams import Streams
from losscli.output.strict_json import dumped

FORMATS = ("table", "json")
FORMAT = Annotated[
    str,
    typer.Option(
        "--format",
        "-f",
        metavar="NAME",
        help=f"One of {', '.join(FORMATS)}.",
        autocompletion=lambda: list(FORMATS),
    ),
]


def list_command(streams: Streams) -> Callable[..., int]:
    """Return the function that Typer calls for `loss list`."""

    def list_losses(format: FORMAT = "table") -> int:
        found = [find(name) for name in INDEX]
        if _is_json(format):
            streams.write([dumped([described(loss) for loss in found]), "\n"])
        elif streams.is_terminal:
            streams.write([_families(found)])
        else:
            streams.write(_plain_list(found))
        return ExitStatus.OK

    return list_losses


def info_command(streams: Streams) -> Callable[..., int]:
    """Return the function that Typer calls for `loss info NAME`."""

    def info(
        name: Annotated[
            str,
            typer.Argument(
                help="A loss or an alias.", metavar="NAME", autocompletion=lambda: list(INDEX)
            ),
        ],
        format: FORMAT = "table",
    ) -> int:
        loss = find(name)
        if _is_json(format):
            streams.write([dumped(described(loss)), "\n"])
        else:
            width = shutil.get_terminal_size().columns if streams.is_terminal else 0
            streams.write(f"{line}\n" for line in _page(loss, width))
        return ExitStatus.OK

    return info


def _is_json(format: str) -> bool:
    if format not in FORMATS:
        raise UsageError(f"--format: {format!r} is not one of {', '.join(FORMATS)}")
    return format == "json"


def described(loss: Loss) -> dict[str, Any]:
    """Return what is declared of a loss, ready for JSON."""
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


def _families(found: list[Loss]) -> str:
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    with console.capture() as captured:
        for family in dict.fromkeys(loss.family for loss in found):
            table = Table(box=None, show_header=False, padding=(0, 2, 1, 0), pad_edge=False)
            table.add_column(min_width=16, no_wrap=True)
            table.add_column()
            for loss in found:
                if loss.family == family:
                    names = Text(loss.name, style="bold cyan")
                    names.append("".join(f"\n  {alias}" for alias in loss.aliases), style="cyan")
                    table.add_row(names, _in_short(loss))
            console.print(Text(FAMILIES[family], style="bold"))
            console.print(Padding(table, (0, 0, 1, 2)))
    return captured.get()


def _in_short(loss: Loss) -> Any:
    from rich.text import Text

    text = Text(loss.summary)
    text.append(f"\n{', '.join(role.name for role in loss.roles)}", style="dim")
    for key, library in NAMES_OF_LIBRARIES.items():
        if loss.libraries[key]:
            text.append(f"\n{library}: ", style="dim").append(loss.libraries[key])
    return text


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


def _page(loss: Loss, width: int) -> Iterator[str]:
    """Yield the lines of a page, wrapped at words to a terminal's width; 0 for a pipe."""
    also = f" (also {', '.join(loss.aliases)})" if loss.aliases else ""
    for paragraph in (f"{loss.name}{also}: {loss.summary}", *loss.doc.split("\n\n")):
        yield from _wrapped(" ".join(paragraph.split()), width, "")
        yield ""
    yield from _aligned(loss.facts.items(), width)
    yield ""
    yield from _aligned(
        [
            *((f"--{role.name}", f"{role.what}: {_domains(role)}") for role in loss.roles),
            *((f"--{option.flag}", _option_text(option)) for option in loss.options),
            ("--reduction", f"{', '.join(loss.reductions)} [default: mean]"),
        ],
        width,
    )
    yield ""
    names = ((library, loss.libraries[key] or "-") for key, library in NAMES_OF_LIBRARIES.items())
    yield from _aligned(names, width)


def _aligned(rows: Iterable[tuple[str, str]], width: int) -> Iterator[str]:
    listed = list(rows)
    first = max((len(name) for name, _ in listed), default=0) + 2
    for name, text in listed:
        yield from _wrapped(f"{name:<{first}}{text}", width, " " * first)


def _wrapped(text: str, width: int, indent: str) -> list[str]:
    if not width or not text:
        return [text]
    return textwrap.wrap(
        text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _domains(role: Role) -> str:
    return " or ".join(kind.domain for kind in role.kinds)


def _option_text(option: Option) -> str:
    domain = "" if array_extent(option) else f" ({option.domain})"
    default = "none" if option.default is None else str(option.default).lower()
    return f"{option.spec.help}{domain} [default: {default}]"
