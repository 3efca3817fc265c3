"""Every formula that a walk shows, changed in every way: `python -m tests.slow.formulas [LOSS...]`.

Prints for each loss how many formulas its walk shows, how many changes of each kind were made, and
those that the walk did not notice. Takes some minutes.
"""

from __future__ import annotations

import sys
from collections import Counter

from losscli.commands.explain.formula import formula
from losscli.commands.explain.shared_parts import ascii_text
from losscli.losses import names
from tests.commands.explain.mutants import KINDS, Sample, mutants, noticed, samples


def main(wanted: list[str]) -> int:
    """Print the table; return 1 where a change was not noticed, or a sample is wrong unchanged."""
    print(
        f"{'loss':<24}{'samples':>8}{'formulas':>9}", *(f"{kind:>11}" for kind in KINDS), "missed"
    )
    missed, totals = 0, Counter[str]()
    for name in wanted or names():
        found = samples(name)
        every = {id(sample): sample for some in found.values() for sample in some}
        wrong = {key for key, sample in every.items() if sample.notices()}
        counts, lines = Counter[str](), []
        for text, some in found.items():
            candidates = [sample for sample in some if id(sample) not in wrong]
            for mutant in mutants(formula(text)):
                counts[mutant.kind] += 1
                if not noticed(text, mutant, candidates):
                    lines.append(f"  {mutant.kind}: {text}  as  {ascii_text(mutant.tree)}")
        lines += [f"  unchanged, and wrong: {label}" for label in _plain(every, wrong)]
        missed += len(lines)
        totals += counts + Counter(formulas=len(found), samples=len(every))
        row = [f"{counts[kind]:>11}" for kind in KINDS]
        print(f"{name:<24}{len(every):>8}{len(found):>9}", *row, f"{len(lines):>6}", flush=True)
        print(*lines, sep="\n", end="\n" if lines else "")
    row = [f"{totals[kind]:>11}" for kind in KINDS]
    print(f"{'all':<24}{totals['samples']:>8}{totals['formulas']:>9}", *row, f"{missed:>6}")
    return int(missed > 0)


def _plain(every: dict[int, Sample], wrong: set[int]) -> list[str]:
    """Return the samples that are wrong unchanged, but for those of extreme numbers."""
    return [every[key].label for key in wrong if not every[key].is_hard]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
