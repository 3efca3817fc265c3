"""The words that the project does not use, and what it says instead.

`python -m tests.words [PATH ...]` lists what it finds below these paths, or everywhere.
"""

from __future__ import annotations

import io
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
CODE = "\0"
"""Stands for each character that is not prose, so that no phrase spans code."""

ONE = (
    "one|rows?|columns?|lines?|numbers?|labels?|terms?|bytes|samples|words?|weights?|variances?|"
    "blocks?|bars?|entry|entries|measures|files?|sums|mean|normalizer|divisor|reductions?|sentences?"
)
EACH = (
    "class|sample|row|term|line|column|file|loss|rule|group|format|role|step|token|distribution|"
    "tool|block|label|position|element|batch|outcome|test|time|run|page|kind|item|vector"
)
PHRASES = {
    rf"\b(?:{ONE}) an? (?:{EACH})\b": "one row per sample, one term per line",
    r"(?<!there\s)\b(?:is|are|was|were) no (?!longer|more|less|better|worse|larger|smaller)\w+": (
        "is not a number, is not a class"
    ),
    r"\bfrom \d on\b": "non-negative, positive, 20 or more",
    r"\b(?:stands?|stood)\b(?! (?:for|in for|out)\b)": "is, appears",
    r"\b(?:the|an|another|other|by|its|path's|which|unknown) endings?\b": "extension",
    r"\b(?:un)?packed\b|\bunpack (?:it|the)\b": "compressed, decompress",
    r"\bcut (?:the|a) file\b": "split the file",
    r"\bcures?\b|\bremed(?:y|ies)\b|\bmend(?:s|ed)?\b": "the fix",
    r"\bdefault: seen\b|\bis seen from\b": "detected",
    r"\bbeyond (?:the largest|every float|float|\{)": "overflows float64, exceeds",
    r"\bwell-classified count\b": "down-weights well-classified samples",
    r"\bwrite it without\b": "remove it",
    r"\bdelimiter another\b": "wrong delimiter?",
    r"\bends? in one line\b": "ends with one line",
    r"\bwalks? one sample\b": "shows every step for one sample",
    r"\bcomputed with(?=[.;,]|\s+and\b)": "takes part in the arithmetic",
    r"\blest\b": "so that ... not",
    r"\bworth a word\b": "worth mentioning",
    r"\bheld against\b": "compared with",
    r"\bdigits that count\b": "significant digits",
    r"\b(?:behind|before) the (?:decimal )?point\b": "after the decimal point",
    r"\bway round\b": "way around",
    r"\bto be read only\b": "read-only",
    r"\bright predictions?\b": "correct prediction",
    r"\b(?:is|are) taken for\b": "is treated as",
    r"\b(?:is|are) wanted\b": "is expected",
    r"\bfor eyes\b": "for people",
    r"\bfrom which on\b": "above which, from ... up",
    r"\bas one (?:types|has|reads)\b": "as you type",
    r"\ba rounding\b": "rounding, a rounding error",
    r"\bto be seen\b": "to look at",
    r"\bweighed\b": "weighted",
    r"\bcounts? much\b": "matters",
    r"\bleave out (?:-|it\b|the option)": "remove",
    r"\bbeside the (?:losses|sums)\b": "besides, in addition to",
    r"\b(?:to|into|of|least) so many\b": "this many",
    r"\byeses\b": "successes",
    r"\bin another order\b": "in a different order",
    r"\bwhat lacks\b": "the shortfall",
    r"\bneighbors are there\b": "the mapping that contains it",
    r"\bthe harder the pull\b": "the stronger the pull",
    r"\bas in JSON\b": "for JSON",
    r"\bnone of the classes\b": "is not one of the classes",
    r"\btowards\b|\bafterwards\b": "toward, afterward",
    r"\bhundred by hundred\b": "in hundreds",
    r"\b(?:is|are) told\b": "is reported",
    r"\bnot looked for\b": "not checked",
    r"\blearnt\b|\bspelt\b|\bwhilst\b|\bamongst\b|\bgrey\b|\bjudgement\b": "American spelling",
    r"\b(?:label|cancel|model|signal|travel|level)l(?:ed|ing)\b": "labeled, canceled, modeling",
}
"""Phrases of prose (regular expressions) and what to write instead."""

SPELLINGS = (
    r"colour|behaviour|licence|neighbour|favour|honour|centre|artefact|analyse(?!s)|"
    r"(?:alis|imis|[a-z]aris|oris|atis|etis|onis|ilis|ognis|eris)(?:e[drs]?|ing|ations?)\b"
)
"""British spellings, in names too."""
ALL = {
    **{re.compile(k.replace(" ", r"\s+"), re.IGNORECASE): v for k, v in PHRASES.items()},
    re.compile(SPELLINGS, re.IGNORECASE): "American spelling: color, normalize, behavior",
}

MARKS = re.compile(r"^(?:[bfru]*[\"']+|#)|[\"']+$|\\n", re.IGNORECASE)
"""What is not a word of a string or a comment."""


class Found(NamedTuple):
    """A phrase where it was found."""

    path: str
    line: int
    phrase: str
    instead: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.phrase!r}; say: {self.instead}"


def files() -> list[Path]:
    """Return the files whose words count, except the list of the words itself."""
    found = [*ROOT.glob("*.md"), *(ROOT / "losscli").rglob("*.md")]
    found += [*(ROOT / "losscli").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]
    return sorted(set(found) - {Path(__file__)})


def find(path: Path) -> Iterator[Found]:
    """Yield what a file says in words that the project does not use."""
    text = path.read_text("utf-8")
    name = str(path.relative_to(ROOT))
    prose = _prose(text) if path.suffix == ".py" else text
    for pattern, instead in ALL.items():
        read = text if SPELLINGS in pattern.pattern else prose
        for match in pattern.finditer(read):
            line = read.count("\n", 0, match.start()) + 1
            before = re.search(r"\w*$", read[: match.start()])
            after = re.match(r"\w*", read[match.end() :])
            phrase = f"{before[0] if before else ''}{match[0]}{after[0] if after else ''}"
            yield Found(name, line, " ".join(phrase.split()), instead)


def _prose(text: str) -> str:
    """Return the strings and comments of Python source at their places, the rest masked."""
    prose = [char if char.isspace() else CODE for char in text]
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if tokenize.tok_name[token.type] in ("STRING", "COMMENT", "FSTRING_MIDDLE"):
            at = starts[token.start[0] - 1] + token.start[1]
            words = MARKS.sub(_blank, token.string)
            prose[at : at + len(words)] = words
        elif tokenize.tok_name[token.type] in ("FSTRING_START", "FSTRING_END"):
            at = starts[token.start[0] - 1] + token.start[1]
            prose[at : at + len(token.string)] = " " * len(token.string)
    return re.sub(f"{CODE}+", CODE, "".join(prose))


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def main(paths: list[str]) -> int:
    """Print what is found below these paths; return how many places there are."""
    below = [Path(path).resolve() for path in paths] or [ROOT]
    count = 0
    for path in files():
        if any(path.is_relative_to(one) for one in below):
            for found in find(path):
                print(found)
                count += 1
    print(f"{count} places")
    return count


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) > 0)
