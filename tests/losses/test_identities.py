"""What must be equal though it is computed another way, and the numbers that the texts print."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from losscli import compute

RNG = np.random.default_rng(51)
LOGITS = RNG.normal(0, 3, (6, 4, 5))
LABELS = RNG.integers(0, 4, (6, 5))
WEIGHT = np.array([0.5, 2.0, 1.0, 3.0])


def softmax(x: NDArray[Any]) -> NDArray[Any]:
    e = np.exp(x)
    p: NDArray[Any] = e / e.sum(axis=1, keepdims=True)
    return p


PROBS = softmax(LOGITS)
ONE_HOT = np.moveaxis(np.eye(4)[LABELS], -1, 1)


def close(left: Any, right: Any) -> None:
    np.testing.assert_allclose(left, right, rtol=1e-12, atol=1e-14)


def test_two_classes_are_bce_logits_of_the_difference() -> None:
    x, y = RNG.normal(0, 5, (50, 2)), RNG.integers(0, 2, 50)
    two = compute("ce", input=x, target=y, grad=True)
    one = compute("bce-logits", input=x[:, 1] - x[:, 0], target=y, grad=True)
    close(two.per_sample, one.per_sample)
    close(two.grad["input"], np.stack([-one.grad["input"], one.grad["input"]], axis=1))


def test_bce_logits_is_bce_of_the_sigmoid() -> None:
    x, y = RNG.normal(0, 3, 50), RNG.uniform(0, 1, 50)
    p = 1 / (1 + np.exp(-x))
    logits = compute("bce-logits", input=x, target=y, grad=True)
    probs = compute("bce", input=p, target=y, grad=True)
    close(logits.per_sample, probs.per_sample)
    close(logits.grad["input"], probs.grad["input"] * p * (1 - p))


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["unweighted", "weighted"])
def test_ce_is_nll_of_log_softmax(weight: Any) -> None:
    ce = compute("ce", input=LOGITS, target=LABELS, weight=weight)
    nll = compute("nll", input=np.log(PROBS), target=LABELS, weight=weight)
    close(ce.per_sample, nll.per_sample)
    close(ce.value, nll.value)


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["unweighted", "weighted"])
def test_ce_from_what_the_softmax_gives(smoothing: float, weight: Any) -> None:
    options: dict[str, Any] = {"target": LABELS, "label_smoothing": smoothing, "weight": weight}
    logits = compute("ce", input=LOGITS, **options)
    log_probs = compute("ce", input=np.log(PROBS), from_="log-probs", grad=True, **options)
    probs = compute("ce", input=PROBS, from_="probs", grad=True, **options)
    close(log_probs.per_sample, logits.per_sample)
    close(probs.per_sample, logits.per_sample)
    close(probs.value, logits.value)
    close(probs.grad["input"] * PROBS, log_probs.grad["input"])


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_indices_are_one_hot_targets(smoothing: float) -> None:
    for form, x in (("logits", LOGITS), ("probs", PROBS)):
        options: dict[str, Any] = {"from_": form, "label_smoothing": smoothing, "grad": True}
        index = compute("ce", input=x, target=LABELS, **options)
        one_hot = compute("ce", input=x, target=ONE_HOT, **options)
        close(index.value, one_hot.value)
        close(index.per_sample, one_hot.per_sample)
        close(index.grad["input"], one_hot.grad["input"])


def test_with_weights_only_the_normalizer_of_one_hot_targets_differs() -> None:
    index = compute("ce", input=LOGITS, target=LABELS, weight=WEIGHT)
    one_hot = compute("ce", input=LOGITS, target=ONE_HOT, weight=WEIGHT)
    close(index.numerator, one_hot.numerator)
    assert index.denominator == pytest.approx(WEIGHT[LABELS].sum())
    assert one_hot.denominator == LABELS.size


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["unweighted", "weighted"])
def test_label_smoothing_is_a_target_of_class_probabilities(weight: Any) -> None:
    smooth = 0.8 * ONE_HOT + 0.2 / 4
    option = compute("ce", input=LOGITS, target=LABELS, label_smoothing=0.2, weight=weight)
    target = compute("ce", input=LOGITS, target=smooth, weight=weight)
    close(option.per_sample, target.per_sample)
    soft = compute("ce", input=LOGITS, target=PROBS[::-1], label_smoothing=0.2, weight=weight)
    mixed = 0.8 * PROBS[::-1] + 0.2 / 4
    close(soft.per_sample, compute("ce", input=LOGITS, target=mixed, weight=weight).per_sample)


@pytest.mark.parametrize("name", ["ce", "nll"])
def test_one_weight_for_all_classes_leaves_the_mean(name: str) -> None:
    x = np.log(PROBS)
    plain = compute(name, input=x, target=LABELS, grad=True)
    scalar = compute(name, input=x, target=LABELS, weight=2.5, grad=True)
    vector = compute(name, input=x, target=LABELS, weight=[2.5] * 4, grad=True)
    close(scalar.value, plain.value)
    close(scalar.numerator, 2.5 * plain.numerator)
    close(scalar.grad["input"], plain.grad["input"])
    assert scalar.value == vector.value


def test_a_shift_of_all_logits_changes_nothing() -> None:
    shifted = compute("ce", input=np.rint(LOGITS * 64) / 64 + 2.0**30, target=LABELS, grad=True)
    plain = compute("ce", input=np.rint(LOGITS * 64) / 64, target=LABELS, grad=True)
    np.testing.assert_array_max_ulp(shifted.per_sample, plain.per_sample, 4)
    np.testing.assert_array_max_ulp(shifted.grad["input"], plain.grad["input"], 8)


def test_a_masked_class_changes_nothing() -> None:
    masked = np.concatenate([LOGITS, np.full((6, 1, 5), -np.inf)], axis=1)
    with_mask = compute("ce", input=masked, target=LABELS, grad=True)
    plain = compute("ce", input=LOGITS, target=LABELS, grad=True)
    assert with_mask.value == plain.value
    assert (with_mask.grad["input"][:, :4] == plain.grad["input"]).all()
    assert (with_mask.grad["input"][:, 4] == 0).all()


def test_the_mean_of_squares_is_their_sum_over_their_number() -> None:
    x, y = RNG.normal(size=(7, 3)), RNG.normal(size=(7, 3))
    mse = compute("mse", input=x, target=y)
    sse = compute("l2", input=x, target=y, reduction="sum")
    assert mse.numerator == sse.value
    close(mse.value, float(sse.value) / 21)
    close(sse.value, ((x - y) ** 2).sum())


def test_the_slope_of_l1_at_its_kink_is_0() -> None:
    gradient = compute("l1", input=[1.0, 2.0, 3.0], target=[1.0, 3.0, 2.0], grad=True).grad["input"]
    np.testing.assert_array_equal(gradient, [0, -1 / 3, 1 / 3])


def test_the_gradient_of_ce_is_p_minus_one_hot() -> None:
    gradient = compute("ce", input=LOGITS, target=LABELS, grad=True).grad["input"]
    close(gradient, (PROBS - ONE_HOT) / LABELS.size)


def test_uniform_predictions_cost_log_c() -> None:
    for c in (2, 10, 1000):
        result = compute("ce", input=np.full((3, c), 7.0), target=[0, 1, 0])
        close(result.value, np.log(c))
        close(result.summary["chance"], np.log(c))
        close(result.summary["perplexity"], c)


def test_log_softmax_of_the_first_text() -> None:
    x = [[0.1721, -0.8006, -0.8058], [-0.0211, -0.7485, 0.3632], [1.3830, 0.2733, 0.3185]]
    log_p = [[-0.5620, -1.5347, -1.5399], [-1.0824, -1.8098, -0.6981], [-0.5155, -1.6253, -1.5801]]
    for label in range(3):
        terms = compute("ce", input=x, target=[label] * 3).per_sample
        np.testing.assert_allclose(-terms, np.array(log_p)[:, label], atol=1.5e-4)
    ce = compute("ce", input=x, target=[0, 2, 1])
    assert ce.value == pytest.approx(0.9618, abs=1e-4)
    assert compute("nll", input=log_p, target=[0, 2, 1]).value == pytest.approx(0.9618, abs=1e-4)
    assert compute("nll", input=[[1.0, 2, 3]], target=[2]).value == -3


def test_an_entropy_and_a_divergence_of_the_first_text() -> None:
    p = [[0.5, 0.2, 0.3]]
    entropy = compute("ce", input=p, target=p, from_="probs").value
    assert entropy == pytest.approx(1.0297, abs=1e-4)
    certain = compute("ce", input=[[0.7, 0.2, 0.1]], target=[[1.0, 0, 0]], from_="probs").value
    assert certain == pytest.approx(0.3567, abs=1e-4)


def test_all_predictions_correct_and_the_loss_not_0() -> None:
    x = [[0.7459, 0.5881, 0.4795], [0.2894, 0.0568, 0.3439], [0.6124, 0.7558, 0.4308]]
    result = compute("ce", input=x, target=[0, 1, 1])
    assert result.value == pytest.approx(1.0646, abs=1e-4)
    expected = [0.9632, 1.2794, 0.9512]
    np.testing.assert_allclose(result.per_sample, expected, atol=1.5e-4)


@pytest.mark.parametrize(
    ("prediction", "loss"),
    [
        ([1e-5, 0.99999, 1e-5], 3.0000150000863473e-05),
        ([0.1, 0.8, 0.1], 0.43386458262986227),
        ([0.2, 0.6, 0.2], 0.9571127263944101),
        ([0.3, 0.4, 0.3], 1.62964061975162),
    ],
)
def test_bce_summed_over_the_classes(prediction: list[float], loss: float) -> None:
    value = compute("bce", input=prediction, target=[0, 1, 0], reduction="sum").value
    assert value == pytest.approx(loss, rel=1e-9)


def test_mapped_labels_are_signs() -> None:
    x, labels = RNG_X, np.array([0, 1, 1, 0])
    for name in ("hinge", "squared-hinge", "soft-margin"):
        mapped = compute(name, input=x, target=labels, map_binary=True, grad=True)
        signs = compute(name, input=x, target=2 * labels - 1, grad=True)
        assert (mapped.value, mapped.grad["input"].tolist()) == (
            signs.value,
            signs.grad["input"].tolist(),
        )
        assert "|map_binary:yes|" in mapped.signature


RNG_X = np.array([0.3, -1.2, 2.0, 0.9])


def test_relations_between_the_losses_of_single_numbers() -> None:
    x, y = RNG_X, np.array([1.0, -1.0, 0.5, 0.0])
    labels = np.array([0, 1, 1, 0])

    def value(name: str, target: Any, **options: Any) -> float:
        return float(compute(name, input=x, target=target, **options).value)

    assert value("huber", y, delta=0.4) == pytest.approx(0.4 * value("smooth-l1", y, beta=0.4))
    assert value("smooth-l1", y, beta=0) == pytest.approx(value("l1", y), rel=1e-15)
    assert value("quantile", y) == pytest.approx(value("l1", y) / 2, rel=1e-15)
    assert value("soft-margin", 2 * labels - 1) == pytest.approx(value("bce-logits", labels))
    half = value("sigmoid-focal", labels, alpha=0.5, gamma=0)
    assert half == pytest.approx(value("bce-logits", labels) / 2)


FORMS = [("logits", LOGITS), ("probs", PROBS), ("log-probs", np.log(PROBS))]
every_form = pytest.mark.parametrize(("form", "x"), FORMS, ids=[form for form, _ in FORMS])


def equal(left: Any, right: Any, factor: float = 1.0) -> None:
    """Check that one loss is a factor times another, gradients too."""
    close(left.per_sample, factor * right.per_sample)
    close(left.value, factor * right.value)
    close(left.grad["input"], factor * right.grad["input"])


@every_form
def test_the_relatives_of_ce_are_ce_where_nothing_is_reshaped(form: str, x: Any) -> None:
    arguments = {"input": x, "target": LABELS, "from_": form, "grad": True}
    ce = compute("ce", **arguments)
    equal(compute("softmax-focal", alpha=1, gamma=0, **arguments), ce)
    equal(compute("softmax-focal", alpha=[3.0] * 4, gamma=0, **arguments), ce, 3)
    equal(compute("poly", epsilon=0, **arguments), ce)
    equal(compute("sce", alpha=1, beta=0, **arguments), ce)
    near = compute("gce", q=1e-13, **arguments)
    np.testing.assert_allclose(near.per_sample, ce.per_sample, rtol=1e-10)
    np.testing.assert_allclose(near.grad["input"], ce.grad["input"], rtol=1e-10, atol=1e-15)


@every_form
def test_what_the_target_misses(form: str, x: Any) -> None:
    arguments = {"input": x, "target": LABELS, "from_": form, "grad": True}
    mae = compute("prob-mae", **arguments)
    close(mae.per_sample, 2 * (1 - (PROBS * ONE_HOT).sum(axis=1)))
    close(compute("gce", q=1, **arguments).per_sample, mae.per_sample / 2)
    equal(compute("sce", alpha=0, beta=0.5, log_zero=-3, **arguments), mae_of_rest(mae, form), 0.75)
    poly, ce = compute("poly", epsilon=1.5, **arguments), compute("ce", **arguments)
    close(poly.per_sample, ce.per_sample + 0.75 * mae.per_sample)
    if form == "logits":
        equal(compute("gce", q=1, **arguments), mae, 0.5)
        close(poly.grad["input"], ce.grad["input"] + 0.75 * mae.grad["input"])


def mae_of_rest(mae: Any, form: str) -> Any:
    """Return twice what the other classes get: from given probabilities the target is not in it."""
    if form == "logits":
        return mae
    others = np.where(ONE_HOT == 1, 0, 2 * mae.grad["input"])
    return replace(mae, grad={"input": others})


def test_two_classes_are_losses_of_one_number() -> None:
    x, y = RNG.normal(0, 3, (50, 2)), RNG.integers(0, 2, 50)
    lead = x[:, 1] - x[:, 0]
    focal = compute("softmax-focal", input=x, target=y, alpha=[0.7, 0.3], gamma=1.5)
    one = compute("sigmoid-focal", input=lead, target=y, alpha=0.3, gamma=1.5)
    close(focal.per_sample, one.per_sample)
    signs = 2 * y - 1
    hinge = compute("hinge", input=lead, target=signs)
    close(compute("multi-margin", input=x, target=y).per_sample, hinge.per_sample / 2)
    squared = compute("squared-hinge", input=lead, target=signs)
    close(compute("multi-margin", input=x, target=y, p=2).per_sample, squared.per_sample / 2)
    positive = compute("categorical-hinge", input=abs(x), target=y)
    hinge = compute("hinge", input=abs(x[:, 1]) - abs(x[:, 0]), target=signs)
    close(positive.per_sample, hinge.per_sample)
    ahead = signs * lead
    behind = compute("multiclass-perceptron", input=x, target=y)
    close(behind.per_sample, np.maximum(-ahead, 0))
    sparse = np.where(ahead < -1, -ahead, np.where(ahead > 1, 0, (1 - ahead) ** 2 / 4))
    close(compute("sparsemax", input=x, target=y).per_sample, sparse)


def test_without_a_margin_the_angular_losses_are_ce() -> None:
    cosines = np.cos(LOGITS)
    ce = compute("ce", input=16 * cosines, target=LABELS, grad=True)
    for name in ("arcface", "am-softmax", "cosface"):
        found = compute(name, input=cosines, target=LABELS, scale=16, margin=0, grad=True)
        close(found.per_sample, ce.per_sample)
        close(found.grad["input"], 16 * ce.grad["input"])
    moved = cosines - 0.25 * ONE_HOT
    ce = compute("ce", input=16 * moved, target=LABELS)
    close(
        compute("am-softmax", input=cosines, target=LABELS, scale=16, margin=0.25).value, ce.value
    )
    angle = np.cos(np.arccos(cosines) + 0.25 * ONE_HOT)
    ce = compute("ce", input=16 * angle, target=LABELS)
    close(compute("arcface", input=cosines, target=LABELS, scale=16, margin=0.25).value, ce.value)
