"""The Python call: `losscli.read("ce", input="logits.csv", target="labels.csv")`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import ArrayLike

from losscli.engine.arrays import array_source
from losscli.engine.compute import compute, loss_named, refuse_unknown
from losscli.engine.problem.operands import refuse_names_in_another_order
from losscli.engine.problem.settings import Settings
from losscli.engine.sources import gather, open_given
from losscli.errors import DataError, UsageError, option, warn
from losscli.losses.declare.options import Effect, array_extent
from losscli.losses.declare.registry import Loss
from losscli.numerics.arrays import Array
from losscli.readers import ReadOptions
from losscli.readers.class_names import parse_classes
from losscli.readers.named_labels import LABELS_ARE
from losscli.readers.source import Source
from losscli.readers.spec import parse_spec


def read(
    name: str,
    *,
    sample_weight: str | os.PathLike[str] | ArrayLike | None = None,
    header: bool | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
    by_id: str | None = None,
    classes: str | Sequence[str] | None = None,
    label_base: int = 0,
    labels_are: str | None = None,
    **sources: Any,
) -> dict[str, Any]:
    """Read the files of a loss as the command line does, into arrays for `losscli.compute`.

    With the same sources and options, these two calls give the number of `loss ce -q`, bit for bit:

        arrays = losscli.read("ce", input="logits.csv", target="labels.csv")
        losscli.compute("ce", **arrays).value

    `name` is a loss or an alias. Each role of the loss (input, target, ...) is a keyword, and its
    value is a source as on the command line, `[FORMAT:]PATH[::SELECTOR]` or numbers such as
    "2,1,0.1;0,1,3", or a path object. A role that is left out is looked up in the file of the first
    one; `target="::label"` chooses it there.
    Weights (`sample_weight`, and the loss's own: weight, pos_weight, ...) are sources, numbers,
    lists as text ("0.2,1,3"), or arrays.

    `header`, `delimiter`, `decimal`, `by_id`, `classes` and `labels_are` are the options of the
    command line; `classes` may also be a list of names. Give `label_base` and `ignore_index` to
    both calls, and every other option of the loss to `compute` alone.

    Returns an array for each role and for each weight that was given, in the shape of its file:
    one row per sample, (n, c) or (n, c, d...) for one number per class, (n,) for labels. Numbers
    have the file's dtype; text is read as float64. Class names become indices, the first one
    `label_base`. Each array is read whole; the command reads it in blocks.

    Warns with `losscli.LossWarning` about what the command line prints as a note: the columns that
    a role was read from, ids that were left out, a doubtful header.

    Raises UsageError for an option that is unknown or out of range and for a role that is missing,
    and DataError for a file that is not what it should be, with its place; both are LossError, with
    a message of one line.
    """
    loss = loss_named(name)
    options = ReadOptions(
        header, delimiter, decimal, by_id, labels_are, parse_classes(classes), label_base
    )
    _check(loss, options)
    given = {key: value for key, value in sources.items() if value is not None}
    ignores = loss.with_effect(Effect.IGNORES_TARGETS)
    weights = [own.name for own in loss.options if array_extent(own)]
    here = [role.name for role in loss.roles] + weights + ([ignores.name] if ignores else [])
    computed = {own.name for own in loss.options} | set(compute.__kwdefaults__ or ())
    for key in sorted(computed.intersection(given).difference(here)):
        raise UsageError(f"{key} does not change what is read; give it to compute alone")
    refuse_unknown(loss, given, here, read)
    ignored = {}
    if ignores is not None:
        ignored[ignores.name] = ignores.check(given.pop(ignores.name, ignores.default))
    if sample_weight is not None:
        given["sample_weight"] = sample_weight
    texts, lists = _sorted(given, [*weights, "sample_weight"])
    nothing = dict.fromkeys([*here, *(own.name for own in loss.options)])
    gathered = gather(loss, nothing | texts, texts.get("sample_weight"))
    found, notes = open_given(gathered, loss, ignored, options)
    found |= lists
    first = found[loss.roles[0].name]
    for role, source in found.items():
        refuse_names_in_another_order(role, source, first)
    arrays: dict[str, Any] = {role: _whole(source) for role, source in found.items()}
    warn([*notes, *(note for source in found.values() for note in source.notes)])
    return arrays


def _check(loss: Loss, options: ReadOptions) -> None:
    """Refuse values of the wrong type, and options that the loss does not have."""
    Settings(label_base=options.label_base).check(loss)
    for name in ("classes", "labels_are"):
        if getattr(options, name) and (lacking := loss.lacks(name)):
            raise UsageError(f"{option(name)}: {loss.name} has no {lacking}; remove it")
    if options.header not in (None, True, False):
        raise UsageError(f"{option('header')}: {options.header!r} is not True, False or None")
    for name in ("delimiter", "decimal", "by_id"):
        value = getattr(options, name)
        if not isinstance(value, str | None):
            raise UsageError(f"{option(name)}: {value!r} is not text; give a string")
    if options.labels_are not in (None, *LABELS_ARE):
        raise UsageError(
            f"{option('labels_are')}: {options.labels_are!r} is not one of {', '.join(LABELS_ARE)}"
        )


def _sorted(
    given: Mapping[str, Any], weights: Sequence[str]
) -> tuple[dict[str, str], dict[str, Source]]:
    """Return the texts among what was given, and the weights that are numbers or arrays."""
    texts: dict[str, str] = {}
    lists: dict[str, Source] = {}
    for name, value in given.items():
        if isinstance(value, str | os.PathLike):
            text = texts[name] = os.fspath(value)
            if not isinstance(value, str) and parse_spec(text).numbers is not None:
                texts[name] = os.path.join(os.curdir, text)
        elif name in weights:
            lists[name] = array_source(name, value)
        else:
            raise UsageError(
                f"{name}: expected the name of a file, found {type(value).__name__}; give a "
                "string, or give arrays to compute"
            )
    return texts, lists


def _whole(source: Source) -> Array:
    """Return all numbers of a source; DataError where memory cannot hold them."""
    try:
        return source.read(0, source.shape[0] if source.shape else 1)
    except MemoryError:
        raise DataError(
            f"{source.label}: the numbers do not fit in memory; use the command line, which reads "
            "in blocks"
        ) from None
