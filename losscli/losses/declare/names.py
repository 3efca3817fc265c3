"""What a name means that no loss has: a library's name, other words, or a slip of the pen.

Only the index is read: no loss is imported, but for those of other packages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from losscli.errors import show, spelled
from losscli.losses.declare.equivalent import (
    NAMES_OF_LIBRARIES,
    Equivalent,
    equivalents,
    said,
)
from losscli.losses.declare.plugins import entries
from losscli.losses.index import TITLES, Entry

PREFIXES = {"nn": "torch", "f": "torch", "tf": "keras", "jax": "optax", "metrics": "sklearn"}
"""The libraries that the first part of a dotted name means, besides their own names."""
NAMED = 3
"""How many losses a hint names."""
SLIP, SIMILAR = 0.9, 0.75
"""How similar a name is to what was typed, of 1: certainly a slip, or perhaps."""
FEW = 3
"""How many letters must begin alike to be similar."""


class Sense(NamedTuple):
    """What a name means: a loss, in a library or, where that is empty, by this program's words."""

    name: str
    loss: str
    library: str
    equivalent: Equivalent

    @property
    def options(self) -> str:
        """What to type for the library's defaults."""
        return self.equivalent.options


def senses(name: str) -> list[Sense]:
    """Return the losses that libraries call by a name, as it is written or else nearly so.

    A dotted name is looked for in its library: `F.cross_entropy`, `keras.losses.Huber`. A name of
    this program in another spelling belongs to no library, except as the library writes it.
    """
    call, bracket, rest = name.removesuffix("()").partition("(")
    *path, last = call.split(".")
    last += bracket + rest
    first = path[0].lower() if path else ""
    library = first if first in NAMES_OF_LIBRARIES else PREFIXES.get(first, "")
    known = [sense for sense in _senses() if library in ("", sense.library)]
    found = [sense for sense in known if last == _bare(sense.name)]
    if not found and not library and _own(last):
        return []
    # Keras has each class as a function, too: binary_crossentropy is its BinaryCrossentropy, rather
    # than another library's function.
    exact = {sense.library for sense in found}
    others = [sense for sense in known if sense.library not in exact]
    found += [sense for sense in others if _words(last) == _words(_bare(sense.name))]
    found = found or [s for s in known if _folded(last) == _folded(_bare(s.name))]
    # A class and its function are one.
    once: dict[tuple[str, ...], Sense] = {}
    for sense in found:
        once.setdefault((sense.library, sense.loss, *sense.equivalent.names), sense)
    return list(once.values())


def suggestions(name: str) -> list[Sense]:
    """Return what a name that nothing has may mean: by its words, else by its letters."""
    last = _bare(name.removesuffix("()"))
    key, typed = _core(last), set(_words(last)) - {"loss"}
    if not typed:
        return []
    names = [*_own_names()]
    known = [*names, *_other_words(), *(sense for sense in _senses() if "(" not in sense.name)]
    found = (
        [sense for sense in known if _core(_bare(sense.name)) == key]
        or [sense for sense in known if typed <= set(_words(_bare(sense.name)))]
        or _similar(key, known, SLIP)
        # weighted_bce is about bce.
        or [sense for sense in names if set(_words(sense.name)) < typed]
        or _similar(key, known, SIMILAR)
    )
    first: dict[str, Sense] = {}
    for sense in found:
        first.setdefault(sense.loss, sense)
    return list(first.values())


def _similar(key: str, known: Sequence[Sense], least: float) -> list[Sense]:
    """Return the sense whose letters are the most like those of a name, if any is; at most one."""
    import difflib

    by_key = {_core(_bare(sense.name)): sense for sense in reversed(known)}
    near = difflib.get_close_matches(key, by_key, n=1, cutoff=least)
    # With so few letters another name is as likely as a slip: ece is not ce.
    return [by_key[found] for found in near if len(key) > FEW or found[0] == key[0]]


def about(words: Sequence[str]) -> list[str]:
    """Return the losses of a family, or those whose names, words or summary have all words."""
    asked = _folded("".join(words))
    for family, title in TITLES.items():
        if asked in {_folded(family), _folded(title), *map(_folded, title.split())} - {"and"}:
            return [name for name, entry in entries().items() if entry.family == family]
    texts = {name: [*map(_words, _texts(name, entry))] for name, entry in entries().items()}
    # Together they are a name; apart, each is somewhere.
    for keys in ([asked], [_folded(word) for word in words]):
        if found := [name for name in texts if all(_is_in(key, texts[name]) for key in keys)]:
            return found
    return [sense.loss for sense in suggestions(" ".join(words))]


def hint(name: str) -> str:
    """Return what to say of a name that no loss has; empty if nothing is like it."""
    if found := senses(name):
        return "; ".join(map(described, found))
    found = suggestions(name)
    if not found:
        return ""
    named = [_command(sense) for sense in found[:NAMED]]
    choice = " or ".join(filter(None, (", ".join(named[:-1]), named[-1])))
    more = spelled(f"or one of {len(found)} others", f"loss list {name} shows {len(found)}")
    rest = f" ({more})" if len(found) > NAMED else ""
    remark = found[0].equivalent.remark if len(found) == 1 and not found[0].library else ""
    return f"did you mean {choice}?{rest}" + (f" {show(name)[1:-1]} is {remark}" if remark else "")


def described(sense: Sense) -> str:
    """Return what a library's name means here, in words for a message."""
    given = f" with {said(sense.options)}" if sense.options else ""
    there = f" (there {sense.equivalent.remark})" if sense.equivalent.remark else ""
    return f"{NAMES_OF_LIBRARIES[sense.library]}'s {sense.name} is {sense.loss}{given}{there}"


def _command(sense: Sense) -> str:
    own = sense.options if not sense.library else ""
    return f"{sense.loss} with {said(own)}" if own else sense.loss


def _senses() -> Iterator[Sense]:
    for loss, entry in entries().items():
        for library in NAMES_OF_LIBRARIES:
            for known in equivalents(getattr(entry, library), library):
                yield from (Sense(name, loss, library, known) for name in known.names)


def _own_names() -> Iterator[Sense]:
    for loss, entry in entries().items():
        yield from (Sense(name, loss, "", Equivalent((name,))) for name in (loss, *entry.aliases))


def _other_words() -> Iterator[Sense]:
    for loss, entry in entries().items():
        for known in equivalents(entry.words):
            yield from (Sense(word, loss, "", known) for word in known.names)


def _texts(name: str, entry: Entry) -> Iterator[str]:
    yield from (name, *entry.aliases, entry.summary)
    for library in ("words", *NAMES_OF_LIBRARIES):
        for known in equivalents(getattr(entry, library)):
            yield from known.names


def _is_in(key: str, texts: Sequence[Sequence[str]]) -> bool:
    """Whether a key is in a text, from the beginning of a word on."""
    return any("".join(text[at:]).startswith(key) for text in texts for at in range(len(text)))


def _own(name: str) -> bool:
    key = _folded(name)
    return any(key in map(_folded, (loss, *entry.aliases)) for loss, entry in entries().items())


def _bare(name: str) -> str:
    """Return a name without its module: `F.cross_entropy` is `cross_entropy`."""
    return name if "(" in name else name.rpartition(".")[2]


def _folded(text: str) -> str:
    """Return a text in the spelling in which names are compared."""
    return re.sub(r"[-_ ]", "", text.lower())


def _core(text: str) -> str:
    """Return a name without `loss`: `focal_loss` and `loss focal` are focal."""
    return _folded(re.sub(r"(?i)^loss[-_ ]?|[-_ ]?loss$", "", text))


def _words(text: str) -> list[str]:
    """Return the words of a name: those of `BCEWithLogits` are bce, with, logits."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", text)
    return [word for word in re.split(r"[^\w]+|_", spaced.lower()) if word]
