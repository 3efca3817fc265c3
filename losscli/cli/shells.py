"""How shells ask what they may offer, each in its own way, and what they get.

Bash splits words at `:` and `=` too, and replaces only the last part.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from losscli.cli.completion import Offer, offers
from losscli.commands.completion import FileName
from losscli.output.streams import Streams

LINE = "_TYPER_COMPLETE_ARGS"
"""The line up to the cursor, as in the scripts of Typer."""
_OPEN = ("/", ":", "=")
"""How a word ends that goes on, so that no blank follows it."""
_PIECE = re.compile(
    r"""(?P<blank>\s+)|\\(?P<escaped>.?)|"(?P<double>(?:[^"\\]|\\.)*+)(?P<end>"|\\?\Z)"""
    r"""|'(?P<single>[^']*)(?P<stop>'|\Z)|(?P<plain>[^\s"'\\]+)""",
    re.DOTALL,
)
_REPLACED = re.compile(r"(?<!\\)[$`]")
_ESCAPED = re.compile(r"\\([$`\"\\\n])")


class Line(NamedTuple):
    """A command line as its shell reads it."""

    words: list[str]
    """The complete words after the name of the command."""
    word: str = ""
    """The unfinished one, without its quotes."""
    quote: str = ""
    """The quote that is not closed yet."""
    expands: bool = False
    """Whether it is a path in which the shell replaces something, such as $HOME."""


def answer(environ: Mapping[str, str], streams: Streams) -> None:
    """Print what a shell gets for its line: nothing where there is nothing to offer.

    The variable is `complete_SHELL`, or `source_SHELL` for the script of that shell.
    """
    asked, _, shell = environ["_LOSS_COMPLETE"].partition("_")
    if asked == "source":
        from losscli.cli.scripts import script_of

        streams.write([script_of(shell)])
        return
    try:
        line = _line_of(shell, environ)
        found = [] if line.expands else offers(line.words, line.word, streams)
        found = [offer for offer in found if offer.word.isprintable()]
        lines = [*_ANSWERS[shell](line, found, environ)]
    except Exception:
        # What is wrong with the line or with a file is said when the command runs.
        return
    streams.write(f"{text}\n" for text in lines)


def _line_of(shell: str, environ: Mapping[str, str]) -> Line:
    if shell == "bash" and "COMP_LINE" not in environ:
        # A script of Typer's.
        words, at = read_line(environ["COMP_WORDS"] + " ").words, int(environ["COMP_CWORD"]) - 1
        return Line(words[:at], words[at] if at < len(words) else "")
    line = read_line(environ["COMP_LINE" if shell == "bash" else LINE])
    if shell in ("powershell", "pwsh"):
        word = environ.get("_TYPER_COMPLETE_WORD_TO_COMPLETE", "")
        words = [*line.words, *filter(None, [line.word])]
        return Line(words[:-1] if word else words, word)
    return line


def read_line(text: str) -> Line:
    """Return the words of an unfinished line as shells split it."""
    words, quote, expands = [""], "", False
    begun = False
    for piece in _PIECE.finditer(text):
        kind, found = piece.lastgroup, piece[0]
        quote = ""
        if piece["blank"] is not None:
            if begun:
                words.append("")
            begun = expands = False
            continue
        begun = True
        if piece["double"] is not None:
            found = _ESCAPED.sub(r"\1", piece["double"])
            quote = '"' if piece["end"] != '"' else ""
        elif piece["single"] is not None:
            found, quote = piece["single"], "'" if piece["stop"] != "'" else ""
        elif piece["escaped"] is not None:
            found = piece["escaped"]
        words[-1] += found
        expands = expands or (kind in ("plain", "end") and _REPLACED.search(piece[0]) is not None)
    # After `::` there are names, whatever the path before them becomes.
    return Line(words[1:-1], words[-1], quote, expands and "::" not in words[-1])


def _for_bash(line: Line, found: list[Offer], environ: Mapping[str, str]) -> Iterator[str]:
    """Yield options of compopt, then words that replace the last part of the typed one."""
    if "COMP_LINE" not in environ:
        yield from (offer.word for offer in found)
        return
    if line.expands:
        yield "-o default"
        return
    typed = environ.get("COMP_WORD", "")
    replaced = read_line(f"loss {line.quote}{typed}").word
    cut = len(line.word) - len(replaced) if line.word.endswith(replaced) else 0
    are_files = all(isinstance(offer.word, FileName) for offer in found)
    how = ["-o nosort"]
    how += ["-o filenames"] if are_files else []
    how += ["-o nospace"] if all(offer.word.endswith(_OPEN) for offer in found) else []
    yield " ".join(how)
    for offer in found:
        part = offer.word[cut:]
        if not are_files:
            yield _quoted(part, line.quote)
        else:
            # Bash itself adds the slash, after a quote that it closes.
            yield part.rstrip("/") if os.path.isdir(os.path.expanduser(part)) else part


def _quoted(word: str, quote: str) -> str:
    """Return a word as it is typed, after this quote or without one."""
    if quote == "'":
        return word.replace("'", "'\\''")
    if quote:
        return re.sub(r'([$`"\\])', r"\\\1", word)
    return re.sub(r"([^\w@%+=:,./-])", r"\\\1", word)


def _for_zsh(line: Line, found: list[Offer], _: Mapping[str, str]) -> Iterator[str]:
    """Yield `open` or `closed`, the part behind the last separator, and what it means."""
    if line.expands:
        yield "files"
    cut = max(map(line.word.rfind, "/:,=")) + 1
    for offer in found:
        part = offer.word[cut:].replace("\\", "\\\\").replace(":", "\\:")
        way = "open" if offer.word.endswith(_OPEN) else "closed"
        yield f"{way} {part}" + (f":{offer.help}" if offer.help else "")


def _for_fish(line: Line, found: list[Offer], _: Mapping[str, str]) -> Iterator[str]:
    """Yield whole words, in which Fish would quote a variable, and what each of them means."""
    if "$" not in line.word:
        yield from (f"{offer.word}\t{offer.help}".rstrip("\t") for offer in found)


def _for_powershell(_: Line, found: list[Offer], __: Mapping[str, str]) -> Iterator[str]:
    for offer in found:
        word = f"'{offer.word}'" if " " in offer.word else offer.word
        yield f"{word}:::{offer.help or ' '}"


_ANSWERS = {
    "bash": _for_bash,
    "zsh": _for_zsh,
    "fish": _for_fish,
    "powershell": _for_powershell,
    "pwsh": _for_powershell,
}
