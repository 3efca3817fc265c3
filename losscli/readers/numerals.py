"""What counts as a number in a text file, and why anything else does not."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from losscli.errors import show

if TYPE_CHECKING:
    from losscli.readers.source import Array

# Possessive: thousands of digits and a letter would be tried at every point that they may have.
_FINITE = re.compile(r"[-+]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][-+]?[0-9]++)?")
_NON_FINITE = re.compile(r"[-+]?(?:nan|inf|infinity)", re.IGNORECASE | re.ASCII)
_INTEGER = re.compile(r"[-+]?[0-9]{1,40}")
_MISSING = {"na", "n/a", "#n/a", "<na>", "none", "null", "~", "nat", "missing"}
_PLACEHOLDERS = {"", "-", "--", ".", "?"}
_DRESS = re.compile(r"[;|\s,:'\"$€£%()_]+")
_AROUND = re.compile(r"^[\"'$€£]+|[\"'$€£fFlL]+$")
"""What programs put around a number: quotes, currencies, the suffixes of C and Java."""
_GROUPED = re.compile(r"[-+]?[0-9]{1,3}(?:[,'_\s][0-9]{3})+(?:\.[0-9]*)?")
_BOOLS = {"true", "false", "yes", "no", "on", "off"}
SAMPLED = 4096
"""How many numbers `decimals` looks at."""

EXACT = 2.0**53
"""From here on float64 skips integers."""


def parse_number(text: str) -> float | None:
    """Return the number that a stripped text writes; None where it writes none, or overflows."""
    if _FINITE.fullmatch(text):
        value = float(text)
        return value if math.isfinite(value) else None
    return float(text) if _NON_FINITE.fullmatch(text) else None


def is_word(text: str) -> bool:
    """Tell whether a stripped cell can be a name: no number in any dress, no missing value."""
    if text.lower() in _MISSING or text in _PLACEHOLDERS:
        return False
    pieces = [piece for piece in _DRESS.split(text.replace("\u2212", "-")) if piece]
    return any(not (_FINITE.fullmatch(p) or _NON_FINITE.fullmatch(p)) for p in pieces)


def parse_integer(text: str) -> int | None:
    """Return the integer that a stripped text writes, exactly; None for anything else."""
    return int(text) if _INTEGER.fullmatch(text) else None


def why_not(text: str) -> str:
    """Say why a text that `parse_number` refuses is no number, and what to do about it."""
    text = text.strip()
    shown, lower = show(text), text.lower()
    if not text:
        return "empty, a missing value; fill it or remove the row"
    if lower in _MISSING:
        return f"{shown} is a missing value; fill it or remove the row"
    if lower in _BOOLS:
        return f"{shown} is a bool, not a number; write 1 or 0"
    if _FINITE.fullmatch(text):
        return (
            f"{shown} is too large: it overflows float64 (beyond 1.8e308); write inf if it is meant"
        )
    if "\ufeff" in text:
        return f"{shown} holds a byte order mark (BOM): remove it; were two files joined?"
    if any("\udc80" <= char <= "\udcff" for char in text):
        return f"{shown} is not UTF-8; save the file as UTF-8"
    if "\u2212" in text:
        return f"{shown} is not a number: its minus is U+2212; type '-'"
    if re.fullmatch(r"[-+]?[0-9]*,[0-9]+", text):
        return f"{shown} is not a number; write a decimal point"
    return f"{shown} is not a number"


def how_to_write(text: str) -> str:
    """Say what to write instead of a text that is no number."""
    plain = _AROUND.sub("", text.strip())
    if _GROUPED.fullmatch(plain):
        plain = re.sub(r"[,'_\s]", "", plain)
    if _FINITE.fullmatch(plain):
        return f"write {plain}"
    if re.fullmatch(r"0[xXoObB][0-9a-fA-F]+", plain):
        return "write a decimal number"
    return "correct the cell or remove the row"


def decimals(values: Array) -> int:
    """Return how many digits behind the point the first numbers need, at most.

    Zeros at the end do not count: 0.50 needs one digit, however the file prints it.
    """
    most = 0
    for value in values.ravel()[:SAMPLED].tolist():
        mantissa, _, exponent = repr(value).partition("e")
        digits = len(mantissa.partition(".")[2].rstrip("0"))
        most = max(most, digits - int(exponent or 0))
    return most
