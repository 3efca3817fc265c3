"""Packages with broken losses: one line that names the package, and nothing else changes."""

from __future__ import annotations

from pathlib import Path

import pytest

import losscli
from losscli.errors import LossError, UsageError
from losscli.losses.declare import Reals, RealTarget, Terms
from tests.conftest import Loss
from tests.plugins.installed import install, install_bakery, use

GROUP = "[losscli.losses]"
TOLL = "0.025000000000000022\n"
COUNTS = ["-i", "samples/counts/predicted.csv", "-t", "samples/counts/counted.csv"]
LOSS = '''
from losscli.losses.declare import Reals, RealTarget, Terms, loss

@loss(
    family="regression", aliases={aliases}, example="loss {name} -i 1 -t 2", formula="x - y",
    range="any", divides_by="n", equivalences="none", pitfalls="none",
)
def {name}(input: Reals, target: RealTarget, *, grad: bool = False) -> Terms:
    """A toy.

    Source: nobody 2000.
    """
    return {returns}
'''


def toy(
    name: str,
    returns: str = "input - target, {'input': 0 * input + 1}",
    aliases: tuple[str, ...] = (),
) -> str:
    """Return the code of a module that declares one loss."""
    return LOSS.format(name=name, returns=returns, aliases=aliases)


@pytest.mark.parametrize(
    ("line", "code", "why"),
    [
        ("odd = odd", "import nothing_like_it", "ModuleNotFoundError: No module named 'nothing"),
        ("odd = odd", "def", "SyntaxError: invalid syntax"),
        ("odd = odd", "1 / 0", "ZeroDivisionError: division by zero"),
        ("odd = odd", "raise SystemExit(3)", "SystemExit: 3"),
        ("odd = missing", "", "ModuleNotFoundError: No module named 'missing'"),
        ("odd = odd:loss", "", "AttributeError: module 'odd' has no attribute 'loss'"),
        ("odd", "", "importing '' fails"),
        ("odd = :", "", "importing ':' fails"),
        ("odd = ..", "", "importing '..' fails"),
        ("odd = odd", "x = 1", "'odd' declares no loss; decorate a function with @losscli.loss"),
        (
            "odd = odd",
            toy("odd").replace("input: Reals", "input"),
            "odd: input needs a kind of role as its annotation",
        ),
        (
            "odd = odd",
            toy("odd").replace("*, grad", "*, tau: float = 1.0, grad"),
            "odd: tau needs an annotation that says what it is",
        ),
        ("odd = odd", toy("odd").replace("grad: bool = False", "tau: Reals = 1"), "odd: tau needs"),
        ("odd = odd", toy("odd").replace("*, grad: bool = False", "*"), "SyntaxError"),
        ("odd = odd", toy("odd").replace("regression", "magic"), "odd: no family 'magic'; use one"),
        (
            "odd = odd",
            toy("odd").replace("range=", "rank="),
            "argument: 'range'",
        ),
        ("odd = odd", toy("Odd"), "'Odd' cannot be typed"),
        ("odd = odd", toy("odd").replace('"""', '"'), "SyntaxError"),
    ],
)
def test_a_broken_package_is_one_line(
    loss: Loss, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, code: str, why: str
) -> None:
    install(tmp_path, "a_odd", f"{GROUP}\n{line}", odd=code)
    install_bakery(tmp_path)
    use(tmp_path, monkeypatch)
    for words in (["list"], ["--help"], ["odd", *COUNTS]):
        ran = loss(*words)
        (said,) = [note for note in ran.err.splitlines() if not note.startswith("loss: ")]
        assert said.startswith("note: a_odd: ")
        assert why in said
        assert ("bread-cost" in ran.out) == (words[0] != "odd")
    assert loss("bread-cost", *COUNTS, "-q").err == ""
    with pytest.warns(losscli.LossWarning, match="a_odd: "):
        assert "bread-cost" in losscli.losses.names()
    with pytest.raises(UsageError, match="no loss 'odd'") as refused:
        losscli.compute("odd", input=1, target=2)
    assert why in refused.value.__notes__[0]


def test_what_a_module_prints_is_no_result(
    loss: Loss, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, "odd", f"{GROUP}\nx = odd", odd="print('hello')\n" + toy("toll"))
    use(tmp_path, monkeypatch)
    assert loss("toll", *COUNTS, "-q").out == TOLL


def test_the_first_package_of_a_name_counts(
    loss: Loss, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder, code in (("old", "1 / 0"), ("new", toy("toll"))):
        install(tmp_path / folder, "my.odd_one", f"{GROUP}\nx = {folder}", **{folder: code})
        use(tmp_path / folder, monkeypatch)
    assert loss("toll", *COUNTS, "-q").out == TOLL
    assert loss("list").err == ""


def test_a_loss_of_losscli_keeps_its_names(
    loss: Loss, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = toy("mse") + toy("toll", aliases=("mae", "fee"))
    install(tmp_path, "greedy", f"{GROUP}\nx = greedy", greedy=code)
    use(tmp_path, monkeypatch)
    ran = loss("list")
    assert ran.err.splitlines() == [
        "note: greedy: mse is a loss of losscli, which is used; rename yours",
        "note: greedy: mae is a loss of losscli, which is used; rename yours",
    ]
    assert loss("mse", *COUNTS, "-q").out == "0.5125000000000001\n"
    assert loss("mae", *COUNTS, "-q").out == loss("l1", *COUNTS, "-q").out
    assert loss("fee", *COUNTS, "-q").out == loss("toll", *COUNTS, "-q").out == TOLL
    with pytest.warns(losscli.LossWarning):
        assert losscli.losses.names().count("mse") == 1


def test_two_packages_with_one_name_are_both_refused(
    loss: Loss, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in ("alpha", "beta"):
        code = toy("toll") + toy(f"{package}_toll")
        install(tmp_path, package, f"{GROUP}\nx = {package}", **{package: code})
    use(tmp_path, monkeypatch)
    clash = "toll is declared by alpha and by beta, so none is used; uninstall one of them"
    ran = loss("list", "-f", "json")
    assert ran.err == f"note: {clash}\n"
    assert '"toll"' not in ran.out
    assert '"beta-toll"' in ran.out
    assert loss("toll", *COUNTS).err == f"loss: {clash}\n"
    assert loss("alpha-toll", *COUNTS, "-q").out == TOLL


@pytest.mark.parametrize(
    ("returns", "why"),
    [
        ("1 / 0", "its formula fails: ZeroDivisionError: division by zero"),
        ("(input - target).mean(), {'input': input}", "its terms: shape (), expected (4,)"),
        ("[0.5] * 3, {'input': input}", "its terms: shape (3,), expected (4,)"),
        ("input + 0j, {'input': input}", "its terms: complex128, expected floats"),
        ("input", "its formula fails: ValueError"),
        ("input, {}", "it returns no gradient of input"),
        ("input, {'input': 1.0}", "its gradient of input: shape (), expected (4,)"),
    ],
)
def test_a_formula_that_fails_is_one_line(
    loss: Loss, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, returns: str, why: str
) -> None:
    install(tmp_path, "odd", f"{GROUP}\nx = odd", odd=toy("toll", returns))
    use(tmp_path, monkeypatch)
    for words in (["toll"], ["explain", "toll"], ["reconcile", "toll", "--value", "3"]):
        ran = loss(*words, *COUNTS, *(["--grad"] if len(words) == 1 else []))
        if words[0] == "reconcile" and "gradient" in why:
            continue
        assert ran.status == 3
        assert ran.err.count("\n") == 1
        assert ran.err.startswith("loss: toll of odd: ")
        assert why in ran.err
        assert "run python -m losscli.contract odd" in ran.err


def test_a_wrong_gradient_is_noticed_by_explain(
    loss: Loss, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = toy("toll", "(input - target) ** 2, {'input': input - target}")
    install(tmp_path, "odd", f"{GROUP}\nx = odd", odd=code)
    use(tmp_path, monkeypatch)
    ran = loss("explain", "toll", *COUNTS)
    assert "WRONG: gradient: central difference: off by less than 1e0" in ran.out
    why = "the gradient is not the derivative of the loss: run python -m losscli.contract odd"
    assert (ran.status, ran.err) == (3, f"loss: {why}\n")


def test_an_option_with_the_name_of_a_shared_one_is_one_line(
    loss: Loss, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = "from losscli.losses.declare import IgnoreIndex\n" + toy("toll").replace(
        "*, grad", "*, threads: IgnoreIndex = 2, grad"
    )
    install(tmp_path, "odd", f"{GROUP}\nx = odd", odd=named)
    use(tmp_path, monkeypatch)
    why = "loss: toll of odd: --threads is an option of this command for every loss; rename it"
    for words in (["toll", *COUNTS], ["toll", "--help"], ["explain", "toll"]):
        ran = loss(*words)
        assert (ran.status, ran.out, ran.err) == (2, "", f"{why} there\n")
    assert "toll" in loss("list").out


def test_gradients_may_be_anybodys_arrays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine writes into them: it must not write into the data."""
    install(tmp_path, "odd", f"{GROUP}\nx = odd", odd=toy("toll", "input, {'input': target}"))
    use(tmp_path, monkeypatch)
    x, y = [[1.0], [2.0]], [[3.0], [float("inf")]]
    found = losscli.compute("toll", input=x, target=y, sample_weight=[1.0, 0.0], grad=True)
    assert found.grad["input"].tolist() == [[3.0], [0.0]]


def test_a_notebook_declares_a_loss_and_declares_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    use(Path("/nowhere"), monkeypatch)

    def declare(factor: float) -> None:
        def my_toy(input: Reals, target: RealTarget, *, grad: bool = False) -> Terms:
            """A toy."""
            return factor * (input - target), {"input": factor + 0 * input} if grad else {}

        my_toy.__annotations__ = {"input": Reals, "target": RealTarget, "grad": bool}
        losscli.loss(
            family="regression", example="", formula="", range="", divides_by="",
            equivalences="", pitfalls="",
        )(my_toy)  # fmt: skip

    for factor in (1.0, 3.0):
        declare(factor)
        assert losscli.compute("my-toy", input=[2.0], target=[1.0]).value == factor
    with pytest.raises(LossError, match="no loss 'my-to'; did you mean my-toy"):
        losscli.compute("my-to", input=[2.0], target=[1.0])
