"""A fuzzer that follows the code: `python -m tests.fuzz.guided FORMAT -runs=100000`.

It needs atheris (the extra `fuzz`), which sees which lines of the readers a file reaches and
changes the files that reach new ones. What follows the format goes to libFuzzer: `-runs`,
`-max_total_time`, `-max_len`. It stops at the first find and leaves the file behind.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from random import Random

try:
    import atheris
except ModuleNotFoundError:
    sys.exit("tests.fuzz.guided needs atheris: pip install --editable '.[fuzz]'")

with atheris.instrument_imports(include=["losscli.readers"]):
    from tests.fuzz.attempt import attempt
    from tests.fuzz.seeds import seeds


class FoundError(Exception):
    """A file broke a promise."""


def main() -> None:
    """Fuzz the reader of one format, from the seeds that the campaign has."""
    known = seeds()
    if len(sys.argv) < 2 or sys.argv[1] not in known:
        sys.exit(f"python -m tests.fuzz.guided FORMAT [libFuzzer's flags]: {', '.join(known)}")
    name = sys.argv.pop(1)
    with tempfile.TemporaryDirectory() as folder:
        corpus, place = Path(folder, "corpus"), Path(folder, "file")
        corpus.mkdir()
        place.mkdir()
        for number, seed in enumerate(known[name]):
            (corpus / str(number)).write_bytes(seed.content)
        path = place / f"x.{name}"

        def one(content: bytes) -> None:
            path.write_bytes(content)
            outcome = attempt(path, Random(len(content)), by_command=False)
            path.unlink()
            if outcome.wrong:
                raise FoundError(outcome.wrong)

        atheris.Setup([*sys.argv, str(corpus)], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
