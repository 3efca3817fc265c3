"""The options of `loss diagnose`, besides those on reading files."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated

from losscli.commands.options import (
    DataOptions,
    Dtype,
    Threads,
    computation,
    data,
    format_option,
    option,
    reduction_option,
)
from losscli.errors import UsageError
from losscli.output.checks import REPORTS

FORMATS = ("table", "json", "markdown", *REPORTS)
KEPT = ("reduction", "grad", "dtype", "threads", "params", "l2", "l1", "max")
"""What the commands to type next keep, besides the options on reading files."""
KEPT_ONLY = "Kept in the commands to type next."
findings = partial(option, "Findings")


def offered_codes(incomplete: str) -> list[str]:
    """Return the codes, or the lists of them, that begin so."""
    from losscli.commands.diagnose.registry import rules
    from losscli.readers.selectors import continued

    return [*continued(incomplete, [rule.code for rule in rules()])]


@dataclass(frozen=True)
class DiagnoseOptions(DataOptions):
    """What diagnose was asked for, except the loss's roles and options."""

    groups: Annotated[
        str | None, data("Group of each sample, such as its batch or sequence (L305).")
    ] = None
    select: Annotated[
        str | None,
        findings(
            "Run only these rules: L101,L2 (L2 is all of L2xx).",
            metavar="CODES",
            autocompletion=offered_codes,
        ),
    ] = None
    ignore: Annotated[
        str | None,
        findings("Skip these rules.", metavar="CODES", autocompletion=offered_codes),
    ] = None
    calibration: Annotated[
        bool, findings("Also show the best temperature and a reliability table.")
    ] = False
    exit_zero: Annotated[bool, findings("Exit with 0 even if errors are found.")] = False
    reduction: Annotated[str, reduction_option(KEPT_ONLY[:-1])] = "mean"
    grad: Annotated[bool | None, computation(KEPT_ONLY, "--grad/--no-grad")] = None
    dtype: Dtype = "float64"
    threads: Threads = None
    params: Annotated[list[str] | None, computation(KEPT_ONLY)] = None
    l2: Annotated[float | None, computation(KEPT_ONLY)] = None
    l1: Annotated[float | None, computation(KEPT_ONLY)] = None
    max: Annotated[float | None, computation(KEPT_ONLY)] = None
    format: Annotated[str, format_option(FORMATS)] = "table"


def codes(text: str | None) -> list[str]:
    """Return the codes of a list like L101,L2."""
    if text is None:
        return []
    found = [code.strip() for code in text.split(",")]
    if not all(found):
        raise UsageError(f"{text!r}: empty item in the list of codes; remove the extra comma")
    return found
