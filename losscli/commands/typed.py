"""What was typed, and the command that a finding asks to type next."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from losscli.commands.options import DataOptions
from losscli.commands.signatures import SHORT
from losscli.losses.declare.registry import Loss, find


@dataclass(frozen=True)
class Typed:
    """A command on a loss as it was typed."""

    loss: Loss
    words: Mapping[str, Any]
    """Roles as `[FORMAT:]PATH[::SELECTOR]` and options as they were given; None where not."""
    flags: DataOptions

    def command(self, tool: str = "", loss: str = "", **changes: Any) -> str:
        """Return the command of a loss on the same files, with options changed.

        Without `loss` it is the same one; of another, options of the same name are kept.
        """
        meant = find(loss) if loss else self.loss
        given = {**self.words, **changes}
        words = ["loss", *([tool] if tool else []), meant.name]
        for role in meant.roles:
            if given.get(role.name) is not None:
                words += [SHORT.get(role.name, f"--{role.name.replace('_', '-')}")]
                words += [str(given[role.name])]
        for option in meant.options:
            value = given.get(option.name, option.default)
            if value is None or value == option.default:
                continue
            if isinstance(value, bool):
                words.append(f"--{'' if value else 'no-'}{option.flag}")
            else:
                words += [f"--{option.flag}", str(value)]
        words += self._data_options(meant, changes)
        return shlex.join(words)

    @property
    def groups(self) -> str:
        """The file of the groups, as a shell takes it."""
        return shlex.quote(str(getattr(self.flags, "groups", None) or self.words.get("groups")))

    def log_softmax(self, class_axis: int = 1) -> str:
        """Return the command that writes the log-softmax of the first role."""
        axis = [] if class_axis == 1 else ["--class-axis", str(class_axis)]
        source = str(self.words.get(self.loss.roles[0].name))
        return shlex.join(["loss", "log-softmax", "-i", source, *axis, "-o", "log_probs.npy"])

    def _data_options(self, loss: Loss, changes: Mapping[str, Any]) -> Iterator[str]:
        for flag in fields(DataOptions):
            value = changes.get(flag.name, getattr(self.flags, flag.name))
            name = flag.name.replace("_", "-")
            if value == flag.default or loss.lacks(flag.name):
                continue
            if isinstance(value, bool):
                yield f"--{'' if value else 'no-'}{name}"
            else:
                yield f"--{name}"
                yield str(value)
