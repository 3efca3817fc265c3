"""`--value FILE::COLUMN`: the numbers of a training log."""

from __future__ import annotations

import os
from collections.abc import Iterator

from losscli.commands.reconcile.asked import Asked
from losscli.commands.reconcile.printed import is_number, parse_series
from losscli.errors import DataError, UsageError, show
from losscli.output.words import counted
from losscli.readers import ReadOptions, read_series
from losscli.readers.spec import parse_spec
from losscli.readers.urls import without_secrets


def names_log(text: str) -> bool:
    """Return whether the text of --value names a file; UsageError for a number with a selector."""
    if is_number(text):
        return False
    number, has_selector, selector = text.partition("::")
    if has_selector and is_number(number) and not os.path.exists(number):
        raise UsageError(
            f"--value {text}: {number} is a number, not a file; remove ::{selector}, or give "
            "FILE::COLUMN"
        )
    return bool(has_selector) or os.path.exists(text) or parse_spec(text).is_url


class Log:
    """One column of a log."""

    def __init__(self, text: str, digits: int | None, options: ReadOptions) -> None:
        """Read the column; a row without a number, such as that of another phase, is left out."""
        self.name = without_secrets(text)
        cells = read_series(text, options)
        texts = [cell.strip() for cell in cells if cell.strip()]
        odd = next((cell for cell in texts if not is_number(cell)), None)
        if odd is not None:
            raise DataError(f"{self.name}: {show(odd)} is not a number; choose a column of numbers")
        self.missing = len(cells) - len(texts)
        self.numbers = parse_series(texts, digits)
        if not any(self.numbers):
            raise DataError(f"{self.name}: has no number; choose a column of numbers")

    def asked(self, size: int | None, samples: int) -> Asked:
        """Return the numbers that are to be explained: of all batches, or the last one."""
        known = [(at, one) for at, one in enumerate(self.numbers) if one]
        if size is None:
            return Asked((known[-1][1],), name=self.name)
        entries, batches = len(self.numbers), -(-samples // size)
        if entries not in (batches, samples // size):
            raise UsageError(
                f"--value {self.name}: {counted(entries, 'entry', 'entries')}, but "
                f"{counted(samples, 'row')} make {counted(batches, 'batch', 'batches')} of {size}; "
                f"{_fix(entries, samples)}"
            )
        at, numbers = zip(*known, strict=True)
        return Asked(tuple(numbers), size, tuple(at), self.name)

    def notes(self, asked: Asked, samples: int) -> Iterator[str]:
        """Yield what was left out."""
        infinite = self.numbers.count(None)
        for count, what in ((self.missing, "without a number"), (infinite, "with NaN or infinity")):
            if count:
                is_left_out = "is left out" if count == 1 else "are left out"
                yield f"{self.name}: {counted(count, 'row')} {what} {is_left_out}"
        if asked.size is None:
            if len(self.numbers) > 1:
                yield (
                    f"{self.name}: only the last of {len(self.numbers)} entries is explained; "
                    "--batches SIZE takes them for one entry per batch"
                )
            return
        if (rest := samples - asked.size * len(self.numbers)) > 0:
            yield f"the last {counted(rest, 'row')} {'is' if rest == 1 else 'are'} in no entry"


def _fix(entries: int, samples: int) -> str:
    """Return what to type instead of a size that does not fit."""
    size = -(-samples // entries)
    if -(-samples // size) == entries:
        return f"give --batches {size}, or remove --batches to explain the last entry"
    return "give the rows of the log's batches, or remove --batches to explain the last entry"
