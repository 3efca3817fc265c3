"""The page of `loss --help`: one row a command, in panels.

It is drawn without Typer, which would make all fifty commands for their names and summaries.
"""

from __future__ import annotations

from collections import Counter

from losscli.cli.catalogue import TOOLS
from losscli.losses.declare.installed import entries
from losscli.losses.index import FAMILIES, INDEX, TITLES, Entry

ROW = 70
"""Characters left next to the longest name in a row of help, on a screen of 100 columns."""
OWN_PANEL = 5
"""Smaller families share a panel of help."""
EXAMPLE = "loss ce -i samples/digits/logits.npy -t samples/digits/labels.npy --top 5"
SUMMARY = "Losses of files: value, per-sample losses, gradients."
TOOL_PANEL = "Tools"
OPTIONS = {
    "-V, --version": "Show the version and exit.",
    "--install-completion": "Install completion for the current shell.",
    "--show-completion": "Show completion for the current shell, to copy it or customize the "
    "installation.",
    "-h, --help": "Show this message and exit.",
}
"""Typer's own and ours, in its words and its order."""


def front_page() -> str:
    """Return the page as the terminal or the pipe shows it."""
    from losscli.output.help_page import drawn

    panels: dict[str, dict[str, str]] = {}
    titles = panel_titles()
    for name, entry in entries().items():
        panels.setdefault(titles[entry.family], {})[name] = in_a_row(entry)
    panels[TOOL_PANEL] = {name: tool.summary for name, tool in TOOLS.items()}
    panels["Options"] = OPTIONS
    return drawn("loss [OPTIONS] COMMAND [ARGS]...", EXAMPLE, [SUMMARY], panels, topics())


def topics() -> str:
    """Return the lines of `loss --help` about the reference pages."""
    from losscli.commands.help.topics import topic_names

    return f"Reference: loss help TOPIC, where TOPIC is {', '.join(topic_names())}."


def in_a_row(entry: Entry) -> str:
    """Return the row of a loss in `loss --help`, with its other names if they fit.

    A summary that is too long is cut at its colon.
    """
    summary = entry.summary
    if len(summary) > ROW:
        summary = summary.partition(":")[0].removesuffix(".") + "."
    also = f" Also: {', '.join(entry.aliases)}." if entry.aliases else ""
    return summary + also if len(summary + also) <= ROW else summary


def panel_titles() -> dict[str, str]:
    """Return the panel of help of each family: small families share one."""
    sizes = Counter(entry.family for entry in INDEX.values())
    small = [FAMILIES[family] for family in FAMILIES if sizes[family] < OWN_PANEL]
    shared = ", ".join(small).capitalize()
    return {name: shared if title in small else title for name, title in TITLES.items()}
