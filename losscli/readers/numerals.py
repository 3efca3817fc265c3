"""The numbers of text files, and why any other text is not a number."""

from __future__ import annotations

import math
import re

from losscli.errors import show

# Possessive, or thousands of digits and a letter would be tried with every decimal point.
_FINITE = re.compile(r"[-+]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][-+]?[0-9]++)?")
_NON_FINITE = re.compile(r"[-+]?(?:nan|inf|infinity)", re.IGNORECASE | re.ASCII)
_INTEGER = re.compile(r"[-+]?[0-9]{1,40}")
_MISSING = {"na", "n/a", "#n/a", "<na>", "none", "null", "~", "nat", "missing", "\\n"}
_PLACEHOLDERS = {"", "-", "--", ".", "?"}
_DRESS = re.compile(r"[;|\s,:'\"$€£%()_]+")
_BOOLS = {"true", "false", "yes", "no", "on", "off"}
# Compiled when they are first needed, which is seldom.
_AROUND = r"^[\"'$€£]+|[\"'$€£fFlL]+$"
"""Decorations that programs put around a number: quotes, currencies, suffixes of C and Java."""
_GROUPED = r"[-+]?[0-9]{1,3}(?:[,'_\s][0-9]{3})+(?:\.[0-9]*)?"
_SHEET_ERROR = r"#(?:N/A|GETTING_DATA|[A-Z]+(?:/0)?[!?])|Err:[0-9]{3}"
"""What Excel and LibreOffice write in place of a number."""
_TYPO = r"[-+]?[0-9OolI]*[.,][0-9OolI]+(?:[eE][-+]?[0-9OolI]+)?"
"""A number with a letter in place of a digit: `O.5`."""
_ODD_NON_FINITE = r"(?i)[-+]*(?:nan|inf|infinity)\b.*"
CORRECT_CELL = "correct it or remove the row"
"""The fix where nothing is known about a cell."""

EXACT = 2.0**53
"""From here float64 skips integers."""


def parse_number(text: str) -> float | None:
    """Return the number in a stripped text; None for any other text, or where it overflows."""
    if _FINITE.fullmatch(text):
        value = float(text)
        return value if math.isfinite(value) else None
    return float(text) if _NON_FINITE.fullmatch(text) else None


def overflows(text: str) -> bool:
    """Tell whether a stripped text is a number that float64 cannot hold."""
    return parse_number(text) is None and _FINITE.fullmatch(text) is not None


def is_word(text: str) -> bool:
    """Tell whether a stripped cell can be a name: not a decorated number, not a missing value."""
    if text.lower() in _MISSING or text in _PLACEHOLDERS:
        return False
    pieces = [piece for piece in _DRESS.split(text.replace("\u2212", "-")) if piece]
    return any(not (_FINITE.fullmatch(p) or _NON_FINITE.fullmatch(p)) for p in pieces)


def is_sheet_error(text: str) -> bool:
    """Tell whether a stripped cell is the error of a spreadsheet: `#DIV/0!`."""
    return text[:1] in "#E" and re.fullmatch(_SHEET_ERROR, text) is not None


def is_spoiled(text: str) -> bool:
    """Tell whether a stripped cell is more likely a number with a fault than a name.

    `O.5`, `1.2.3`, `=5`, `True`, `nan()`, `12:30`: a bool, the error of a spreadsheet, or what has
    a digit of any script as its first letter.
    """
    first = next((char for char in text if char.isalnum()), text and "0")
    return (
        first.isnumeric()
        or text.lower() in _BOOLS
        or is_sheet_error(text)
        or re.fullmatch(_TYPO, text) is not None
        or re.fullmatch(_ODD_NON_FINITE, text) is not None
    )


def parse_integer(text: str) -> int | None:
    """Return exactly the integer in a stripped text; None for any other text."""
    return int(text) if _INTEGER.fullmatch(text) else None


def parse_index(text: str, size: int) -> int | None:
    """Return the index in a text; None for any other text, or one that is not below the size."""
    is_index = text.isascii() and text.isdigit() and len(text) < 10 and int(text) < size
    return int(text) if is_index else None


def why_not(text: str) -> str:
    """Return why `parse_number` refuses a text, and the fix."""
    text = text.strip()
    shown, lower = show(text), text.lower()
    if not text:
        return "empty, a missing value; fill it in or remove the row"
    if lower in _MISSING:
        return f"{shown} is a missing value; fill it in or remove the row"
    if lower in _BOOLS:
        return f"{shown} is a bool, not a number; write 1 or 0"
    if is_sheet_error(text):
        return f"{shown} is an error of a spreadsheet; correct its formula or remove the row"
    if overflows(text):
        return f"{shown} is too large: it overflows float64 (1.8e308); write inf if that is meant"
    if "\ufeff" in text:
        return f"{shown} has a byte order mark (BOM) in it (two files joined?); remove it"
    if any("\udc80" <= char <= "\udcff" for char in text):
        return f"{shown} is not UTF-8; save the file as UTF-8"
    if "\u2212" in text:
        return f"{shown} is not a number: its minus sign is U+2212; type '-'"
    if any(char.isnumeric() and not char.isascii() for char in text):
        return f"{shown} is not a number: its digits are not ASCII; type 0 to 9"
    if re.fullmatch(r"[-+]?[0-9]*,[0-9]+", text):
        return f"{shown} is not a number; write a decimal point"
    return f"{shown} is not a number"


def how_to_write(text: str) -> str:
    """Return what to write instead of a text that is not a number."""
    plain = re.sub(_AROUND, "", text.strip())
    if re.fullmatch(_GROUPED, plain):
        plain = re.sub(r"[,'_\s]", "", plain)
    if _FINITE.fullmatch(plain):
        return f"write {plain}"
    if re.fullmatch(r"0[xXoObB][0-9a-fA-F]+", plain):
        return "write a decimal number"
    return CORRECT_CELL
