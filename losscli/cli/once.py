"""A command that refuses an option that is given again: the last value would win in silence."""

from __future__ import annotations

from collections import Counter
from typing import Any

from typer.core import TyperCommand

from losscli.errors import UsageError


class OnceEach(TyperCommand):
    """A command whose options are given once, except lists; a switch may be repeated."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the words after the command; UsageError for an option that appears again."""
        if not ctx.resilient_parsing:
            *_, order = self.make_parser(ctx).parse_args(args=list(args))
            for param, times in Counter(order).items():
                lists = getattr(param, "multiple", True) or getattr(param, "is_flag", True)
                if times > 1 and not lists:
                    raise UsageError(_refusal(max(param.opts, key=len), times))
        return super().parse_args(ctx, args)


def _refusal(flag: str, times: int) -> str:
    """Return what to do about an option that appears again."""
    count = "twice" if times == 2 else f"{times} times"
    if flag == "--input":
        return f"{flag} is given {count}, but one input is taken at a time; give one in each run"
    return f"{flag} is given {count}; give it once"
