"""The help of the commands that Typer makes, drawn as `loss --help` is."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand, TyperGroup

from losscli.output.streams import Streams

PANEL = "rich_help_panel"
BRACES = str.maketrans("", "", "{}")
"""What Typer puts around the name of an argument that is required."""


class _Helped:
    """A command whose help text opens with a paragraph that is an example."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """Print the help page: Typer writes it past its formatter as well."""
        from losscli.output.help_page import drawn

        command: Any = self
        pieces = " ".join(command.collect_usage_pieces(ctx)).translate(BRACES)
        example, *paragraphs = _plain(command.help).split("\n\n")
        page = drawn(
            f"{ctx.command_path} {pieces}",
            example.removeprefix("Example: "),
            paragraphs,
            _sections(command, ctx),
            _plain(command.epilog or ""),
        )
        Streams().write([page])


class Command(_Helped, TyperCommand):
    """A command."""


class Group(_Helped, TyperGroup):
    """A command with commands."""


def _plain(text: str) -> str:
    """Return paragraphs of one line each, without what keeps rich from finding markup in them."""
    paragraphs = text.replace("\\[", "[").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _sections(command: Any, ctx: Any) -> dict[str, dict[str, str]]:
    """Return the rows by section: commands, arguments and options; the usual options are last."""
    found: dict[str, dict[str, str]] = {}
    if isinstance(command, Group):
        for name in command.list_commands(ctx):
            one: Any = command.get_command(ctx, name)
            found.setdefault(getattr(one, PANEL), {})[name] = _plain(one.short_help)
    for param in command.get_params(ctx):
        record = param.get_help_record(ctx)
        if record:
            title = "Arguments" if param.param_type_name == "argument" else "Options"
            name, text = record
            found.setdefault(getattr(param, PANEL, None) or title, {})[name] = _plain(text)
    usual = found.pop("Options")
    return {**found, "Options": usual}
