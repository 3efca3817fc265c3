"""`losscli.read` and `losscli.transform`: the arrays and the numbers of the command line."""

from __future__ import annotations

import shlex
from typing import Any

import losscli
from losscli.commands.signatures import SHORT
from losscli.losses.declare.registry import find
from tests.conftest import Loss
from tests.each import for_each


def computed(name: str, *words: str) -> float:
    """Return the loss of the sources and options that are typed for a command."""
    flags = {flag: role for role, flag in SHORT.items()} | {"-r": "reduction"}
    keys = [flags.get(word, word.removeprefix("--").replace("-", "_")) for word in words[::2]]
    given: dict[str, Any] = dict(zip(keys, words[1::2], strict=True))
    roles = {role.name for role in find(name).roles}
    arrays = losscli.read(name, **{key: given.pop(key) for key in [*given] if key in roles})
    return float(losscli.compute(name, **arrays, **given).value)


@for_each("name", losscli.losses.names())
def test_the_number_of_every_example(name: str, loss: Loss) -> None:
    _, _, *words = shlex.split(find(name).facts["example"])
    assert f"{computed(name, *words)!r}\n" == loss(name, *words, "-q").out
