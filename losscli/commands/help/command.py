"""`loss help`: the list of the reference pages, or one of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from losscli.commands.help.topics import find_topic, topic_names
from losscli.errors import ExitStatus
from losscli.output.streams import Streams


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
        """`loss help ce` is `loss ce --help`. In a pipe, a page is Markdown."""
        if topic is None:
            streams.write(f"{name:<12}{find_topic(name).summary}\n" for name in topic_names())
        else:
            streams.write([find_topic(topic).text])
        return ExitStatus.OK

    return show_topic
