"""The golden cases once more, through files and the command line: CLI = compute = reference."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from losscli.losses import names
from losscli.losses.declare.options import array_extent
from losscli.losses.declare.registry import find
from tests.conftest import Loss
from tests.losses.golden_cases import DECLARED, Golden, close


def _shell(case: Golden, folder: Path) -> list[str]:
    """Write all roles and weights of a case to one JSON file and return the call."""
    loss = find(case.loss)
    roles = [role.name for role in loss.roles]
    held = {key: value for key, value in case.arguments.items() if key in roles}
    call = [case.loss, "-f", "json", "--grad", "--reduction", case.reduction]
    for option in loss.options:
        value = case.arguments.get(option.name)
        if value is None:
            continue
        if array_extent(option) and isinstance(value, list):
            held[option.name] = value
            call += [f"--{option.flag}", f"::{option.name}"]
        elif option.type is bool:
            call.append(f"--{option.flag}" if value else f"--no-{option.flag}")
        else:
            call += [f"--{option.flag}", str(value)]
    path = folder / "case.json"
    path.write_text(json.dumps(held), "utf-8")
    return [*call, f"--{roles[0]}", str(path)]


@pytest.mark.parametrize("name", names())
def test_cases_through_the_command_line(name: str, loss: Loss, tmp_path: Path) -> None:
    for case in DECLARED:
        if case.loss == name:
            _check(case, loss, tmp_path)


def _check(case: Golden, loss: Loss, tmp_path: Path) -> None:
    ran = loss(*_shell(case, tmp_path))
    printed: dict[str, Any] = json.loads(ran.out)
    assert close(printed["value"], case.value, case.rtol), case.id
    for role, expected in case.grad.items():
        assert close(printed["grad"][role], expected, case.rtol), (case.id, role)
    assert ran.status == (4 if case.value == "nan" else 0), case.id
