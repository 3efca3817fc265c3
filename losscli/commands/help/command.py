"""`loss help`: the list of the reference pages, or one of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from losscli.commands.help.markdown import page_of
from losscli.commands.help.topics import find_topic, topic_names
from losscli.errors import ExitStatus
from losscli.output.page import Blank, Column, Heading, Kind, Page, Paragraph, Style, Table
from losscli.output.show import rendered
from losscli.output.streams import Streams

HELP = "`loss help COMMAND` is `loss COMMAND --help`. In a pipe, a page is Markdown."

GO_ON = (
    "loss help COMMAND shows the options of a command, as loss COMMAND --help does; loss list "
    "names the losses, and loss alone says what to try first."
)


def help_command(streams: Streams) -> Callable[..., int]:
    """Return the function that Typer calls for `loss help`."""

    def show_topic(
        topic: Annotated[
            str | None,
            typer.Argument(
                help="A page, or a command whose options you want; without one, all pages.",
                metavar="[TOPIC]",
                autocompletion=topic_names,
            ),
        ] = None,
    ) -> int:
        if topic is None:
            streams.write(rendered(list_of_topics(), streams))
        elif streams.is_terminal:
            streams.write(rendered(page_of(find_topic(topic).text), streams))
        else:
            streams.write([find_topic(topic).text])
        return ExitStatus.OK

    show_topic.__doc__ = HELP
    return show_topic


def list_of_topics() -> Page:
    """Return the page that names all pages."""
    names = topic_names()
    table = Table(
        [
            Column("topic", names, Kind.NAME, style=Style.NAME),
            Column("", [find_topic(name).summary for name in names], Kind.TEXT),
        ],
        has_header=False,
    )
    return Page([Heading("loss help TOPIC"), Blank(), table, Blank(), Paragraph(GO_ON)])
