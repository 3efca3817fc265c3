"""YAML read as events: no object is ever constructed, no tag obeyed, nothing recurses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import yaml

from losscli.errors import DataError, one_line, show
from losscli.readers.numerals import EXACT, parse_number
from losscli.readers.tree import Builder, Mapping, Number, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from losscli.readers.file import File
    from losscli.readers.tree import Node

# libyaml is some ten times faster, but PyYAML can be built without it.
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+")
_DOTTED = re.compile(r"([-+]?)\.(inf|Inf|INF|nan|NaN|NAN)")
_STANDARD_TAG = "tag:yaml.org,2002:"


def read_yaml(file: File) -> Node | None:
    """Read the one document of a YAML file; None where there is none. DataError names the line."""
    file.require("YAML", "text", "json", "utf-16", "html", "binary")
    with file.stream() as stream:
        builder = Builder(file.label, file.size)
        try:
            return _build(yaml.parse(stream, Loader=Loader), builder)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            problem = one_line(str(error.problem or error.context))
            hint = " (a tab? indent with spaces)" if "cannot start any token" in problem else ""
            line = mark.line + 1 if mark else 1
            raise builder.fail(line, f"not YAML: {problem}{hint}") from None
        except (yaml.YAMLError, ValueError) as error:
            problem = _reader_problem(error)
            raise DataError(f"{file.label}: not YAML: {problem}") from None


def _reader_problem(error: Exception) -> str:
    """Say which character YAML forbids; the encoding is the usual culprit."""
    if isinstance(error, yaml.reader.ReaderError):
        char = error.character
        code = char if isinstance(char, int) else ord(char[:1] or "\0")
        return f"{error.reason}: character {code:#04x} at {error.position}; save it as UTF-8 text"
    return one_line(str(error))


def _build(events: Iterator[yaml.Event], builder: Builder) -> Node | None:
    """Turn events into the tree."""
    anchors: dict[str, Node | None] = {}
    open_anchors: list[str | None] = []
    documents = 0
    for event in events:
        kind = type(event)
        if kind is yaml.ScalarEvent:
            line = event.start_mark.line + 1
            if event.tag is not None:
                raise _tag(builder, event)
            node = _scalar(event.value, line, plain=not event.style)
            if builder.wants_key:
                builder.key(event.value, line)
            else:
                builder.add(node)
            if event.anchor is not None:
                anchors[event.anchor] = node
        elif kind in (yaml.SequenceStartEvent, yaml.MappingStartEvent):
            line = event.start_mark.line + 1
            if event.tag is not None:
                raise _tag(builder, event)
            builder.open(Sequence(line) if kind is yaml.SequenceStartEvent else Mapping(line))
            open_anchors.append(event.anchor)
            if event.anchor is not None:
                anchors[event.anchor] = None
        elif kind in (yaml.SequenceEndEvent, yaml.MappingEndEvent):
            anchor = open_anchors.pop()
            closed = builder.close()
            if anchor is not None:
                anchors[anchor] = closed
        elif kind is yaml.AliasEvent:
            _alias(builder, event, anchors)
        elif kind is yaml.DocumentStartEvent:
            documents += 1
            if documents > 1:
                line = event.start_mark.line + 1
                raise builder.fail(line, "a second document begins; keep one a file")
    return builder.root


def _alias(builder: Builder, event: yaml.AliasEvent, anchors: dict[str, Node | None]) -> None:
    """Put a copy of what an alias names."""
    line = event.start_mark.line + 1
    if event.anchor not in anchors:
        raise builder.fail(line, f"the alias {show('*' + event.anchor)} names nothing")
    node = anchors[event.anchor]
    if node is None:
        raise builder.fail(
            line, f"the alias {show('*' + event.anchor)} is within itself: recursive"
        )
    builder.repeat(node, line)


def _tag(builder: Builder, event: yaml.NodeEvent) -> DataError:
    """Refuse a tag, which would ask for an object."""
    tag = event.tag.replace(_STANDARD_TAG, "!!")
    value = f" of {show(event.value)}" if isinstance(event, yaml.ScalarEvent) else ""
    line = event.start_mark.line + 1
    return builder.fail(line, f"the tag {show(tag)}{value} is not allowed; write plain lists")


def _scalar(text: str, line: int, *, plain: bool) -> Scalar:
    """Return a number by the rules of YAML 1.2, else the text, for the reader to judge.

    010 stays text, since YAML 1.1 reads it as 8, and so do integers that float64 would change.
    """
    if plain and not _LEADING_ZERO.fullmatch(text):
        value = parse_number(_DOTTED.sub(r"\1\2", text) if text.endswith(_DOTTED_ENDS) else text)
        if value is not None and not (abs(value) >= EXACT and text.lstrip("+-").isdigit()):
            return Number(text, line, value=value)
    return Scalar(text, line, quoted=not plain)


_DOTTED_ENDS = (".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN")
