"""How a walk looks on terminals of any width: nothing is cut, and nothing needs color."""

from __future__ import annotations

import re

import pytest

from losscli.losses import names
from tests.conftest import Loss
from tests.examples import Session, output
from tests.forked import forked

WIDTHS = (60, 80, 140)
STEPS = "samples/step-by-step"
CE = f"loss explain ce -i {STEPS}/logits.csv -t {STEPS}/labels.csv"


def screen(command: str, columns: int) -> list[str]:
    return output(Session(command, "", columns)).splitlines()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", names())
def test_every_walk_fits(
    loss: Loss, monkeypatch: pytest.MonkeyPatch, name: str, width: int
) -> None:
    for variable, value in (("FORCE_COLOR", "1"), ("COLUMNS", str(width)), ("TERM", "xterm")):
        monkeypatch.setenv(variable, value)
    ran = loss("explain", name, "--verbose")
    assert ran.status == 0
    lines = [line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", ran.out).splitlines()]
    assert max(map(len, lines)) <= width
    assert any("✓ walk = kernel" in line for line in lines)
    assert any(" 1 " in line for line in lines)
    assert not any("…" in line for line in lines)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    "options",
    [
        "--digits 0",
        "--digits 17",
        "--weight 1,2,3 --label-smoothing 0.1 --z-loss 0.5",
        "--set cat+=900",
    ],
)
def test_options_fit(width: int, options: str) -> None:
    assert max(map(len, screen(f"{CE} {options}", width))) <= width


def test_target_and_prediction_are_marked_without_color() -> None:
    lines = screen(f"{CE} --sample 1", 80)
    assert any(line.split() == ["target", "◆", "dog"] for line in lines)
    assert any(line.split() == ["prediction", "ship", "✗"] for line in lines)
    marked = [line for line in lines if line.strip().startswith("◆ dog")]
    assert len(marked) >= 6


def test_numbers_are_aligned() -> None:
    lines = [line for line in screen(f"{CE} --sample 1", 80) if "exp(" in line and " = " in line]
    rows = [line for line in lines if "e_j" not in line]
    assert len(rows) == 3
    assert len({line.index("=") for line in rows}) == 1
    assert {line.index(".") for line in rows} == {rows[0].index(".")}


def test_bars_are_as_long_as_their_probabilities() -> None:
    rows = [line.split() for line in screen(f"{CE} --sample 0", 80) if "█" in line]
    lengths = [len(row[-1]) for row in rows]
    shares = [float(row[-2]) for row in rows]
    assert lengths == sorted(lengths, reverse=True)
    for length, share in zip(lengths, shares, strict=True):
        assert length / lengths[0] == pytest.approx(share / shares[0], abs=0.1)


def test_reasons_are_beside_the_numbers_if_there_is_room() -> None:
    narrow, wide = screen(CE, 80), screen(CE, 140)
    assert len(wide) < len(narrow) - 8
    assert any("0.3511" in line and "Shares of the sum" in line for line in wide)


def test_colors_only_where_they_belong() -> None:
    assert b"\x1b[" not in forked(["explain", "ce"], FORCE_COLOR="").out
    assert b"\x1b[" in forked(["explain", "ce"], FORCE_COLOR="1", TERM="xterm-256color").out
