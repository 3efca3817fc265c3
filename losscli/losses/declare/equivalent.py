"""What other libraries call a loss, and which options make their numbers equal to ours.

A declaration writes it as text: names, then options, then in parentheses what still differs there;
`; ` separates names that need other options. For example, on three lines:

    CrossEntropyLoss, F.cross_entropy
    Poisson --no-log-input --eps 1e-7
    SparseCategoricalCrossentropy --from probs (p is clipped); X(from_logits=True)
"""

from __future__ import annotations

import re
from keyword import iskeyword
from typing import NamedTuple

from losscli.errors import spelled

NAMES_OF_LIBRARIES = {
    "torch": "PyTorch",
    "keras": "Keras",
    "optax": "Optax",
    "sklearn": "scikit-learn",
}
DEFAULTS = {"optax": "--reduction none"}
"""Options that the defaults of a whole library amount to: Optax returns every term."""
_FORM = re.compile(
    r"(?P<names>.+?)(?P<options>(?: --[\w-]+(?: [^\s(-]\S*)?)*)(?: \((?P<remark>.+)\))?"
)


class Equivalent(NamedTuple):
    """Names that a library has for a loss."""

    names: tuple[str, ...]
    options: str = ""
    """What to type for the library's defaults: `--from probs`; empty if they are ours."""
    remark: str = ""
    """What differs there all the same."""

    @property
    def is_same(self) -> bool:
        """Whether the library's defaults are those of the loss."""
        return not self.options and not self.remark

    def __str__(self) -> str:
        remark = f"({self.remark})" if self.remark else ""
        return " ".join(filter(None, (", ".join(self.names), self.options, remark)))


def equivalents(text: str, library: str = "") -> tuple[Equivalent, ...]:
    """Return what a declaration writes about the names in a library."""
    return tuple(_read(part, DEFAULTS.get(library, "")) for part in text.split("; ") if part)


def _read(text: str, defaults: str) -> Equivalent:
    match = _FORM.fullmatch(text)
    if match is None:
        raise TypeError(f"{text!r} is not names, options and a remark")
    options = match["options"].strip()
    if defaults and defaults.split()[0] not in options:
        options = f"{options} {defaults}".strip()
    return Equivalent(tuple(match["names"].split(", ")), options, match["remark"] or "")


def parts(options: str) -> list[str]:
    """Return typed options one by one, each with its value."""
    return re.split(r" (?=--)", options) if options else []


def values(options: str) -> list[tuple[str, str | bool]]:
    """Return typed options as names and values, as Python callers write them."""
    found: list[tuple[str, str | bool]] = []
    for part in parts(options):
        name, _, value = part.removeprefix("--").partition(" ")
        is_off = not value and name.startswith("no-")
        name = name.removeprefix("no-" if is_off else "").replace("-", "_")
        found.append((f"{name}_" if iskeyword(name) else name, value or not is_off))
    return found


def said(options: str) -> str:
    """Return typed options inside a message, as keywords for Python callers."""
    return spelled(", ".join(_keyword(*each) for each in values(options)), options)


def _keyword(name: str, value: str | bool) -> str:
    is_word = isinstance(value, str) and value[0].isalpha()
    return f'{name}="{value}"' if is_word else f"{name}={value}"
