"""What a library calls a loss, typed as a command: it runs where the defaults are the same.

Otherwise the command to type is the answer, with the words that were typed.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from losscli.cli.app import place_of_loss
from losscli.cli.catalogue import TOOLS
from losscli.errors import LONGEST_LINE, UsageError, for_command_line, show
from losscli.losses.index import built_in
from losscli.output.streams import Streams

TYPE_CHECKING = False
if TYPE_CHECKING:
    from losscli.losses.declare.names import Sense

HELP = {"--help", "-h"}
SHORT = {"reduction": "-r"}


def in_our_words(argv: list[str], streams: Streams) -> list[str]:
    """Return a command line with the loss that a library's name means in place of that name.

    Raises UsageError where several losses have the name, or its defaults are not ours.
    """
    at = place_of_loss(argv)
    if at is None or built_in(argv[at]):
        return argv
    from losscli.losses.declare import plugins
    from losscli.losses.declare.names import described, senses

    found = senses(argv[at])
    if not found or plugins.find(argv[at]):
        return argv
    before, after = argv[:at], argv[at + 1 :]
    describes = any(word in TOOLS and TOOLS[word].describes for word in before)
    is_read = describes or bool(HELP & set(after))
    losses: dict[str, Sense] = {}
    for sense in sorted(found, key=lambda sense: not sense.equivalent.is_same):
        losses.setdefault(sense.loss, sense)
    meant = list(losses.values())
    if len(meant) == 1 and (is_read or _is_same(meant[0], after)):
        streams.note(f"note: {'; '.join(map(described, found))}")
        return [*before, meant[0].loss, *after]
    choice = [
        " ".join(["loss", *before, sense.loss, *([] if is_read else _missing(sense, after))])
        for sense in meant
    ]
    says = ["; ".join(map(described, found)), described(meant[0])]
    if len(meant) > 1:
        word = show(argv[at])[1:-1]
        says = [f"{word} is the name of {len(meant)} losses, which loss list {word} describes"]
    raise UsageError(_that_fits(says, choice, shlex.join(after)))


def _that_fits(says: Sequence[str], choice: Sequence[str], given: str) -> str:
    """Return the first of the messages that is a line; the words that are given may be left out."""
    message = ""
    for what in says:
        for words in (given, "..."):
            commands = ", or: ".join(f"{start} {words}".rstrip() for start in choice)
            message = f"{what}; type: {commands}"
            if len(for_command_line(message)) <= LONGEST_LINE:
                return message
    return message


def _is_same(sense: Sense, after: Sequence[str]) -> bool:
    return not sense.equivalent.remark and not _missing(sense, after)


def _missing(sense: Sense, after: Sequence[str]) -> list[str]:
    """Return the options for the library's defaults that are not among the typed words."""
    from losscli.losses.declare.equivalent import parts

    typed = {word.partition("=")[0].replace("--no-", "--", 1) for word in after}
    typed |= {word[:2] for word in after}
    missing = []
    for option in parts(sense.options):
        flag = option.split(" ")[0].replace("--no-", "--", 1)
        if not {flag, SHORT.get(flag[2:])} & typed:
            missing.append(option)
    return missing
