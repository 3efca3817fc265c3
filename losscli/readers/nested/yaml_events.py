"""YAML, read as events: no objects are constructed, no tags are obeyed, nothing recurses."""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from losscli.errors import DataError, one_line, show
from losscli.readers.document import Document, ReadOptions
from losscli.readers.file import File
from losscli.readers.nested.records import RecordTable, document_of
from losscli.readers.nested.tree import TOO_DEEP, Builder, Mapping, Node, Number, Scalar, Sequence
from losscli.readers.numerals import EXACT, parse_integer, parse_number

# libyaml is about ten times as fast, but PyYAML may be built without it.
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+")
_DOTTED = re.compile(r"([-+]?)\.(inf|Inf|INF|nan|NaN|NAN)")
_STANDARD_TAG = "tag:yaml.org,2002:"


def open_yaml(file: File, _: ReadOptions) -> Document:
    """Read a YAML file, which holds one document; DataError names the line of a fault."""
    file.check_whole()
    with file.stream() as stream:
        builder = Builder(file.label, file.size)
        try:
            _build(yaml.parse(stream, Loader=Loader), builder)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            problem = one_line(str(error.problem or error.context))
            line = mark.line + 1 if mark else 1
            if "nesting depth" in problem:
                # Since 0.2.6 libyaml has its own limit, and it reads ahead of its events.
                raise builder.fail(line, TOO_DEEP) from None
            raise builder.fail(line, f"not YAML: {problem}; {_fix(problem)}") from None
        except (yaml.YAMLError, ValueError) as error:
            problem = _reader_problem(error)
            raise DataError(f"{file.label}: not YAML: {problem}") from None
    document = document_of(builder.root, file.label)
    if isinstance(document, RecordTable):
        # Lists of mappings are what YAML is used for, mostly not for rows of one table.
        document.all_columns = False
    return document


def _fix(problem: str) -> str:
    """Return the fix for a problem that the parser reports."""
    if "cannot start any token" in problem:
        return "a tab? indent with spaces"
    if "incompatible" in problem or "tag handle" in problem:
        return "remove the directive or the tag"
    return "check the brackets, commas and indentation here"


def _reader_problem(error: Exception) -> str:
    """Name a character that YAML does not allow, usually the result of a wrong encoding."""
    if isinstance(error, yaml.reader.ReaderError):
        char = error.character
        code = char if isinstance(char, int) else ord(char[:1] or "\0")
        found = f"character {code:#04x} at position {error.position}"
        return f"{error.reason}: {found}; save it as UTF-8 text"
    return one_line(str(error))


def _build(events: Iterator[yaml.Event], builder: Builder) -> None:
    """Turn events into the tree."""
    anchors: dict[str, Node | None] = {}
    open_anchors: list[str | None] = []
    documents = 0
    for event in events:
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.ScalarEvent):
            if event.tag is not None:
                raise builder.fail(line, _tag(event.tag, f" of {show(event.value)}"))
            value = None if event.style else _number(event.value)
            if builder.wants_key:
                builder.key(event.value, line)
            elif value is not None and event.anchor is None and builder.in_list:
                builder.numbers((value,), (line,))
            else:
                node = Scalar(event.value, line, quoted=bool(event.style))
                if value is not None:
                    node = Number(event.value, line, value=value)
                builder.add(node)
                if event.anchor is not None:
                    anchors[event.anchor] = node
        elif isinstance(event, yaml.CollectionStartEvent):
            if event.tag is not None:
                raise builder.fail(line, _tag(event.tag))
            is_list = isinstance(event, yaml.SequenceStartEvent)
            builder.open(Sequence(line) if is_list else Mapping(line))
            open_anchors.append(event.anchor)
            if event.anchor is not None:
                anchors[event.anchor] = None
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor = open_anchors.pop()
            closed = builder.close()
            if anchor is not None:
                anchors[anchor] = closed
        elif isinstance(event, yaml.AliasEvent):
            _alias(builder, event.anchor or "", anchors, line)
        elif isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise builder.fail(line, "a second document begins; save one document per file")


def _alias(builder: Builder, anchor: str, anchors: dict[str, Node | None], line: int) -> None:
    """Insert a copy of the value that an alias refers to."""
    node = anchors.get(anchor)
    if node is None:
        what = "contains itself (recursive)" if anchor in anchors else "refers to nothing"
        raise builder.fail(line, f"the alias {show('*' + anchor)} {what}; write the list itself")
    builder.repeat(node, line)


def _tag(tag: str, value: str = "") -> str:
    """Return the refusal of a tag, which asks for an object."""
    name = show(tag.replace(_STANDARD_TAG, "!!"))
    return f"the tag {name}{value} is not allowed; write plain lists"


def _number(text: str) -> float | None:
    """Return the number that a plain scalar means in YAML 1.2, else None.

    None also for 010, which YAML 1.1 reads as 8, and for an integer that float64 would round:
    their text is examined later.
    """
    value = parse_number(text)
    if value is None:
        dotted = _DOTTED.fullmatch(text)
        return float(dotted[1] + dotted[2]) if dotted else None
    if text[:1] in "-+0" and _LEADING_ZERO.fullmatch(text):
        return None
    return None if abs(value) >= EXACT and parse_integer(text) is not None else value
