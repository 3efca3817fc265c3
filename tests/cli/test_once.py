"""An option that is given again is refused: no value is dropped in silence."""

from __future__ import annotations

from typing import Any

import pytest
import typer

from losscli.cli.app import build_app
from losscli.cli.catalogue import TOOLS
from losscli.output.streams import Streams
from tests.conftest import Loss

COMMANDS = ["ce", *(f"{name} {'ce' * tool.on_loss}".strip() for name, tool in TOOLS.items())]
LISTS = ["--params", "--set", "--check", "--check-grad"]
SEVERAL_INPUTS = ("", "compare", "report")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option(loss: Loss, command: str) -> None:
    words = command.split()
    tool, name = (words[0], "".join(words[1:])) if words[0] in TOOLS else ("", words[0])
    group: Any = typer.main.get_command(build_app(tool, name, Streams(), alone=True))
    for word in words:
        group = group.commands[word]
    for option in (param for param in group.params if param.param_type_name == "option"):
        flag = max(option.opts, key=len)
        if option.is_flag or option.name == "help":
            continue
        if option.multiple:
            assert flag in LISTS or (tool in SEVERAL_INPUTS and flag == "--input")
            continue
        others = [spelled for spelled in option.opts if spelled != flag]
        ran = loss(*words, flag, "1", f"{flag}=2")
        assert (ran.status, ran.out) == (2, ""), flag
        assert ran.err.startswith(f"loss: {flag} is given twice")
        for other in others:
            assert loss(*words, flag, "1", f"{other}2", other, "3").err.startswith(
                f"loss: {flag} is given 3 times"
            )


def test_several_inputs(loss: Loss) -> None:
    for command in ("explain ce", "diagnose ce", "reconcile ce --value 1", "softmax", "entropy"):
        ran = loss(*command.split(), "-i", "a.csv", "--input", "b.csv")
        assert (ran.status, ran.out) == (2, "")
        assert "one input is taken at a time; give one in each run" in ran.err


def test_a_second_target_is_named_before_a_second_input(loss: Loss) -> None:
    ran = loss("ce", "-i", "a.csv", "-i", "b.csv", "-t", "c.csv", "-t", "d.csv", "-q")
    assert (ran.status, ran.err) == (2, "loss: --target is given twice; give it once\n")


def test_switches_and_lists_may_be_repeated(loss: Loss) -> None:
    call = ("ce", "-i", "samples/digits/logits.npy", "-t", "samples/digits/labels.npy")
    assert loss(*call, "-q", "-q", "--quiet").status == 0
    logits, labels = call[2], call[4]
    assert loss(*call, "-q", "--params", logits, "--params", labels, "--l2", "1").status == 0
