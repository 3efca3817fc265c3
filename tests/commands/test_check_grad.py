"""--check-grad: whether a gradient is that of the loss."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from losscli import compute
from losscli.commands.loss.agreement import Agreement
from losscli.commands.signatures import flag
from losscli.contract.cases import variants_of
from losscli.losses import names
from losscli.losses.declare.registry import find
from losscli.numerics.arrays import Array
from tests.conftest import ROOT, Loss
from tests.each import for_each

LOGITS, LABELS = (ROOT / f"samples/digits/{name}.npy" for name in ("logits", "labels"))
CALL = ("ce", "-i", LOGITS, "-t", LABELS)
N, C = 450, 10


def probabilities() -> Array:
    """Return the softmax, as a student writes it."""
    logits = np.load(LOGITS).astype(np.float64)
    exps = np.exp(logits - logits.max(axis=1, keepdims=True))
    found: Array = exps / exps.sum(axis=1, keepdims=True)
    return found


def backward() -> Array:
    """Return the gradient of the mean, as a student writes it."""
    found: Array = (probabilities() - np.eye(C)[np.load(LABELS)]) / N
    return found


def check(loss: Loss, folder: Path, gradient: Array, *words: Any, name: str = "g.npy") -> Any:
    """Save a gradient and check it; return the status and the error."""
    np.save(folder / name, gradient)
    ran = loss(*CALL, "-q", "--check-grad", folder / name, *words)
    return ran.status, ran.err


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16, ">f8"])
def test_a_right_gradient_passes_in_every_type(loss: Loss, tmp_path: Path, dtype: Any) -> None:
    assert check(loss, tmp_path, backward().astype(dtype)) == (0, "")
    assert check(loss, tmp_path, np.asfortranarray(backward()).astype(dtype)) == (0, "")


def test_a_right_gradient_in_bfloat16_and_in_single_precision(loss: Loss, tmp_path: Path) -> None:
    bits = backward().astype(np.float32).view(np.uint32)
    rounded = ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype(np.uint16)
    np.save(tmp_path / "g.npy", rounded.view("V2"))
    assert loss(*CALL, "-q", "--check-grad", tmp_path / "g.npy").status == 0
    # Of a confident sample, 1 less the probability is nothing but rounding in float32.
    own = (probabilities().astype(np.float32) - np.eye(C, dtype=np.float32)[np.load(LABELS)]) / N
    assert check(loss, tmp_path, own.astype(np.float32)) == (0, "")


def test_a_right_gradient_in_every_format(loss: Loss, tmp_path: Path) -> None:
    np.savetxt(tmp_path / "g.csv", backward(), delimiter=",")
    np.savez(tmp_path / "g.npz", other=np.zeros(3), dlogits=backward())
    for name in ("g.csv", "g.npz::dlogits"):
        assert loss(*CALL, "-q", "--check-grad", f"{tmp_path}/{name}").status == 0
    typed = "--check-grad=-0.3409988,0.242433,0.0985659"
    assert loss("ce", "-i", "2,1,0.1", "-t", "0", "-q", typed).status == 0
    assert loss("ce", "-i", "2,1,0.1", "-t", "0", "-q", typed, "--tolerance", "1e-9").status == 1


def test_our_own_gradient_passes_whatever_the_reduction(loss: Loss, tmp_path: Path) -> None:
    for reduction in ("mean", "sum", "none"):
        words = (*CALL, "-q", "-r", reduction, "--weight", "1,2,3,1,1,1,1,1,1,0")
        out = tmp_path / "g.npy"
        loss(*words, "--grad-output", out)
        assert loss(*words, "--check-grad", out).status == 0


@pytest.mark.parametrize(
    ("changed", "words", "hint"),
    [
        (lambda g: g * N, (), "it is 450 times the gradient: that of the sum (-r sum), not of the"),
        (lambda g: g, ("-r", "sum"), "it is the gradient of the mean (-r mean), not of the sum"),
        (lambda g: -g, (), "it has the opposite sign"),
        (lambda g: g * 2, (), "it is 2 times the gradient, everywhere"),
        (lambda g: g / C, (), "it is 0.1 times the gradient, everywhere"),
        (lambda g: g * 0, (), "all its numbers are 0"),
        (lambda g: g * np.linspace(1, 3, N)[:, None], (), "multiplied by a factor of its own"),
        (
            lambda g: (g - probabilities() / N) / probabilities(),
            (),
            "it is the gradient of the probabilities, not of the logits: the softmax is missing",
        ),
        (lambda _: probabilities() / N, (), "the softmax alone: the target is not subtracted"),
    ],
)
def test_a_mistake_is_named(
    loss: Loss, tmp_path: Path, changed: Any, words: tuple[str, ...], hint: str
) -> None:
    status, why = check(loss, tmp_path, changed(backward()), *words)
    assert status == 1
    assert hint in why


def test_a_transposed_gradient_is_named(loss: Loss, tmp_path: Path) -> None:
    status, why = check(loss, tmp_path, backward().T)
    assert (status, "shape (10, 450), and input has (450, 10); transpose it" in why) == (3, True)
    square = np.arange(9.0).reshape(3, 3) % 4
    np.save(tmp_path / "x.npy", square)
    np.save(tmp_path / "y.npy", square.T * 2)
    right = compute("mse", input=square, target=square.T * 2, grad=True).grad["input"]
    np.save(tmp_path / "g.npy", right.T)
    files = ("-i", tmp_path / "x.npy", "-t", tmp_path / "y.npy")
    ran = loss("mse", *files, "-q", "--check-grad", tmp_path / "g.npy")
    assert (ran.status, "gradient of input: it is transposed; 4 of 9 " in ran.err) == (1, True)


def test_the_largest_difference_has_a_place(loss: Loss, tmp_path: Path) -> None:
    gradient = backward()
    right = gradient[3, 4]
    gradient[3, 4] += 1e-6
    gradient[8, 1] *= 1.001
    status, why = check(loss, tmp_path, gradient)
    place = f"row 4 column 5 (index [3, 4]) is {float(gradient[3, 4])!r}, not "
    assert status == 1
    assert f"2 of 4500 numbers differ, {place}" in why
    ran = loss(*CALL, "-f", "json", "--no-per-sample", "--check-grad", tmp_path / "g.npy")
    found = json.loads(ran.out)["check_grad"]["input"]
    assert (found["numbers"], found["differing"], found["tolerance"]) == (4500, 2, 1e-5)
    largest = found["largest_absolute"]
    assert largest["index"] == [3, 4]
    assert largest["here"] == pytest.approx(right, rel=1e-12)
    assert largest["absolute"] == pytest.approx(1e-6)
    assert "differing: 2 of 4500 numbers" in loss(*CALL, "--check-grad", tmp_path / "g.npy").out
    gradient[0, 0] = np.nan
    status, why = check(loss, tmp_path, gradient)
    assert (status, "3 of 4500 numbers differ, row 1 column 1" in why) == (1, True)


def test_the_tolerance_is_a_share_of_the_larger_number(loss: Loss, tmp_path: Path) -> None:
    gradient = backward()
    at = np.unravel_index(np.abs(gradient).argmax(), gradient.shape)
    gradient[at] *= 1 + 1e-4
    assert check(loss, tmp_path, gradient)[0] == 1
    assert check(loss, tmp_path, gradient, "--tolerance", "1.1e-4")[0] == 0
    assert check(loss, tmp_path, gradient, "--tolerance", "0.9e-4")[0] == 1


def test_other_axes_and_blocks(loss: Loss, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    logits, labels = rng.normal(size=(5, 2000, 300)), rng.integers(0, 5, (2000, 300))
    for name, array in (("x", logits), ("y", labels)):
        np.save(tmp_path / f"{name}.npy", array)
    words = ("ce", "-i", tmp_path / "x.npy", "-t", tmp_path / "y.npy", "--class-axis", "0", "-q")
    out = tmp_path / "g.npy"
    loss(*words, "--grad-output", out)
    gradient = np.load(out)
    assert loss(*words, "--check-grad", out).status == 0
    gradient[4, 1999, 7] += 1
    np.save(out, gradient)
    ran = loss(*words, "--check-grad", out)
    assert (ran.status, "1 of 3000000 numbers differ" in ran.err) == (1, True)
    assert "index [4, 1999, 7]" in ran.err


def test_a_loss_of_several_roles_wants_to_know_which(loss: Loss, tmp_path: Path) -> None:
    words: list[Any] = ["triplet-margin", "-q"]
    rng = np.random.default_rng(7)
    for name in ("anchor", "positive", "negative"):
        np.save(tmp_path / f"{name}.npy", rng.normal(size=(20, 4)))
        words += [f"--{name}", tmp_path / f"{name}.npy"]
    loss(*words, "--grad-output", tmp_path / "g.npy")
    named = [f"--check-grad={x}={tmp_path}/g.{x}.npy" for x in ("anchor", "negative")]
    assert loss(*words, *named).status == 0
    ran = loss(*words, f"--check-grad=anchor={tmp_path}/g.negative.npy", named[1])
    assert (ran.status, "is not the gradient of anchor" in ran.err) == (1, True)
    ran = loss(*words, "--check-grad", tmp_path / "g.anchor.npy")
    assert (ran.status, "--check-grad anchor=FILE" in ran.err) == (2, True)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--check-grad", "-"), "takes a file, not standard input"),
        (("--check-grad", "g.npy", "--check-grad", "input=g.npy"), "input appears twice"),
        (
            ("--check-grad", "g.npy", "--baseline", "x.json", "--tolerance", "1"),
            "--tolerance means another thing for --baseline and for --check-grad",
        ),
        (("--check-grad", "g.npy", "-i", "g.npy"), "--check-grad checks the gradient of one input"),
    ],
)
def test_what_is_refused(loss: Loss, words: tuple[str, ...], why: str) -> None:
    ran = loss(*CALL, *words)
    assert (ran.status, why in ran.err) == (2, True)


def test_rounding_of_the_largest_number_is_no_difference() -> None:
    found = Agreement(1e-5)
    found.add(np.array([1.0, 1e-20]), np.array([1.0, 2e-20]))
    found.add(np.array([0.5, 0.0]), np.array([0.5, np.inf]))
    assert found.differing(0.0) == 2
    assert found.differing(1e-16) == 1
    worst = found.worst(1e-16)
    assert worst is not None
    assert (worst.at, worst.theirs) == (3, np.inf)


@for_each("name", names())
def test_every_loss_recognizes_its_gradient(loss: Loss, tmp_path: Path, name: str) -> None:
    own = find(name)
    variant = next(variants_of(own))
    case = variant.draw(np.random.default_rng(5), (6,))
    words: list[Any] = [name, "-q"]
    for role, array in case.roles.items():
        np.save(tmp_path / f"{role}.npy", array)
        words.append(f"{flag(role)}={tmp_path}/{role}.npy")
    for option, value in case.options.items():
        typed = flag(option).replace("--", "--no-" if value is False else "--")
        words.append(typed if isinstance(value, bool) else f"{typed}={value}")
    for dtype in ("float64", "float32"):
        gradients = case.compute(grad=True, dtype=dtype).grad
        for factor, status in ((1, 0), (3, 1)):
            checks = []
            for role, gradient in gradients.items():
                np.save(tmp_path / f"grad.{role}.npy", gradient * gradient.dtype.type(factor))
                checks.append(f"--check-grad={role}={tmp_path}/grad.{role}.npy")
            ran = loss(*words, *checks)
            assert (ran.status, ran.err.count("times the gradient")) == (
                status,
                len(checks) * status,
            ), ran.err


def test_a_role_without_a_gradient_is_refused(loss: Loss, tmp_path: Path) -> None:
    ran = loss(*CALL, "-q", "--check-grad", f"target={tmp_path / 'g.npy'}")
    assert (ran.status, ran.out) == (2, "")
    assert "--check-grad: target has no gradient; name input: --check-grad input=FILE\n" in ran.err
