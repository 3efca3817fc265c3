"""`python -m tests.diagnose`: how often each rule is right, as a table."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator

from losscli.commands.diagnose.registry import rules
from tests.diagnose.measure import Alarms, Hits, measured
from tests.diagnose.mistakes import MISTAKES, Mistake


def table(
    alarms: Alarms, hits: dict[str, Hits], mistakes: list[Mistake], rule: str
) -> Iterator[str]:
    """Yield one line per rule, and one per mistake below the rule that should find it."""
    yield _NAME.format("") + " injected visible  found      %  false     %  info"
    for code in (known.code for known in rules() if known.code.startswith(rule)):
        own = [mistake for mistake in mistakes if mistake.codes[0] == code]
        total = Hits()
        for mistake in own:
            total.add(hits[mistake.name])
        false = alarms.false[code]
        share = 100 * false / max(1, alarms.sets)
        yield _line(code, total) + f"{false:>7}{share:>6.2f}{alarms.noted[code]:>6}"
        for mistake in own if total.injected else ():
            yield _line("  " + mistake.name, hits[mistake.name])
    if alarms.sets:
        count = len(alarms.alarmed)
        yield (
            f"{count} of {alarms.sets} healthy sets with a warning or an error: "
            f"{100 * count / alarms.sets:.2f} %"
        )


_NAME = "{:<42}"


def _line(name: str, hits: Hits) -> str:
    if not hits.injected:
        return _NAME.format(name) + 31 * " "
    percent = f"{100 * hits.share:.1f}" if hits.seen else ""
    return _NAME.format(name) + f"{hits.injected:>9}{hits.seen:>8}{hits.found:>7}{percent:>7}"


def main() -> None:
    """Draw the data sets, diagnose them, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.diagnose", description=__doc__)
    parser.add_argument("--healthy", type=int, default=2000, help="healthy data sets")
    parser.add_argument("--mistakes", type=int, default=500, help="data sets with each mistake")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rule", default="", help="only the mistakes that this rule should find")
    parser.add_argument("--list", action="store_true", help="name each miss and false alarm")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    asked = parser.parse_args()
    mistakes = [mistake for mistake in MISTAKES if mistake.codes[0].startswith(asked.rule)]
    alarms, hits = measured(asked.seed, asked.healthy, asked.mistakes, mistakes, asked.processes)
    print("\n".join(table(alarms, hits, mistakes, asked.rule)))
    if asked.list:
        for alarmed in sorted(alarms.alarmed):
            print(alarmed)
        for name, found in hits.items():
            for missed in sorted(found.missed):
                print(f"{name} {missed}")


if __name__ == "__main__":
    main()
