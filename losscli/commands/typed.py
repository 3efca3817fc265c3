"""The typed command, and the command that a finding asks to type next."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import PurePath
from typing import Any

from losscli.commands.options import DataOptions
from losscli.commands.signatures import SHORT, flag
from losscli.losses.declare.registry import Loss, find
from losscli.readers.spec import parse_spec
from losscli.readers.urls import split_selector, without_secrets


@dataclass(frozen=True)
class Typed:
    """A command on a loss as it was typed."""

    loss: Loss
    words: Mapping[str, Any]
    """Roles as `[FORMAT:]PATH[::SELECTOR]` and the loss's options as they were typed."""
    options: DataOptions
    kept: Sequence[str] = ()
    """More of the options that its commands keep, such as the reduction."""

    @property
    def groups(self) -> str | None:
        """The file of the groups."""
        groups: str | None = getattr(self.options, "groups", None) or self.words.get("groups")
        return groups

    def command(
        self, tool: str = "", loss: str = "", without: Sequence[str] = (), **changes: Any
    ) -> str:
        """Return the command of a loss on the same files, with options changed and added.

        Without `loss` it is the same loss; another one keeps the options that it has too.
        """
        meant = find(loss) if loss else self.loss
        given = {**vars(self.options), **self.words, **changes}
        if self.loss.roles[0].name in changes:
            given |= self._from_own_file(given)
        if given.get("reduction") not in meant.reductions:
            given["reduction"] = None
        if "reduction" in changes:
            # It bounds what was reduced as it was typed.
            given["max"] = None
        defaults: dict[str, Any] = {role.name: None for role in meant.roles}
        defaults |= {option.name: option.default for option in meant.options}
        defaults |= {x.name: x.default for x in fields(DataOptions) if not meant.lacks(x.name)}
        defaults |= {x.name: x.default for x in fields(self.options) if x.name in self.kept}
        own = {option.name for option in self.loss.options} | {x.name for x in fields(DataOptions)}
        for name in changes:
            if name not in own:
                defaults.setdefault(name, None)
        words = ["loss", *([tool] if tool else []), meant.name]
        for name, default in defaults.items():
            if name not in without:
                words += _option(name, given.get(name), default)
        return shlex.join(words)

    def through(self, transform: str, class_axis: int) -> str:
        """Return the commands that transform the first role, and take the result instead."""
        first = self.loss.roles[0].name
        source = without_secrets(str(self.words[first]))
        made = f"{PurePath(parse_spec(source).path).stem.strip('-') or 'input'}.{transform}.npy"
        words = ["loss", transform, *_option(first, source, None)]
        for name in ("header", "delimiter", "decimal"):
            words += _option(name, getattr(self.options, name), None)
        words += [*_option("class_axis", class_axis, 1), "-o", made]
        command = self.command(**{first: made})
        return f"{shlex.join(words)} > /dev/null && {command}"

    def _from_own_file(self, given: Mapping[str, Any]) -> dict[str, str]:
        """Return what is read from the first role's own file, for commands that replace it."""
        file = split_selector(str(self.words[self.loss.roles[0].name]))[0]
        named = {name: text for name, text in given.items() if isinstance(text, str)}
        named |= {role.name: f"::{role.name}" for role in self.loss.roles if role.name not in named}
        return {name: file + text for name, text in named.items() if text.startswith("::")}


def _option(name: str, value: Any, default: Any) -> Iterator[str]:
    """Yield how an option is typed; nothing for its default."""
    if isinstance(value, bool) and value is not default:
        yield flag(name) if value else flag(f"no_{name}")
    elif isinstance(value, list):
        for each in value:
            yield from _option(name, each, None)
    elif value is not None and value != default:
        text = without_secrets(value) if isinstance(value, str) else str(value)
        yield from (SHORT.get(name, flag(name)), text)
