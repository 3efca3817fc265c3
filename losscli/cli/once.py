"""A command that refuses an option that is given again: the last value would win in silence.

An option of `OPTIONAL_VALUES` may be typed without its value.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from typer.core import TyperOption

from losscli.cli.help_pages import Command
from losscli.errors import UsageError
from losscli.output.streams import COLOR, WHEN

INPUT = "--input"
OPTIONAL_VALUES = {"--ci": "0.95"}
"""The values of options that are typed alone."""


class OnceEach(Command):
    """A command whose options are given once, except lists; a switch may be repeated.

    Each has the option `--color`, which `main` takes out of the command line: here is its help.
    """

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        """Take what Typer gives."""
        super().__init__(*arguments, **keywords)
        self.params.append(
            TyperOption(
                param_decls=[COLOR],
                metavar="WHEN",
                help="Color and a terminal's layout: auto (on a terminal), always or never.",
                default=WHEN[0],
                show_default=False,
                expose_value=False,
                rich_help_panel="Output",
                autocompletion=lambda *_: list(WHEN),
            )
        )

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the words after the command; UsageError for an option that appears again."""
        args = _with_values(args, {flag for param in self.params for flag in _takes_value(param)})
        if not ctx.resilient_parsing:
            *_, order = self.make_parser(ctx).parse_args(args=list(args))
            again = {
                max(param.opts, key=len): times
                for param, times in Counter(order).items()
                if times > 1
                and not (getattr(param, "multiple", True) or getattr(param, "is_flag", True))
            }
            if again:
                raise UsageError(refusal(again))
        return super().parse_args(ctx, args)


def _takes_value(param: Any) -> list[str]:
    return [] if getattr(param, "is_flag", True) else param.opts


def _with_values(args: list[str], flags: set[str]) -> list[str]:
    """Return the words with a value after each option that is typed without one."""
    found = []
    for at, word in enumerate(args):
        found.append(word)
        alone = all(after.startswith("-") for after in args[at + 1 : at + 2])
        if alone and word in OPTIONAL_VALUES and word in flags:
            found.append(OPTIONAL_VALUES[word])
    return found


def refusal(again: dict[str, int]) -> str:
    """Return what to do about options that appear again, the first that is not the input."""
    flag = next((flag for flag in again if flag != INPUT), INPUT)
    count = "twice" if again[flag] == 2 else f"{again[flag]} times"
    if flag == INPUT:
        return f"{flag} is given {count}, but one input is taken at a time; give one in each run"
    return f"{flag} is given {count}; give it once"
