"""One function per loss in the package: parameters, documentation, errors, and their stub."""

from __future__ import annotations

import inspect
import pickle
import re
import subprocess
import sys
import typing
from pathlib import Path

import numpy as np
import pytest

import losscli
from losscli import compute
from losscli.engine.functions import SETTINGS, function_named
from losscli.errors import UsageError
from losscli.losses import declaration, names
from tests import stub
from tests.conftest import ROOT
from tests.each import for_each

X = np.array([[1.0, 2.0], [3.0, 0.0]])
Y = np.array([0, 1])


def test_a_function_gives_the_result_of_compute() -> None:
    by_position = losscli.ce(X, Y, reduction="sum", label_smoothing=0.1, grad=True)
    by_name = losscli.ce(target=Y, input=X, reduction="sum", label_smoothing=0.1, grad=True)
    plain = compute("ce", input=X, target=Y, reduction="sum", label_smoothing=0.1, grad=True)
    for result in (by_position, by_name):
        assert (result.value, result.signature) == (plain.value, plain.signature)
        assert result.grad["input"].tobytes() == plain.grad["input"].tobytes()


@for_each("name", names())
def test_a_function_has_the_parameters_and_the_words_of_its_declaration(name: str) -> None:
    loss = declaration(name)
    function = getattr(losscli, name.replace("-", "_"))
    parameters = inspect.signature(function).parameters
    roles = [key for key, one in parameters.items() if one.kind is one.POSITIONAL_OR_KEYWORD]
    assert roles == [role.name for role in loss.roles]
    assert all(parameters[own.name].default == own.default for own in loss.options)
    assert all(not loss.lacks(key) for key in parameters)
    assert typing.get_type_hints(function)["return"] is losscli.Result
    assert (function.__module__, function.__name__) == ("losscli", name.replace("-", "_"))
    doc = inspect.getdoc(function) or ""
    assert doc.startswith(loss.summary)
    assert loss.facts["range"].partition("--")[0] in doc
    assert all(f"\n    {key}: " in doc for key in parameters)
    assert "--" not in doc
    assert max(map(len, doc.splitlines())) <= 96


def test_every_setting_of_compute_has_words() -> None:
    keywords = inspect.signature(compute).parameters.values()
    assert [one.name for one in keywords if one.kind is one.KEYWORD_ONLY] == list(SETTINGS)


def test_flags_in_a_declaration_are_keywords_in_a_docstring() -> None:
    assert "with log_input=False x - y log(x + eps); full=True adds" in (
        losscli.poisson_nll.__doc__ or ""
    )


def test_a_result_is_a_number_unless_it_is_terms() -> None:
    result = losscli.ce(X, Y)
    value: float = result.value  # Checked by mypy.
    assert float(result) == value
    with pytest.raises(TypeError, match=r"array of 2 terms; use \.value"):
        float(losscli.ce(X, Y, reduction="none"))


def test_an_alias_is_the_same_function() -> None:
    assert losscli.mae is losscli.l1
    assert losscli.cross_entropy is losscli.ce
    assert function_named("cross-entropy") is losscli.ce


def test_a_function_can_be_sent_to_another_process() -> None:
    assert pickle.loads(pickle.dumps(losscli.multi_margin)) is losscli.multi_margin


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: losscli.ce(X, Y, weigth=1), r"ce has no 'weigth' \(did you mean weight\?\)"),  # type: ignore[call-arg]
        (lambda: losscli.ce(X, Y, x=1), "it takes class_axis, dtype, from_, grad, .*reduction"),  # type: ignore[call-arg]
        (lambda: losscli.ce(X, labels=Y), r"ce has no 'labels' \(did you mean target\?\)"),  # type: ignore[call-arg]
        (lambda: losscli.ce(X), "ce: target is missing; give target=..."),  # type: ignore[call-arg]
        (lambda: losscli.ce(X, Y, X), "ce takes 2 arrays by position, input, target, and 3 were"),  # type: ignore[call-arg]
        (lambda: losscli.ce(X, Y, input=X), "ce: input is given twice; give it once"),  # type: ignore[misc]
        (lambda: losscli.mse(X, X, class_axis=0), "class_axis: mse has no class axis; remove it"),  # type: ignore[call-arg]
    ],
)
def test_a_wrong_call_says_what_to_type(wrong: typing.Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        wrong()


def test_names_are_known_before_numpy_is_imported() -> None:
    code = (
        "import sys, losscli; names = dir(losscli); print('numpy' in sys.modules, *names)\n"
        "try: losscli.comptue\n"
        "except AttributeError as error: print(error.name, error.obj.__name__)"
    )
    run = [sys.executable, "-c", code]
    printed = subprocess.run(run, capture_output=True, text=True, check=True).stdout.split()
    assert printed[0] == "False"
    assert {"compute", "ce", "mae", "bce_logits"} <= set(printed)
    assert printed[-2:] == ["comptue", "losscli"]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("hubber", "has no attribute 'hubber'; did you mean huber?"),
        ("bce_with_logits", "did you mean bce_logits?"),
        ("KLDivLoss", "PyTorch's KLDivLoss is kl_div"),
        ("log_softmax", 'losscli.transform("log_softmax", x) computes it'),
        ("log_loss", 'scikit-learn\'s log_loss is ce with from_="probs"'),
    ],
)
def test_a_name_of_another_library_is_answered(name: str, says: str) -> None:
    assert not hasattr(losscli, name)
    with pytest.raises(AttributeError, match=re.escape(says)):
        getattr(losscli, name)


def test_no_function_has_the_name_of_something_else() -> None:
    functions = set(dir(losscli)) - set(losscli.__all__)
    modules = {path.stem for path in (ROOT / "losscli").iterdir()}
    assert len(functions) == len(dir(losscli)) - len(losscli.__all__)
    assert not functions & modules


def test_the_stub_is_what_the_declarations_say() -> None:
    assert stub.PATH.read_text("utf-8") == stub.written(), "run python -m tests.stub"


def test_a_type_checker_sees_the_parameters(tmp_path: Path) -> None:
    lines = {
        'reveal_type(losscli.ce([[1.0]], [0], reduction="sum"))': 'is "losscli.engine.result',
        "losscli.ce([[1.0]], [0], weigth=[1.0])": 'Unexpected keyword argument "weigth"',
        'losscli.mae([1.0], [0.0], reduction="average")': 'has incompatible type "Literal[',
        "losscli.huber([1.0])": 'Missing positional argument "target"',
        "losscli.nonsense": 'Module has no attribute "nonsense"',
    }
    (tmp_path / "user.py").write_text("import losscli\n" + "\n".join(lines), encoding="utf-8")
    run = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--config-file=",
        "--cache-dir=cache",
        "user.py",
    ]
    printed = subprocess.run(run, capture_output=True, text=True, cwd=tmp_path, check=False).stdout
    for at, (line, message) in enumerate(lines.items(), 2):
        found = [said for said in printed.splitlines() if said.startswith(f"user.py:{at}: ")]
        assert message in "".join(found), (line, printed)
    assert "Found 4 errors" in printed
