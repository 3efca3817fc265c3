"""Strict JSON and JSON Lines: tokens by regular expression, no recursion, line numbers."""

from __future__ import annotations

import json
import math
import re
from itertools import accumulate

from losscli.errors import DataError, show
from losscli.readers.document import Document, ReadOptions
from losscli.readers.file import File
from losscli.readers.lines import LONGEST
from losscli.readers.nested.records import document_of
from losscli.readers.nested.tree import Builder, Mapping, Node, Number, Scalar, Sequence
from losscli.readers.numerals import EXACT, parse_integer, parse_number

_NUMBER = r"-?+(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][-+]?[0-9]++)?+"
_SPACE = r"[ \t\n\r]*+"
_TOKEN = re.compile(
    rf'(?P<mark>[\[\]{{}},:])|(?P<string>"(?:[^"\\\x00-\x1f]|\\.)*+")'
    rf"|(?P<number>{_NUMBER}|NaN|-?Infinity)(?![0-9A-Za-z.+])|(?P<word>true|false|null)\b"
)
_BLANK = re.compile(_SPACE)
# A list of only numbers is read in one go: about fifty times as fast as token by token.
_NUMBERS = re.compile(rf"\[{_SPACE}{_NUMBER}(?:{_SPACE},{_SPACE}{_NUMBER})*+{_SPACE}\]")
_AHEAD = 4096
_SHOWN = re.compile(r"[\w.+-]{1,40}|.", re.DOTALL)


def open_json(file: File, options: ReadOptions) -> Document:
    """Read a JSON file, which holds one value; DataError names the line of a fault.

    A file with a value on each line is JSON Lines, whatever its name.
    """
    if _is_lines(file):
        from losscli.readers.nested.json_lines import open_json_lines

        return open_json_lines(file, options)
    return document_of(_Parser(file, _text(file)).document(), file.label)


def _is_lines(file: File) -> bool:
    """Tell whether a line ends with a closing bracket and the next one begins with an opening one.

    There is no such place in JSON.
    """
    with file.stream() as stream:
        first = stream.readline(LONGEST).rstrip()
        return first[-1:] in (b"]", b"}") and stream.read(_AHEAD).lstrip()[:1] in (b"[", b"{")


def read_json_lines(file: File, size: int = -1) -> Node | None:
    """Read a JSON Lines file as the list of its values; DataError names the line of a fault.

    Reading stops after `size` bytes, which must be the end of a line.
    """
    return _Parser(file, _text(file, size)).lines()


def _text(file: File, size: int = -1) -> str:
    """Return the text without its byte order mark."""
    file.check_whole(None if size < 0 else size)
    with file.stream() as stream:
        data = stream.read(size)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataError(f"{file.label} line {line}: not UTF-8; save the file as UTF-8") from None


class _Parser:
    """One pass over a text up to `end`; `position` advances, and `line` with it."""

    def __init__(self, file: File, text: str) -> None:
        self.text = text
        self.position = 0
        self.end = len(text)
        self.line = 1
        self.builder = Builder(file.label, file.size)

    def document(self) -> Node | None:
        """Parse one value and check that nothing follows."""
        self._skip()
        if self.position == self.end:
            return None
        self._value()
        self._skip()
        if self.position < self.end:
            fix = "remove it"
            if self.text[self.position] in "{[":
                fix = "if it is JSON Lines, type jsonl:PATH"
            elif self.text[self.position] in ",;\t":
                fix = "if it is CSV, type csv:PATH"
            raise self._fail(f"extra text after the first value: {self._shown_rest()}; {fix}")
        return self.builder.root

    def lines(self) -> Node | None:
        """Parse one value per line into a list; blank lines may only end the text."""
        last = len(self.text.rstrip(" \t\n\r"))
        if not last:
            return None
        self.builder.open(Sequence(1))
        while self.position < last:
            stop = self.text.find("\n", self.position)
            self.end = len(self.text) if stop < 0 else stop
            self._skip()
            if self.position == self.end:
                raise self._fail("a blank line is a missing value; remove the line")
            self._value()
            self._skip()
            if self.position < self.end:
                raise self._fail(
                    f"extra text after the value: {self._shown_rest()}; write one value per line"
                )
            self.position = self.end + 1
            self.line += 1
        return self.builder.close()

    def _value(self) -> None:
        """Parse a value and everything in it."""
        builder = self.builder
        outside = builder.depth
        due = False
        while True:
            if not self._numbers():
                kind, token = self._token()
                if token in ("]", "}"):
                    if due:
                        problem = f"expected a value before {show(token)}"
                        raise self._fail(f"{problem}; an extra comma? remove it")
                    self._close(token)
                elif builder.wants_key:
                    if kind != "string":
                        problem = f"expected a key in double quotes, found {show(token)}"
                        raise self._fail(f'{problem}; write "key": value')
                    builder.key(self._unquote(token), self.line)
                    if self._token()[1] != ":":
                        raise self._fail("expected ':' after a key; write \"key\": value")
                    due = True
                    continue
                elif token in ("[", "{"):
                    builder.open(Sequence(self.line) if token == "[" else Mapping(self.line))
                    due = False
                    continue
                else:
                    self._scalar(kind, token)
            while builder.depth > outside:
                _, token = self._token()
                if token == ",":
                    due = True
                    break
                if token not in ("]", "}"):
                    raise self._fail(
                        f"expected ',' or a closing bracket before {show(token)}; write one"
                    )
                self._close(token)
            if builder.depth == outside:
                return

    def _numbers(self) -> bool:
        """Read a list of small numbers in one go, if one begins here and a value is expected."""
        self._skip()
        if self.text[self.position : self.position + 1] != "[" or self.builder.wants_key:
            return False
        match = _NUMBERS.match(self.text, self.position, self.end)
        if match is None:
            return False
        pieces = match[0][1:-1].split(",")
        values = [float(piece) for piece in pieces]
        # Numbers too large for a float or an exact integer are examined one by one.
        if max(values) >= EXACT or min(values) <= -EXACT:
            return False
        self.builder.open(Sequence(self.line))
        lines = [self.line] * len(values)
        if "\n" in match[0]:
            begun = accumulate((p.count("\n") for p in pieces[:-1]), initial=self.line)
            numbered = zip(begun, pieces, strict=True)
            lines = [n + p.count("\n", 0, len(p) - len(p.lstrip())) for n, p in numbered]
        self.builder.numbers(values, lines)
        self.builder.close()
        self.line += match[0].count("\n")
        self.position = match.end()
        return True

    def _scalar(self, kind: str, token: str) -> None:
        if kind == "string":
            self.builder.add(Scalar(self._unquote(token), self.line, quoted=True))
            return
        if kind == "mark":
            raise self._fail(f"expected a value, found {show(token)}; write a number")
        value = parse_number(token) if kind == "number" else None
        if value is None or (abs(value) >= EXACT and parse_integer(token) is not None):
            self.builder.add(Scalar(token, self.line))
        else:
            self.builder.add(Number(token, self.line, value=value))

    def _close(self, token: str) -> None:
        if not self.builder.depth or self.builder.in_list != (token == "]"):
            raise self._fail(f"{show(token)} closes nothing; remove it")
        self.builder.close()

    def _token(self) -> tuple[str, str]:
        """Return the kind and the text of the next token."""
        self._skip()
        match = _TOKEN.match(self.text, self.position, self.end)
        if match is None:
            raise self._fail(self._unknown())
        self.position = match.end()
        return match.lastgroup or "", match[0]

    def _skip(self) -> None:
        """Skip white space."""
        if self.text[self.position : self.position + 1].isspace():
            blank = _BLANK.match(self.text, self.position, self.end)
            assert blank is not None
            self.line += blank[0].count("\n")
            self.position = blank.end()

    def _unknown(self) -> str:
        """Return what is wrong at a place where no token begins."""
        shown = self._shown_rest()
        if self.position == self.end:
            return "the text ends too early (truncated?); save it again"
        char = self.text[self.position]
        if char in "\"'":
            return f"{shown} does not begin a string; write strings in double quotes, on one line"
        if char in "/#":
            return f"{shown} does not begin a value (JSON has no comments); remove it"
        match = _SHOWN.match(self.text, self.position, self.end)
        number = parse_number(match[0]) if match else None
        fix = "write a decimal number"
        if self.builder.wants_key:
            fix = 'write "key": value'
        elif number is not None and math.isfinite(number):
            fix = f"write {repr(number).removesuffix('.0')}"
        return f"expected a JSON value, found {shown}; {fix}"

    def _shown_rest(self) -> str:
        match = _SHOWN.match(self.text, self.position, self.end)
        return show(match[0]) if match else "the end"

    def _unquote(self, token: str) -> str:
        if "\\" not in token:
            return token[1:-1]
        try:
            return str(json.loads(token))
        except ValueError:
            raise self._fail(
                f"the string {show(token)} has an unknown escape; write \\\\ for a backslash"
            ) from None

    def _fail(self, problem: str) -> DataError:
        return self.builder.fail(self.line, problem)
