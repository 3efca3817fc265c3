"""Pages on terminals of three widths: no line is wider, and nothing but a row's name is cut."""

from __future__ import annotations

import re

import pytest

from losscli.cli.catalogue import TOOLS
from losscli.losses import declaration, names
from tests.each import for_each
from tests.examples import Session, output

WIDTHS = (60, 80, 140)
DIGITS = "samples/digits"
FILES = f"-i {DIGITS}/logits.npy -t {DIGITS}/labels.npy"
MORE = [
    f"loss ce {FILES} --top 3 --by target --hist --ci",
    f"loss ce {FILES} -r none --groups {DIGITS}/predictions.csv::label",
    f"loss compare -i {DIGITS}/logits_int4.npy --reference {DIGITS}/logits.npy --by class",
    *(
        f"loss {tool} -i {DIGITS}/logits_int4.npy -i {DIGITS}/predictions.csv::zero-nine "
        f"--reference {DIGITS}/logits.npy -t {DIGITS}/labels.npy"
        for tool in ("compare", "compare ce")
    ),
    f"loss diagnose ce {FILES} --calibration",
    f"loss reconcile ce {FILES}",
    f"loss ce {FILES} --label-base 1",
    *(f"loss plot {kind} ce {FILES}" for kind in ("hist", "calibration", "confusion", "scatter")),
    f"loss plot compare ce {FILES} -i {DIGITS}/logits_int4.npy",
    "loss plot curve huber --delta 0.5,1,2",
    "loss plot curve bce",
    "loss rule",
    "loss info ce",
    "loss info ctc",
    "loss help",
]
TO_COPY = re.compile(r" *(\w+  )?(loss |keras\.|optax\.)")
"""Commands and code: one line each, which the terminal wraps, so that a copy of it runs."""


def _fits(command: str, width: int) -> bool:
    lines = output(Session(command, "", width)).splitlines()
    text = [line for line in lines if not TO_COPY.match(line)]
    assert lines
    assert [line for line in text if len(line) > width] == []
    # Only the name of a row may be shortened.
    return not any("…" in word for line in text for word in line.split()[1:])


@pytest.mark.parametrize("width", WIDTHS)
@for_each("name", names())
def test_the_example_of_a_loss(name: str, width: int) -> None:
    assert _fits(declaration(name).facts["example"], width)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", [name for name in TOOLS if name not in ("list", "help")])
def test_the_example_of_a_tool(name: str, width: int) -> None:
    # The others are JSON, and a page with lines that were recorded at one width.
    assert _fits(TOOLS[name].example, width)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("command", MORE)
def test_other_pages(command: str, width: int) -> None:
    assert _fits(command, width)
