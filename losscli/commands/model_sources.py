"""The files of several models: what each has for itself, and what they share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from losscli.commands.matched_columns import matched_by_name
from losscli.readers import WantedRole
from losscli.readers.source import Source

Read = Callable[[Mapping[str, str | None], Sequence[WantedRole]], dict[str, Source]]
REFERENCE = "reference"


def input_names(count: int) -> list[str]:
    """Return what several inputs are called: input, input 2, input 3."""
    return ["input", *(f"input {number}" for number in range(2, count + 1))]


def opened(
    read: Read,
    first: str,
    own: Collection[str],
    given: Mapping[str, str],
    wanted: Sequence[WantedRole],
    others: Mapping[str, str],
) -> tuple[list[dict[str, Source]], dict[str, Source]]:
    """Return the sources of each model by role, and those that all share.

    `given` holds the files of the first model and the shared ones, `others` the files of the other
    models by name. Each model has the role `first`, and the roles `own` in the same file.
    """
    main = next(want for want in wanted if want.role == first)
    if own:
        each = [main, *(want for want in wanted if want.role in own)]
        sources = read(given, wanted)
        outputs = [{want.role: sources.pop(want.role) for want in each}]
        outputs += [read({first: text}, each) for text in others.values()]
    else:
        more = [main._replace(role=name, names=(name, *main.names)) for name in others]
        sources = read({**given, **others}, [*wanted, *more])
        outputs = [{first: sources.pop(first)}]
        outputs += [{first: sources.pop(name)} for name in others]
    for other in outputs[1:]:
        other[first] = matched_by_name(outputs[0][first], other[first])
    return outputs, sources
