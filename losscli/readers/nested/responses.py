"""Log-probabilities of tokens in the responses of language models, as their interfaces document it.

`::logprobs` is one log-probability per token, that of the token chosen, as shape (n, 1), and the
target beside it is class 0 for each: so the terms of the negative log-likelihood are minus these.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, NoReturn

import numpy as np

from losscli.errors import DataError, UsageError, show
from losscli.readers.class_names import ClassNames
from losscli.readers.document import Document
from losscli.readers.nested.document import Nested
from losscli.readers.nested.tree import Mapping, Node, Number, Scalar, cells
from losscli.readers.nested.tree import Sequence as List
from losscli.readers.nested.tree_array import NON_FINITE
from losscli.readers.source import ArraySource, Source, noted

FIELDS = (
    # OpenAI, chat completions; vLLM, llama.cpp and others imitate them.
    "choices.*.logprobs.content.*.logprob",
    # OpenAI, completions, the older interface; vLLM, Together. With an echo, the first is null.
    "choices.*.logprobs.token_logprobs.*",
    # OpenAI, responses.
    "output.*.content?.*.logprobs?.*.logprob",
    # llama.cpp, its own /completion.
    "completion_probabilities.*.logprob",
)
PROMPT_FIELDS = (
    # vLLM: for each token of the prompt a mapping by token; the first is null.
    "prompt_logprobs.*.TOKEN.logprob",
    "choices.*.prompt_logprobs.*.TOKEN.logprob",
)
_BATCH = "response.body."
"""Where each line of OpenAI's batch output holds its response."""
_MARK = -9999.0
"""Written for a token that is too unlikely to be listed, by OpenAI, and by vLLM for -inf."""
_FIRST_IS_NULL = ("token_logprobs.*", "TOKEN.logprob")
_KEYS = {"logprobs": FIELDS, "prompt_logprobs": PROMPT_FIELDS}


class Token(NamedTuple):
    """One log-probability and where it is; counts begin with 1."""

    value: float
    line: int
    response: int
    number: int


def responses_of(nested: Nested) -> Responses | None:
    """Return a text as responses; None for any other text."""
    first = next(_responses(nested.root), None)
    if first is None or {"logprobs", "target", "input"} & first.items.keys():
        return None
    for key, fields in _KEYS.items():
        for field in (*fields, *(_BATCH + field for field in fields)):
            if _has(first, field):
                return Responses(nested, key)
    return None


def _responses(root: Node) -> Iterator[Mapping]:
    """Yield the responses of a text: itself, or the items of its list."""
    items = cells(root) if isinstance(root, List) else iter([root])
    yield from (item for item in items if isinstance(item, Mapping))


class Responses(Document):
    """Responses of a language model, of which the tokens are the samples."""

    kind = "responses of a language model"

    def __init__(self, nested: Nested, key: str) -> None:
        self.nested = nested
        self.label = nested.label
        self.keys = (key, "target")
        self._key = key
        self._tokens: list[Token] = []
        self._field = ""

    def source(self, selector: str | None, classes: ClassNames | None) -> Source:
        """Return the log-probabilities, the labels of the tokens, or what a path leads to."""
        if selector in _KEYS:
            return self._log_probabilities(selector)
        if selector == "target":
            labels = np.zeros(len(self._read(self._key)), np.int64)
            return ArraySource(labels, f"{self.label}::chosen token", place=self._place)
        if selector is not None and "top_logprobs" in selector.split("."):
            raise UsageError(
                f"{self.label}: top_logprobs hold the most likely tokens only, a part of the "
                "distribution; use ::logprobs, with nll"
            )
        return self.nested.source(selector, classes)

    def beside(self, selector: str | None) -> Document:
        """Return the part of the text that contains the end of a path, and its neighbors."""
        if selector in _KEYS:
            return self if selector == self._key else Responses(self.nested, selector)
        return self.nested.beside(selector) if selector else self

    def _log_probabilities(self, key: str) -> Source:
        tokens = self._read(key)
        values = np.array([[token.value] for token in tokens])
        count = tokens[-1].response if tokens else 0
        if not count:
            raise DataError(f"{self.label}: the responses have no tokens; ask for longer ones")
        source: Source = ArraySource(values, f"{self.label}::{key}", place=self._place)
        source.of_target = True
        number = f"{len(tokens)} token{'s' * (len(tokens) > 1)}"
        note = f"{number} of {count} response{'s' * (count > 1)}, under {_shown(self._field)}"
        return noted(source, f"{self.label}: {note}; each log-probability is a term of nll")

    def _place(self, index: Sequence[int]) -> str:
        if not index:
            return "the responses"
        token = self._tokens[index[0]]
        return f"line {token.line} (response {token.response} token {token.number})"

    def _read(self, key: str) -> list[Token]:
        """Return the tokens of all responses, which must have the fields of the first one."""
        if self._tokens and key == self._key:
            return self._tokens
        self._key, self._tokens = key, []
        fields = [prefix + field for prefix in ("", _BATCH) for field in _KEYS[key]]
        for number, response in enumerate(_responses(self.nested.root), 1):
            if not self._field:
                self._field = next((field for field in fields if _has(response, field)), "")
            leaves = list(_at(response, (self._field or fields[0]).split(".")))
            if not leaves or not self._field:
                self._refuse(response.line, number, self._field or fields[0])
            for count, (leaf, rest) in enumerate(leaves, 1):
                self._take(leaf, rest, number, count)
        return self._tokens

    def _take(self, leaf: Node, rest: Sequence[str], response: int, number: int) -> None:
        """Collect the log-probability of a token; the first token of a text may have none."""
        place = f"{self.label} line {leaf.line} (response {response} token {number})"
        if rest[:1] == ["TOKEN"] and isinstance(leaf, Mapping):
            raise DataError(
                f"{place}: several tokens, and none is marked as that of the prompt; request "
                "prompt_logprobs=0"
            )
        missing = isinstance(leaf, Scalar) and leaf.text == "null"
        if missing and number == 1 and self._field.endswith(_FIRST_IS_NULL):
            return
        if rest or missing or not isinstance(leaf, Scalar):
            self._refuse(leaf.line, response, self._field)
        value = leaf.value if isinstance(leaf, Number) else NON_FINITE.get(leaf.text)
        if value is None:
            raise DataError(f"{place}: {show(leaf.text)} is not a number; write one")
        if value == _MARK:
            raise DataError(
                f"{place}: {_MARK} marks a token that is too unlikely to be listed: its "
                "log-probability is not known; remove the token"
            )
        self._tokens.append(Token(value, leaf.line, response, number))

    def _refuse(self, line: int, response: int, field: str) -> NoReturn:
        raise DataError(
            f"{self.label} line {line} (response {response}): expected a log-probability for each "
            f"token ({_shown(field)}); request them, or remove the response"
        )


def _shown(field: str) -> str:
    return field.replace("?", "").replace(".*", "[]")


def _has(response: Node, field: str) -> bool:
    """Tell whether a response has log-probabilities in a field, even if they cannot be used."""
    return any(
        (isinstance(leaf, Number) and not rest)
        or (isinstance(leaf, Mapping) and rest[:1] == ["TOKEN"])
        for leaf, rest in _at(response, field.split("."))
    )


def _at(node: Node, steps: Sequence[str]) -> Iterator[tuple[Node, Sequence[str]]]:
    """Yield what is at the end of a path, and the steps that are left where it ends early.

    `*` stands for each item of a list, `TOKEN` for the only key of a mapping; a key with `?` may be
    missing.
    """
    step, rest = (steps[0], steps[1:]) if steps else ("", steps)
    if step == "*" and isinstance(node, List):
        for item in cells(node):
            yield from _at(item, rest)
    elif step == "TOKEN" and isinstance(node, Mapping) and len(node.items) == 1:
        (only,) = node.items.values()
        yield from _at(only, rest)
    elif isinstance(node, Mapping) and step.removesuffix("?") in node.items:
        yield from _at(node.items[step.removesuffix("?")], rest)
    elif not step.endswith("?"):
        yield node, steps
