"""What is printed is what was computed: for every loss, deviation, option and kind of file.

    python -m tests.commands.reconcile.test_spelling --sets 500 --seed 1

prints what differs.
"""

from __future__ import annotations

import argparse
import math
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from losscli.cli.main import main
from losscli.commands.reconcile.asked import Asked
from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.conventions import as_deviations
from losscli.commands.reconcile.deviation import Deviation
from losscli.commands.reconcile.search import deviations_of, pairs_of
from losscli.commands.reconcile.spelling import spelled
from losscli.commands.reconcile.trials import value_of
from losscli.commands.typed import Typed
from losscli.errors import LossError
from losscli.losses.declare.registry import Loss as Declaration
from tests.commands.reconcile.drawn import case_of, draw
from tests.commands.reconcile.printed import printed_by
from tests.conftest import Loss, Ran, standard_streams
from tests.losses.cases import LOSSES

SAME = 1e-9
"""Relative: the order of sums and rounded constants."""


def drawn(seed: int, folder: Path, loss: Declaration | None = None) -> tuple[Typed, Case] | None:
    """Return a drawn call; None where its files do not fit the loss."""
    rng = np.random.default_rng(seed)
    typed = draw(rng, loss).words(rng, folder)
    try:
        case = case_of(typed)
        plain = case.value(case.tally())
    except LossError:
        return None
    return (typed, case) if math.isfinite(plain) else None


def explanations(
    case: Case, rng: np.random.Generator, share: float
) -> Iterator[Sequence[Deviation]]:
    """Yield nothing, a share of the deviations of a case, and a few pairs."""
    known = [*(one for _, one in deviations_of(case)), *as_deviations(case)]
    yield ()
    yield from ((one,) for one in known if rng.random() < share)
    pairs = list(pairs_of(known))
    for at in rng.permutation(len(pairs))[: math.ceil(10 * share)]:
        yield pairs[at]


def differing(
    typed: Typed, case: Case, ran: Loss, rng: np.random.Generator, share: float = 1.0
) -> Iterator[str]:
    """Yield what is printed and gives another number than was computed."""
    for deviations in explanations(case, rng, share):
        changed = case
        try:
            for one in deviations:
                changed = one.change(changed) if one.change else changed
            value = value_of(changed, changed.tally(batches=True), deviations)
        except LossError:
            continue
        if not math.isfinite(value):
            continue
        words = " + ".join(one.words for one in deviations)
        command = spelled(typed, case, changed, deviations, Asked(())).command
        try:
            number = printed_by(command, ran)
        except BaseException as error:
            yield f"{words}: {type(error).__name__} {error}\n  {command}"
            continue
        # A change that cancels nearly everything leaves the rounding of what was there before.
        if not math.isclose(number, value, rel_tol=SAME, abs_tol=1e-12):
            yield f"{words}: {value!r}, not {number!r}\n  {command}"


@pytest.mark.parametrize("seed", range(12))
def test_what_is_printed_is_what_was_computed(seed: int, loss: Loss, tmp_path: Path) -> None:
    os.chdir(tmp_path)
    for at in range(seed, len(LOSSES), 12):
        made = drawn(1000 * seed + at, tmp_path, LOSSES[at])
        if made is not None:
            rng = np.random.default_rng(seed)
            assert not [*differing(*made, loss, rng, share=0.04)]


def _here(*arguments: object, stdin: bytes = b"") -> Ran:
    with standard_streams(stdin) as (out, err):
        status = main([str(argument) for argument in arguments])
    return Ran(int(status), out.getvalue().decode(), err.getvalue().decode())


def by_hand() -> None:
    """Check many draws, and print what differs."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sets", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--loss")
    given = parser.parse_args()
    losses = [one for one in LOSSES if given.loss in (None, one.name)]
    found: Counter[str] = Counter()
    for seed in range(given.seed, given.seed + given.sets):
        folder = Path(tempfile.mkdtemp())
        os.chdir(folder)
        made = drawn(seed, folder, losses[seed % len(losses)])
        if made is not None:
            found["sets"] += 1
            rng = np.random.default_rng(seed)
            for line in differing(*made, _here, rng, given.share):
                found["different"] += 1
                print(f"seed {seed}, {made[0].loss.name}, {line}", flush=True)
        os.chdir("/")
        shutil.rmtree(folder)
    print(dict(found))


if __name__ == "__main__":
    by_hand()
