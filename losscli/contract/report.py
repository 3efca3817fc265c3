"""What became of the promises of a loss, and its part of the page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeVar

from losscli.contract import bits, numbers, words
from losscli.contract.cases import variants_of
from losscli.contract.promise import BrokenError
from losscli.errors import LossError, one_line
from losscli.losses.declare.registry import Loss
from losscli.output.page import Fact, Facts, Heading, Indented, Mark, Page
from losscli.output.words import counted

Subject = TypeVar("Subject")
ADVICE = "; run python -m "


class Kept(NamedTuple):
    """A promise, the number of its cases if it is about numbers, and what breaks it."""

    promise: str
    cases: int
    broken: str = ""


def kept_promises(loss: Loss) -> Iterator[Kept]:
    """Yield what becomes of each promise, those about the declaration first."""
    for about in words.PROMISES:
        kept = _kept(about, [loss])
        yield kept
        if kept.broken and about is words.the_name_is_free:
            # What is computed by its name is another loss.
            return
    for run in words.RUN:
        yield _kept(run, [loss])
    variants = [*variants_of(loss)]
    for promise in (*numbers.PROMISES, *bits.PROMISES):
        yield _kept(promise, variants)


def _kept(promise: Callable[[Subject], None], subjects: Iterable[Subject]) -> Kept:
    name, cases = promise.__name__.replace("_", " "), 0
    for subject in subjects:
        cases += not isinstance(subject, Loss)
        try:
            promise(subject)
        except BrokenError as error:
            why = str(error)
        except LossError as error:
            why = str(error).partition(ADVICE)[0]
        except Exception as error:
            why = f"{type(error).__name__}: {error}"
        else:
            continue
        case = f"{subject}: " if not isinstance(subject, Loss) else ""
        return Kept(name, cases, one_line(f"{case}{why}"))
    return Kept(name, cases)


def page_of(loss: Loss, kept: Iterable[Kept]) -> Page:
    """Return the page of one loss: a line for each promise."""
    found = list(kept)
    broken = sum(bool(one.broken) for one in found)
    verdict = f"breaks {broken} of {len(found)} promises" if broken else "keeps its promises"
    facts = [
        Fact(one.promise, one.broken or _cases(one.cases), holds=not one.broken) for one in found
    ]
    heading = Heading(f"{loss.name} {verdict}", Mark.BAD if broken else Mark.GOOD)
    return Page([heading, Indented([Facts(facts)])])


def _cases(count: int) -> str:
    return counted(count, "case") if count else "yes"
