"""Colors: each can be read on white and on black, wherever it is printed."""

from __future__ import annotations

import re

import pytest
from rich.color import Color, ColorSystem
from rich.style import Style

from losscli.output import colors
from tests.conftest import Loss

READABLE = 4.5
"""The contrast of text that the WCAG asks for at least."""
SAMPLE = ["-i", "samples/digits/logits.npy", "-t", "samples/digits/labels.npy"]
COMMANDS = [
    ["ce", *SAMPLE, "--top", "5", "--by", "target", "--hist"],
    ["ce", *SAMPLE, "--label-base", "1"],
    ["nll", *SAMPLE, "-q"],
    ["ce", "-q", "-i", "samples/mistakes", "-t", "nothing"],
    ["explain", "ce", "--verbose"],
    ["explain", "huber"],
    ["diagnose", "ce", *SAMPLE],
    ["compare", *SAMPLE, "--reference", "samples/digits/logits_int4.npy"],
    ["reconcile", "ce", *SAMPLE, "--value", "64.32883736"],
    ["softmax", *SAMPLE[:2]],
    ["entropy", "-i", "samples/entropy/p.csv"],
    ["list"],
    ["info", "ce"],
    ["rule"],
    ["rule", "L101"],
    ["formats"],
    ["help"],
    ["help", "sources"],
    ["--help"],
    ["ce", "--help"],
]
CODES = re.compile(r"\x1b\[([\d;]*)m")
WITHOUT_COLOR = {"", "0", "1", "3", "4", "7"}
"""Plain, bold, italic, underlined, reversed: all in the terminal's own two colors."""


def _luminance(color: Color) -> float:
    assert color.triplet
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in color.triplet.normalized
    ]
    return float(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])


@pytest.mark.parametrize(
    "name", [name for name in vars(colors) if name.isupper() and name not in ("NAME", "TINTS")]
)
def test_a_color_can_be_read_on_white_and_on_black(name: str) -> None:
    color = Color.parse(getattr(colors, name))
    light = _luminance(color)
    assert (1 + 0.05) / (light + 0.05) >= READABLE
    assert (light + 0.05) / 0.05 >= READABLE
    # A terminal with 256 colors has this one.
    assert color.downgrade(ColorSystem.EIGHT_BIT).get_truecolor() == color.triplet


def test_classes_have_different_colors() -> None:
    assert len(set(colors.TINTS)) == len(colors.TINTS) == 6


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command)[:30])
def test_no_other_color_is_printed(
    loss: Loss, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    for variable, value in (("FORCE_COLOR", "1"), ("COLORTERM", "truecolor"), ("TERM", "xterm")):
        monkeypatch.setenv(variable, value)
    monkeypatch.delenv("NO_COLOR", raising=False)
    # Rich keeps the codes of a style for the terminal that it was drawn on first.
    for kept in (Style.parse, Style._add):
        kept.cache_clear()
    ran = loss(*command)
    printed = set(CODES.findall(ran.out + ran.err))
    ours = {";".join(Color.parse(tint).get_ansi_codes()) for tint in colors.TINTS}
    left = {re.sub("|".join(map(re.escape, ours)), "", codes).strip(";") for codes in printed}
    parts = {part for codes in left for part in codes.split(";")}
    assert any(";" in codes for codes in printed)
    assert parts <= WITHOUT_COLOR
