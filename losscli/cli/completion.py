"""What a shell may offer at the end of an unfinished command line."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from losscli.cli.catalogue import TOOLS
from losscli.cli.front_page import OPTIONS
from losscli.commands.completion import losses
from losscli.losses.declare.installed import entries
from losscli.output.streams import Streams

PATIENCE = 0.3
"""Seconds of computing that files may take; a slower answer is not given."""
LATEST = 3.0
"""Seconds that they may take at all, on a disk that hangs."""
_LONG_OPTION = re.compile(r"--[\w-]+=")


class Offer(NamedTuple):
    """A word that may be typed, and what it means."""

    word: str
    help: str = ""


def offers(words: Sequence[str], word: str, streams: Streams) -> list[Offer]:
    """Return the words that begin as `word` does and may follow the complete words after `loss`.

    Errors are those of a command line that is wrong, or of a file that cannot be read.
    """
    option = _LONG_OPTION.match(word)
    if option is None:
        return [*_following(list(words), word, streams)]
    found = offers([*words, option[0][:-1]], word[option.end() :], streams)
    return [offer._replace(word=type(offer.word)(option[0] + offer.word)) for offer in found]


def _following(words: list[str], word: str, streams: Streams) -> Iterable[Offer]:
    if not words:
        long = {flags.split(", ")[-1]: text for flags, text in OPTIONS.items()}
        return _starting(word, long) if word.startswith("-") else _commands(word)
    tool, after = TOOLS.get(words[0]), words[1:]
    if tool and tool.kinds and not word.startswith("-"):
        if not after:
            return _starting(word, {name: kind.summary for name, kind in tool.kinds.items()})
        tool, after = tool.kinds.get(after[0]), after[1:]
    if not after and tool and tool.on_loss and not word.startswith("-"):
        return _losses(word)
    found = [*_of_command(words, word, streams)]
    # `loss help ce` is `loss ce --help`.
    return _commands(word) if words == ["help"] and not found else found


def _starting(word: str, known: dict[str, str]) -> Iterator[Offer]:
    return (Offer(name, text) for name, text in known.items() if name.startswith(word))


def _commands(word: str) -> Iterator[Offer]:
    yield from _losses(word)
    yield from _starting(word, {name: tool.summary for name, tool in TOOLS.items()})


def _losses(word: str) -> Iterator[Offer]:
    summaries = {
        name: entry.summary for loss, entry in entries().items() for name in (loss, *entry.aliases)
    }
    return (Offer(name, summaries.get(name, "")) for name in dict.fromkeys(losses(word)))


def _of_command(words: list[str], word: str, streams: Streams) -> Iterator[Offer]:
    """Yield what the options and arguments of the typed command offer."""
    import typer

    from losscli.cli.app import build_app, place_of_loss, require_known, typed_words
    from losscli.losses.declare.names import senses
    from losscli.losses.index import built_in

    at = place_of_loss(words)
    if at is not None and not built_in(words[at]) and (meant := senses(words[at])):
        words = [*words[:at], meant[0].loss, *words[at + 1 :]]
    tool, loss = typed_words(words)
    require_known(tool, loss)
    command: Any = typer.main.get_command(build_app(tool, loss, streams, alone=True))
    rest = list(words)
    while rest and rest[0] in getattr(command, "commands", {}):
        command = command.commands[rest.pop(0)]
    context = command.make_context("loss", list(rest), resilient_parsing=True)
    for item in _asked(command, context, rest, word):
        yield Offer(item.value, " ".join((item.help or "").replace("\\[", "[").split()))


def _hurry() -> None:
    """End the process, for which the shell waits, if it takes too long from here on."""
    for number in (signal.SIGPROF, signal.SIGALRM):
        signal.signal(number, lambda *_: os._exit(0))
    signal.setitimer(signal.ITIMER_PROF, PATIENCE)
    signal.setitimer(signal.ITIMER_REAL, LATEST)


def _asked(command: Any, context: Any, rest: list[str], word: str) -> list[Any]:
    """Return what the option before the word, the argument, or the command itself offers."""
    params = command.get_params(context)
    if not word.startswith("-"):
        arguments = [param for param in params if not param.opts[0].startswith("-")]
        for param in params:
            if rest and rest[-1] in param.opts and not param.is_flag:
                arguments = [param]
        for param in arguments:
            _hurry()
            found: list[Any] = param.shell_complete(context, word)
            return found
    # Short names are for those who know them: a list has the long ones.
    options = command.shell_complete(context, word or "-")
    return [option for option in options if len(word) > 1 or option.value.startswith("--")]
