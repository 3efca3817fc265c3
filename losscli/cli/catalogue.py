"""The commands other than losses: what `loss --help` says about them, and where each is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from losscli.output.streams import Streams

if TYPE_CHECKING:
    from losscli.losses.declare.registry import Loss

Command = Callable[..., Any]


class Tool(NamedTuple):
    """A command other than a loss."""

    summary: str
    example: str
    make: Callable[[str, Streams], Command] | None
    """Returns, for a name, the function that Typer calls; its docstring goes on in the help."""
    make_for: Callable[[Loss, Streams], Command] | None = None
    """Of a tool whose next word is a loss: returns the function for that loss."""


def _explain(loss: Loss, streams: Streams) -> Command:
    from losscli.commands.explain.command import explain_command

    return explain_command(loss, streams)


def _list(_: str, streams: Streams) -> Command:
    from losscli.commands.listing.command import list_command

    return list_command(streams)


def _info(_: str, streams: Streams) -> Command:
    from losscli.commands.listing.command import info_command

    return info_command(streams)


def _transform(name: str, streams: Streams) -> Command:
    from losscli.commands.transform.command import transform_command

    return transform_command(name, streams)


def _entropy(_: str, streams: Streams) -> Command:
    from losscli.commands.entropy.command import entropy_command

    return entropy_command(streams)


def _compare(_: str, streams: Streams) -> Command:
    from losscli.commands.compare.command import compare_command

    return compare_command(streams)


def _diagnose(loss: Loss, streams: Streams) -> Command:
    from losscli.commands.diagnose.command import diagnose_command

    return diagnose_command(loss, streams)


def _reconcile(loss: Loss, streams: Streams) -> Command:
    from losscli.commands.reconcile.command import reconcile_command

    return reconcile_command(loss, streams)


def _rule(_: str, streams: Streams) -> Command:
    from losscli.commands.diagnose.rule_page import rule_command

    return rule_command(streams)


def _help(_: str, streams: Streams) -> Command:
    from losscli.commands.help.command import help_command

    return help_command(streams)


DIGITS = "samples/digits"
LOGITS = "samples/step-by-step/logits.csv"
BINARY = "samples/binary/logits.csv"
TOOLS = {
    "explain": Tool(
        "From the file to the number: one sample, step by step.",
        f"loss explain ce -i {LOGITS} -t samples/step-by-step/labels.csv",
        None,
        _explain,
    ),
    "diagnose": Tool(
        "What is wrong with a loss's files: findings, numbers, what to type next.",
        f"loss diagnose ce -i {DIGITS}/logits.npy -t {DIGITS}/labels.npy",
        None,
        _diagnose,
    ),
    "rule": Tool(
        "What diagnose looks for: one rule with a worked example, or all.", "loss rule L101", _rule
    ),
    "reconcile": Tool(
        "Why another number differs: libraries' conventions, usual mistakes.",
        f"loss reconcile ce -i {DIGITS}/logits.npy -t {DIGITS}/labels.npy --value 1.5547",
        None,
        _reconcile,
    ),
    "compare": Tool(
        "Two outputs for the same samples: how far apart, and where.",
        f"loss compare -i {DIGITS}/logits_int4.npy --reference {DIGITS}/logits.npy "
        f"-t {DIGITS}/labels.npy",
        _compare,
    ),
    "list": Tool(
        "All losses by family, with their names in other libraries.", "loss list -f json", _list
    ),
    "info": Tool(
        "One loss: formula, range, options, equivalences, pitfalls, source.",
        "loss info ce",
        _info,
    ),
    "softmax": Tool("Probabilities of logits.", f"loss softmax -i {LOGITS}", _transform),
    "log-softmax": Tool(
        "Log-probabilities of logits, stable.", f"loss log-softmax -i {LOGITS}", _transform
    ),
    "sigmoid": Tool("Probabilities of binary logits.", f"loss sigmoid -i {BINARY}", _transform),
    "log-sigmoid": Tool(
        "Log-probabilities of binary logits, stable.", f"loss log-sigmoid -i {BINARY}", _transform
    ),
    "entropy": Tool(
        "Entropy, cross entropy, KL and Jensen-Shannon of distributions.",
        "loss entropy -i samples/entropy/p.csv -t samples/entropy/q.csv",
        _entropy,
    ),
    "help": Tool("Reference pages on all that the commands share.", "loss help sources", _help),
}
