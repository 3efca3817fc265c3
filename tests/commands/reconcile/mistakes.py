"""How well `loss reconcile` finds the true cause of a number, measured on drawn mistakes.

    python -m tests.commands.reconcile.mistakes --sets 1000 --seed 1 [--large] [--verbose]

draws a loss, its data, and one mistake or a pair of them, prints the number that it gives with 4
to 7 digits, and searches. The table has, for each sort of deviation, how often the true cause is
the first explanation, among the first three, or not there, and how many false ones come before it.
`--large` draws data that are searched on some of the rows first.
"""

from __future__ import annotations

import argparse
import math
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from losscli.commands.reconcile import survey
from losscli.commands.reconcile.asked import Asked
from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.conventions import LIBRARY, as_deviations
from losscli.commands.reconcile.deviation import Deviation
from losscli.commands.reconcile.found import Found
from losscli.commands.reconcile.printed import parse
from losscli.commands.reconcile.search import deviations_of, pairs_of, search
from losscli.commands.reconcile.trials import value_of
from losscli.errors import LossError, UsageError
from losscli.losses.declare.options import Effect
from losscli.losses.declare.role_kind import Layout
from tests.commands.reconcile.drawn import Drawn, draw
from tests.losses.cases import LOSSES

SAME = 1e-9
"""Relative: an explanation with the same number is the same explanation."""
SIZES = (20, 50, 64, 100, 300, 1000, 3000)
LARGE = (200_000, 500_000, 1_000_000, 2_000_000)
ENOUGH = 5
"""Digits from which the true cause has to be found."""


@dataclass(frozen=True)
class Mistake:
    """A number, and what made it; a random number has no cause."""

    seed: int
    case: Case
    sort: str
    deviations: tuple[Deviation, ...]
    value: float
    digits: int

    @property
    def asked(self) -> Asked:
        """The number as a log has it."""
        return Asked((parse(f"{self.value:#.{self.digits}g}", None),))

    @property
    def words(self) -> str:
        """The cause."""
        return " + ".join(one.words for one in self.deviations)

    def place_in(self, found: Found) -> int | None:
        """Return how many explanations come before the true one."""
        words = {one.words for one in self.deviations}
        for at, match in enumerate(found.matches):
            same = math.isclose(match.values[0], self.value, rel_tol=SAME)
            if same or {one.words for one in match.deviations} == words:
                return at
        return None


@dataclass
class Row:
    """The mistakes of one sort."""

    number: int = 0
    first: int = 0
    third: int = 0
    missing: int = 0
    before: int = 0
    chances: list[float] = field(default_factory=list)


def drawn_mistake(seed: int, *, large: bool, only: str = "") -> Mistake | None:
    """Return a mistake; None where it makes no difference that its digits show."""
    rng = np.random.default_rng(seed)
    # Half are cross entropies and the like, of which people have the most.
    losses = [one for one in LOSSES if one.nats] if rng.random() < 0.5 else LOSSES
    loss = losses[rng.integers(len(losses))]
    numbers = int(rng.choice(LARGE)) if large else 0
    per_row = 30 if loss.layout in (Layout.CLASSES, Layout.SEQUENCES) else 2
    samples = numbers // per_row if large else int(rng.choice(SIZES))
    made = draw(rng, loss, samples, usual=True)
    if large:
        made = harder(rng, made)
    case = replace(made.case(), threads=1)
    digits = int(rng.integers(4, 8))
    try:
        plain = case.value(case.tally())
        if rng.random() < 0.15 and not only:
            value = plain * math.exp(0.7 * rng.normal())
            return Mistake(seed, case, "none", (), value, digits)
        sort, cause = _cause(rng, case, only)
        value = _value(case, cause)
        # One of two deviations that does as well alone is the cause.
        fewer = [plain, *(_value(case, (one,)) for one in cause if len(cause) > 1)]
    except LossError:
        return None
    if not (math.isfinite(plain) and math.isfinite(value)):
        return None
    mistake = Mistake(seed, case, sort, cause, value, digits)
    return None if any(mistake.asked.agrees((one,)) for one in fewer) else mistake


def _value(case: Case, cause: tuple[Deviation, ...]) -> float:
    for one in cause:
        case = one.change(case) if one.change else case
    return value_of(case, case.tally(batches=True), cause)


def _cause(rng: np.random.Generator, case: Case, only: str) -> tuple[str, tuple[Deviation, ...]]:
    """Draw a sort of deviation, then one of that sort; or a pair."""
    sorts: dict[str, list[Deviation]] = defaultdict(list)
    for sort, one in deviations_of(case):
        sorts[sort].append(one)
    for one in as_deviations(case):
        sorts[LIBRARY].append(one)
    known = [one for own in sorts.values() for one in own]
    pairs = list(pairs_of(known))
    if pairs and (only == "pair" or rng.random() < 0.2) and only in ("", "pair"):
        return "pair", pairs[rng.integers(len(pairs))]
    if only and only not in sorts:
        raise UsageError(f"there is no {only} here")
    sort = only or str(rng.choice(sorted(sorts)))
    # What people do every day is drawn more often.
    likely = np.array([4.0**-one.plainness for one in sorts[sort]])
    return sort, (sorts[sort][rng.choice(len(likely), p=likely / likely.sum())],)


def harder(rng: np.random.Generator, made: Drawn) -> Drawn:
    """Return a call with data that some of the rows say little about."""
    roles, options = dict(made.roles), dict(made.options)
    first = next(iter(roles))
    x, kind = roles[first], made.case().problem.operands[0].kind
    how = str(rng.choice(["as drawn", "heavy tails", "few outliers", "sorted", "rarely ignored"]))
    n = len(x)
    rows = (n, *[1] * (x.ndim - 1))
    if kind.low == -math.inf and kind.high == math.inf and not kind.is_integer:
        if how == "heavy tails":
            roles[first] = x * np.exp(1.5 * rng.normal(size=rows))
        elif how == "few outliers":
            roles[first] = x * np.where(rng.random(rows) < 2e-4, 40, 1)
    ignores = made.loss.with_effect(Effect.IGNORES_TARGETS)
    if how == "rarely ignored" and ignores and "target" in roles:
        y = roles["target"].copy()
        if y.dtype.kind in "iu" and ignores.name not in options:
            y[rng.random(y.shape) < 1e-3] = -100
            roles["target"], options[ignores.name] = y, -100
    if how == "sorted" and all(len(one) == n for one in roles.values()):
        key = roles.get("target", x)
        order = np.argsort(key.reshape(n, -1)[:, 0], kind="stable")
        roles = {name: one[order] for name, one in roles.items()}
        weight = made.sample_weight
        return replace(made, roles=roles, sample_weight=None if weight is None else weight[order])
    return replace(made, roles=roles, options=options)


def measured(mistakes: Iterable[Mistake], *, verbose: bool = False) -> dict[str, Row]:
    """Search for each number, and count by sort."""
    rows: dict[str, Row] = defaultdict(Row)
    for mistake in mistakes:
        began = time.monotonic()
        found = search(mistake.case, mistake.asked)
        took = time.monotonic() - began
        if mistake.sort == "none":
            row = rows[f"none, {mistake.digits} digits"]
            row.number += 1
            row.first += bool(found.matches)
            if verbose and enough_digits(mistake) and found.matches:
                print(told(mistake, found, len(found.matches), took), flush=True)
            row.chances.append(1 - math.exp(-found.by_chance()))
            continue
        enough = enough_digits(mistake)
        row = rows[mistake.sort if enough else f"{mistake.digits} digits"]
        place = mistake.place_in(found)
        row.number += 1
        row.first += place == 0
        row.third += place is not None and place < 3
        row.missing += place is None
        row.before += place or 0
        if verbose and enough and (place is None or place > 0):
            print(told(mistake, found, place, took), flush=True)
    return rows


def enough_digits(mistake: Mistake) -> bool:
    """Return whether a number has so many digits that its cause has to be found."""
    return mistake.digits >= ENOUGH


def told(mistake: Mistake, found: Found, place: int | None, took: float) -> str:
    """Return what came before the true cause."""
    name, shape = mistake.case.loss.name, mistake.case.input.shape
    where = "not found" if place is None else f"place {place + 1}"
    more = ", out of time" if found.out_of_time else ""
    lines = [
        f"seed {mistake.seed}, {name} {shape}, {mistake.sort}, {where} of {len(found.matches)}"
        f"{more}, {took:.1f} s: {mistake.value:#.{mistake.digits}g} is {mistake.words}"
    ]
    for match in found.matches[:place][:4]:
        words = " + ".join(one.words for one in match.deviations) or "no deviation"
        lines.append(f"    {match.cost} {match.values[0]!r} {words}")
    if place is None and found.case.problem.grid.n > SIZES[-1]:
        kept, survey.SMALL = survey.SMALL, 1 << 60
        again = mistake.place_in(search(mistake.case, mistake.asked))
        survey.SMALL = kept
        lines.append(f"    on all rows: {'not found' if again is None else f'place {again + 1}'}")
    return "\n".join(lines)


def table(rows: dict[str, Row]) -> str:
    """Return the counts as a table."""
    lines = [f"{'':34}{'number':>7}{'first':>7}{'first 3':>9}{'missing':>9}{'before':>8}"]
    total = Row()
    for sort, row in sorted(rows.items()):
        if sort.startswith("none"):
            said = sum(row.chances) / len(row.chances)
            lines.append(f"{sort:34}{row.number:7}  explained {row.first}, by chance {said:.3f}")
            continue
        lines.append(
            f"{sort:34}{row.number:7}{row.first:7}{row.third:9}{row.missing:9}{row.before:8}"
        )
        if "digits" not in sort:
            for name in ("number", "first", "third", "missing", "before"):
                setattr(total, name, getattr(total, name) + getattr(row, name))
    share = 100 * total.third / max(1, total.number)
    lines.append(
        f"{f'{ENOUGH} digits or more':34}{total.number:7}{total.first:7}{total.third:9}"
        f"{total.missing:9}{total.before:8}  {share:.1f} % among the first three"
    )
    return "\n".join(lines)


def by_hand() -> None:
    """Draw mistakes and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sets", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--sort", default="", help="only this sort of deviation, or pair")
    parser.add_argument("--verbose", action="store_true")
    given: Any = parser.parse_args()
    seeds = range(given.seed, given.seed + given.sets)
    drawn = (drawn_mistake(seed, large=given.large, only=given.sort) for seed in seeds)
    print(table(measured((one for one in drawn if one), verbose=given.verbose)))


if __name__ == "__main__":
    by_hand()
