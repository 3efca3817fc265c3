"""The declarations: complete, without duplicates, and the index equal to them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from losscli.errors import UsageError
from losscli.losses import __main__ as index_writer
from losscli.losses import declaration, index, names
from losscli.losses.declare import registry
from losscli.losses.declare.decorator import loss
from losscli.losses.declare.registry import Terms
from losscli.losses.declare.standard_kinds import Reals, RealTarget
from tests.losses.cases import LOSSES


def test_the_index_is_what_the_declarations_say() -> None:
    text = Path(index.__file__).with_suffix(".tsv").read_text(encoding="utf-8")
    assert text == index_writer.written()


def test_every_declaration_is_found_by_all_its_names() -> None:
    assert names() == [entry.name for entry in LOSSES]
    assert len(LOSSES) >= 6
    for entry in LOSSES:
        for label in (entry.name, *entry.aliases, entry.name.replace("-", "_")):
            assert declaration(label) is entry


@pytest.fixture
def scratch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test declare losses that are forgotten afterward."""
    monkeypatch.setattr(registry, "_registered", dict(registry._registered))


def kernel(name: str, doc: str | None = "Zero.\n\nSource: nobody 2000.") -> Any:
    """Return a formula as a file of the package declares it."""

    def function(input: Reals, target: RealTarget, *, grad: bool = False) -> Terms:
        return input - target, {"input": input} if grad else {}

    function.__name__, function.__doc__ = name, doc
    function.__module__ = "losscli.losses.toy"
    function.__annotations__ = {"input": Reals, "target": RealTarget, "grad": bool}
    return function


def declare(function: Any, family: str = "regression", aliases: tuple[str, ...] = ()) -> None:
    loss(
        family=family,
        aliases=aliases,
        example="loss mse",
        formula="0",
        range="0",
        divides_by="1",
        equivalences="none",
        pitfalls="all",
    )(function)


@pytest.mark.usefixtures("scratch")
def test_an_incomplete_declaration_is_refused() -> None:
    declare(kernel("first"))
    assert registry.declared()[-1].name == "first"
    with pytest.raises(TypeError, match="first is declared twice"):
        declare(kernel("first"))
    with pytest.raises(TypeError, match="mae is declared twice"):
        declare(kernel("second"), aliases=("mae",))
    with pytest.raises(TypeError, match="third has no docstring"):
        declare(kernel("third", None))
    with pytest.raises(TypeError, match="no family 'misc'"):
        declare(kernel("fourth"), family="misc")
    with pytest.raises(TypeError, match="pitfalls"):
        loss(family="regression", example="", formula="")  # type: ignore[call-arg]


def test_an_unknown_loss_is_refused_with_what_is_near() -> None:
    with pytest.raises(UsageError, match=r"no loss 'bce-logit'; did you mean bce-logits\?"):
        declaration("bce-logit")
    with pytest.raises(UsageError, match=r"no loss 'zzz'; losscli.losses.names"):
        declaration("zzz")
