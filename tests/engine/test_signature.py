"""The signature and the summary: what makes a number reproducible, and the figures next to it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from losscli import __version__, compute
from losscli.contract.cases import Variant
from losscli.losses.declare.options import Effect
from tests.losses.cases import VARIANTS

X, Y = [[2.0, 0.0, 1.0], [0.0, 1.0, 3.0]], [0, 1]
END = f"n:2|c:3|dtype:float64|losscli:{__version__}"
PLAIN = "ce|from:logits|reduction:mean|weight:none|ignore_index:-100|label_smoothing:0|"
SIGNATURES: list[tuple[dict[str, Any], str]] = [
    ({}, PLAIN + END),
    ({"z_loss": 1e-4}, PLAIN + "z_loss:0.0001|" + END),
    ({"weight": [0.2, 1, 3]}, PLAIN.replace("none", "0.2,1,3") + END),
    ({"weight": [1e-320, 1e-320, 0]}, PLAIN.replace("none", "1e-320,1e-320,0") + END),
    ({"weight": 1e300}, PLAIN.replace("none", "1e+300") + END),
    ({"label_smoothing": 0.1}, PLAIN.replace("smoothing:0|", "smoothing:0.1|") + END),
    ({"reduction": "sum"}, PLAIN.replace("mean", "sum") + END),
    ({"ignore_index": 1}, PLAIN.replace("-100", "1") + END),
    ({"from_": "log-probs"}, PLAIN.replace("logits", "log-probs") + END),
    ({"label_base": 1, "target": [1, 2]}, PLAIN + "label_base:1|" + END),
    ({"class_axis": -1}, PLAIN + "class_axis:-1|" + END),
    ({"dtype": "float32"}, PLAIN + END.replace("float64", "float32")),
]


@pytest.mark.parametrize(("options", "signature"), SIGNATURES)
def test_signature(options: dict[str, Any], signature: str) -> None:
    assert compute("ce", **{"input": X, "target": Y, **options}).signature == signature


def test_an_elementwise_loss_has_no_classes() -> None:
    signature = compute("mse", input=[1.0], target=[2.0]).signature
    assert signature == f"mse|reduction:mean|n:1|dtype:float64|losscli:{__version__}"


def test_long_weights_are_signed_by_a_digest_of_their_numbers() -> None:
    rng = np.random.default_rng(61)
    x, y, w = rng.normal(size=(4, 9)), [0, 1, 2, 3], rng.uniform(size=9)
    signed = compute("ce", input=x, target=y, weight=w).signature.split("|")[3]
    assert signed.startswith("weight:sha256=")
    assert signed == compute("ce", input=x, target=y, weight=w.tolist()).signature.split("|")[3]
    assert signed != compute("ce", input=x, target=y, weight=w[::-1]).signature.split("|")[3]
    huge = [compute("ce", input=x, target=y, weight=w * 2.0**k).signature for k in (1000, 1010)]
    assert huge[0] != huge[1]


def test_sample_weights_are_signed() -> None:
    first = compute("ce", input=X, target=Y, sample_weight=[1, 2]).signature
    assert "|sample_weight:sha256=" in first
    assert first == compute("ce", input=X, target=Y, sample_weight=np.array([1, 2], "f4")).signature
    assert first != compute("ce", input=X, target=Y, sample_weight=[2, 1]).signature


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_every_option_that_changes_the_number_is_signed(variant: Variant) -> None:
    case = variant.draw(np.random.default_rng(62), (3,))
    parts = dict(part.split(":", 1) for part in case.compute().signature.split("|")[1:])
    for option in variant.loss.options:
        hidden = option.effect is Effect.ADDS_TO_TERMS and option not in variant.drawn
        assert (option.flag if option.name == "from_" else option.name) in parts or hidden
    for option in variant.drawn:
        assert parts[option.name] not in ("none", str(option.default))


def test_the_summary_counts_counted_terms() -> None:
    x = [[2.0, 0.0, 1.0], [0.0, 1.0, 3.0], [5.0, 0.0, 0.0], [0.0, 0.0, 9.0]]
    result = compute("ce", input=x, target=[0, 1, -100, 2])
    assert (result.count, result.ignored) == (3, 1)
    assert result.summary["accuracy"] == 2 / 3
    assert result.summary["chance"] == pytest.approx(np.log(3))
    assert result.summary["perplexity"] == pytest.approx(np.exp(result.value))
    assert compute("mse", input=[1.0], target=[2.0]).summary == {}
    assert compute("ce", input=x, target=[-100] * 4).summary == {}


def test_weights_are_signed_as_they_were_given_whatever_the_arithmetic() -> None:
    signed = compute("ce", input=X, target=Y, weight=[0.1, 0.2, 0.3], dtype="float32").signature
    assert "|weight:0.1,0.2,0.3|" in signed
