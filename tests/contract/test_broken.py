"""Every promise is broken by a loss that breaks it, in words that say where."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from losscli.contract.__main__ import main
from losscli.contract.report import Kept, kept_promises
from losscli.losses.declare import plugins
from tests.conftest import ROOT, standard_streams
from tests.plugins.installed import install, install_bakery, use
from tests.plugins.test_broken import GROUP, toy

MSE = "(input - target) ** 2, {'input': 2 * (input - target)}"
CODE = "import numpy as np\n"
CASES = [
    (
        "the gradient is the derivative",
        MSE.replace("2 *", "2.001 *"),
        "the gradient of input[1] is -1.1494",
    ),
    (
        "every role but the target has a gradient",
        MSE.replace("'input'", "'x'"),
        "it returns no gradient of input",
    ),
    ("no zero is minus zero", "-1 * abs(input - input), {'input': 0 * input}", "there is a -0"),
    (
        "a batch is a loop over its samples",
        "input - input.mean(), {'input': 0 * input + 1}",
        "a loss of sample 0 alone [0] is 0.0, expected ",
    ),
    (
        "a nan stays in its sample",
        "np.nan_to_num(input - target) ** 2, {'input': 2 * np.nan_to_num(input - target)}",
        "the loss is 0.0, not nan, where a number of input is nan",
    ),
    (
        "an extreme number stays in its sample",
        "np.exp(input - target), {'input': np.exp(input - target)}",
        "loss: not finite where a number of input is 10000",
    ),
    (
        "a neighbor changes no bit",
        "(input - target) ** 2 + 1e-9 * np.isnan(input).any(), {'input': 2 * (input - target)}",
        "other terms change in float64 where a number of input is nan",
    ),
    (
        "another tile changes the last digits only",
        "(input - target) ** 2 + 1e-9 * (len(input) > 9), {'input': 2 * (input - target)}",
        "the loss is 6.0609",
    ),
    (
        "float32 is within its rounding",
        MSE.replace("target)", "target.astype('f2' if target.itemsize < 8 else 'f8'))"),
        "a term in float32 [",
    ),
    (
        "a replayed formula changes no bit",
        "input * (isinstance(input, np.ndarray) + 1.0), {'input': 1 + 0 * input}",
        "toll: the arrays have changed since the loss was computed",
    ),
]


def kept(
    code: str, folder: Path, monkeypatch: pytest.MonkeyPatch, package: str = "odd"
) -> dict[str, Kept]:
    install(folder, package, f"{GROUP}\nx = {package}", **{package: CODE + code})
    use(folder, monkeypatch)
    (loss,) = plugins.declared()
    return {one.promise: one for one in kept_promises(loss)}


@pytest.fixture(autouse=True)
def nothing_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Examples and pages take half a second each: they are for the tests that name them."""
    monkeypatch.setattr("losscli.contract.words.RUN", ())


@pytest.mark.parametrize(("promise", "returns", "why"), CASES, ids=[case[0] for case in CASES])
def test_numbers(
    promise: str, returns: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = kept(toy("toll", returns), tmp_path, monkeypatch)
    assert why in found[promise].broken


@pytest.mark.parametrize(
    ("promise", "change", "why"),
    [
        ("every fact is stated", ('formula="x - y"', 'formula=""'), "formula is empty"),
        ("the docstring says what it is", ("A toy.", "A toy"), "is not a sentence"),
        ("the docstring says what it is", ("Source", "By"), "names no source"),
        ("the docstring says what it is", (" 2000", ""), "has no year"),
        ("the name is free", ("def toll", "def entropy"), "loss entropy is another command"),
        (
            "the signature is that of a kernel",
            ("*, grad: bool = False", "*, grad: bool = False, tau: Tau = -1.0"),
            "grad is not the last parameter",
        ),
        (
            "the signature is that of a kernel",
            ("*, grad", "*, tau: Tau = -1.0, grad"),
            "tau: -1.0 is not allowed; give a number above 0",
        ),
        (
            "counterparts have the same roles",
            ('formula="', 'counterparts=("triplet-margin",), formula="'),
            "triplet-margin has other roles",
        ),
    ],
)
def test_words(
    promise: str,
    change: tuple[str, str],
    why: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tau = "from typing import Annotated\nfrom losscli.losses.declare import above\n"
    tau += "Tau = Annotated[float, above(0, 'a limit')]\n"
    found = kept(tau + toy("toll", MSE).replace(*change), tmp_path, monkeypatch)
    assert why in found[promise].broken


def test_a_sound_loss_keeps_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = kept(toy("toll", MSE), tmp_path, monkeypatch)
    assert [one for one in found.values() if one.broken] == []
    assert len(found) == 22


def test_options_are_drawn_within_their_bounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bounds = {
        "a": "above(0, 'x')] = 1.0",
        "b": "within(0, 0.01, 'x')] = 0.0",
        "c": "within(-9, -5, 'x')] = -7.0",
        "eps": "within(0, 0.001, 'x')] = 0.0",
    }
    options = [f"{name}: Annotated[float, {how}" for name, how in bounds.items()]
    options += ["k: Annotated[int, above(0, 'x')] = 1", "m: Annotated[int, within(0, 1, 'x')] = 0"]
    named = "from typing import Annotated\nfrom losscli.losses.declare import above, within\n"
    code = named + toy("toll", MSE).replace("*, grad", f"*, {', '.join(options)}, grad")
    found = kept(code, tmp_path, monkeypatch)
    assert [one for one in found.values() if one.broken] == []


def report(*words: str) -> tuple[int, str, str]:
    with standard_streams(b"") as (out, err):
        status = main([*words])
    return int(status), out.getvalue().decode(), err.getvalue().decode()


def test_the_page_has_a_line_for_each_promise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = CODE + toy("toll", MSE) + toy("fee", CASES[0][1]) + toy("mse")
    install(tmp_path, "loss_odd", f"{GROUP}\nx = odd", odd=code)
    use(tmp_path, monkeypatch)
    for name in ("odd", "loss_odd", "loss-odd", "Loss.Odd"):
        status, out, err = report(name)
        assert status == 1
        assert err == "contract: odd: mse is a loss of losscli, which is used; rename yours\n"
        first, second = out.split("\n\n")
        assert first.startswith("toll keeps its promises\n  ok: every fact is stated: yes\n")
        assert "WRONG" not in first
        assert second.startswith("fee breaks 1 of 22 promises\n")
        assert (
            "\n  WRONG: the gradient is the derivative: fee: the gradient of input[1] is " in second
        )


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        ([], 2, "usage: python -m losscli.contract PACKAGE"),
        (["--help"], 0, "usage: python -m losscli.contract PACKAGE"),
        (["a", "b"], 2, "usage: python -m losscli.contract PACKAGE"),
        (["nothing_here"], 2, "importing 'nothing_here' fails: ModuleNotFoundError"),
        (["json"], 2, "json declares no loss; decorate a function with @losscli.loss"),
    ],
)
def test_a_call_that_cannot_be_answered(words: list[str], status: int, says: str) -> None:
    found, out, err = report(*words)
    assert (found, out, err.count("\n")) == (status, "", 1)
    assert says in err


def test_the_example_package_keeps_its_promises_before_and_after_it_is_installed(
    tmp_path: Path,
) -> None:
    install_bakery(tmp_path / "installed")
    for folder in (ROOT / "tests" / "plugins" / "bakery", tmp_path / "installed"):
        ran: Any = subprocess.run(
            [sys.executable, "-m", "losscli.contract", "loss_bakery"],
            cwd=tmp_path,
            env={"PYTHONPATH": f"{ROOT}:{folder}", "PATH": "/usr/bin"},
            capture_output=True,
            check=False,
            text=True,
        )
        assert ran.returncode == 0, ran.stdout
        assert ran.stdout.count("keeps its promises") == 2
        assert "\n  ok: the example runs: yes\n" in ran.stdout
        is_installed = folder.parent == tmp_path
        note = "note: loss_bakery is not installed with an entry point; see loss help plugins\n"
        assert ran.stderr == ("" if is_installed else note)
