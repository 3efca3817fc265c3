"""What several models are called: their files, as briefly as tells them apart."""

from __future__ import annotations

import os
from collections.abc import Sequence

from losscli.commands.signatures import flag
from losscli.errors import UsageError, short_name
from losscli.readers.source import Source
from losscli.readers.spec import parse_spec
from losscli.readers.urls import split_selector, without_secrets


def refuse_repeated(role: str, texts: Sequence[str]) -> None:
    """Refuse a source that is typed twice: a model would be compared with itself."""
    seen = set()
    for text in texts:
        spec = parse_spec(text)
        key: tuple[str, str | None] = (os.path.realpath(spec.path), spec.selector)
        if spec.is_url or spec.numbers is not None:
            key = (text, None)
        elif spec.path == "-":
            key = ("-", None)
        if key in seen:
            what = "standard input" if spec.path == "-" else short_name(without_secrets(text))
            raise UsageError(f"{flag(role)}: {what} is given twice; give each model once")
        seen.add(key)


def full_labels(texts: Sequence[str], sources: Sequence[Source]) -> list[str]:
    """Return what each model is called in full: its file; as it was typed, where files repeat."""
    specs = [parse_spec(text) for text in texts]
    labels = [
        source.label if spec.numbers is None else spec.label
        for spec, source in zip(specs, sources, strict=True)
    ]
    if len({*labels}) < len(labels):
        labels = [short_name(without_secrets(text)) for text in texts]
    return labels


def short_labels(labels: Sequence[str]) -> list[str]:
    """Return labels without the folders that do not tell them apart.

    `runs/1/val/logits.npy` and `runs/2/val/logits.npy` become `1/.../logits.npy` and
    `2/.../logits.npy`.
    """
    found = [_short(label, {*labels} - {label}) for label in labels]
    return found if len({*found}) == len({*labels}) else list(labels)


def _short(label: str, others: set[str]) -> str:
    path, colons, selector = split_selector(label)
    parts = path.split("/")
    if colons and any(split_selector(other)[0] == path for other in others):
        return f"{parts[-1]}{colons}{selector}"
    rivals = [split_selector(other)[0].split("/") for other in others]
    size = 1
    while size < len(parts) and any(rival[-size:] == parts[-size:] for rival in rivals):
        size += 1
    own = parts[-size:]
    return "/".join(own if size <= 2 else [own[0], "...", own[-1]])
