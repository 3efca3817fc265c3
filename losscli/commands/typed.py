"""The typed command, and the command that a finding asks to type next."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from losscli.commands.options import DataOptions
from losscli.commands.signatures import SHORT, flag
from losscli.losses.declare.registry import Loss, find
from losscli.readers.urls import without_secrets


@dataclass(frozen=True)
class Typed:
    """A command on a loss as it was typed."""

    loss: Loss
    words: Mapping[str, Any]
    """Roles as `[FORMAT:]PATH[::SELECTOR]` and the loss's options as they were typed."""
    options: DataOptions

    def command(self, tool: str = "", loss: str = "", **changes: Any) -> str:
        """Return the command of a loss on the same files, with options changed.

        Without `loss` it is the same loss; another one keeps the options that it has too.
        """
        meant = find(loss) if loss else self.loss
        given = {**vars(self.options), **self.words, **changes}
        given = {
            name: without_secrets(value) if isinstance(value, str) else value
            for name, value in given.items()
        }
        words = ["loss", *([tool] if tool else []), meant.name]
        for role in meant.roles:
            if given.get(role.name) is not None:
                words += [SHORT.get(role.name, flag(role.name)), str(given[role.name])]
        defaults = {option.name: option.default for option in meant.options}
        defaults |= {x.name: x.default for x in fields(DataOptions) if not meant.lacks(x.name)}
        for name, default in defaults.items():
            value = given.get(name)
            if isinstance(value, bool) and value is not default:
                words.append(flag(name) if value else flag(f"no_{name}"))
            elif value is not None and value != default:
                words += [flag(name), str(value)]
        return shlex.join(words)

    @property
    def groups(self) -> str:
        """The file of the groups, as a shell takes it."""
        typed = str(getattr(self.options, "groups", None) or self.words.get("groups"))
        return shlex.quote(without_secrets(typed))

    def log_softmax(self, class_axis: int = 1) -> str:
        """Return the command that writes the log-softmax of the first role."""
        axis = [] if class_axis == 1 else ["--class-axis", str(class_axis)]
        source = without_secrets(str(self.words.get(self.loss.roles[0].name)))
        return shlex.join(["loss", "log-softmax", "-i", source, *axis, "-o", "log_probs.npy"])
