"""A library's name of a loss as a command: it runs, or the command to type is the answer."""

from __future__ import annotations

import shlex

import pytest

from tests.conftest import Loss

CALL = "-i samples/log-softmax/logits.csv -t samples/log-softmax/labels.csv -q"
NUMBERS = "-i samples/regression/predicted.csv -t samples/regression/measured.csv -q"


def words(text: str) -> list[str]:
    return shlex.split(text)


@pytest.mark.parametrize(
    ("typed", "ours", "says"),
    [
        (f"CrossEntropyLoss {CALL}", f"ce {CALL}", "PyTorch's CrossEntropyLoss is ce"),
        (f"F.cross_entropy {CALL}", f"ce {CALL}", "PyTorch's F.cross_entropy is ce"),
        (
            f"mean_squared_error {NUMBERS}",
            f"mse {NUMBERS}",
            "scikit-learn's mean_squared_error is mse; Keras's MeanSquaredError is mse",
        ),
        (f"keras.losses.Huber {NUMBERS}", f"huber {NUMBERS}", "Keras's Huber is huber"),
        (
            f"huber_loss {NUMBERS}",
            f"huber {NUMBERS}",
            "PyTorch's F.huber_loss is huber; Optax's huber_loss is huber with --reduction none",
        ),
        # The reader has decided what the library's default decides.
        (f"squared_error {NUMBERS} -rsum", f"mse {NUMBERS} -rsum", "with --reduction none"),
        ("explain CrossEntropyLoss", "explain ce", "PyTorch's CrossEntropyLoss is ce"),
        ("info BCEWithLogitsLoss", "info bce-logits", "is bce-logits"),
        ("help BCEWithLogitsLoss", "help bce-logits", "is bce-logits"),
        ("info Poisson", "info poisson-nll", "with --no-log-input --eps 1e-7"),
        ("CategoricalCrossentropy --help", "ce --help", "is ce with --from probs (there rows"),
    ],
)
def test_a_name_with_our_defaults_runs_and_says_so(
    loss: Loss, typed: str, ours: str, says: str
) -> None:
    ran, plain = loss(*words(typed)), loss(*words(ours))
    assert (ran.status, ran.out) == (0, plain.out)
    assert ran.err.startswith("note: ")
    assert says in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (
            "CategoricalCrossentropy -i 'my p.npy' -t y.npy",
            "Keras's CategoricalCrossentropy is ce with --from probs (there rows are divided by "
            "their sums, p is clipped to [1e-7, 1 - 1e-7]); type: loss ce --from probs "
            "-i 'my p.npy' -t y.npy",
        ),
        (
            "binary_crossentropy -i p -t y",
            "Keras's BinaryCrossentropy is bce (there p is clipped to [1e-7, 1 - 1e-7]); "
            "type: loss bce -i p -t y",
        ),
        (
            "log_loss -i p -t y",
            "log_loss is the name of 2 losses, which loss list log_loss describes; "
            "type: loss ce --from probs -i p -t y, or: loss bce -i p -t y",
        ),
        (
            "mean_absolute_percentage_error -i x -t y",
            "is mape (there a fraction, not percent); Keras's MeanAbsolutePercentageError is mape "
            "(there targets below 1e-7 count as 1e-7); type: loss mape -i x -t y",
        ),
        (
            f"binary_crossentropy -i {'p' * 300}",
            "Keras's BinaryCrossentropy is bce (there p is clipped to [1e-7, 1 - 1e-7]); "
            "type: loss bce ...",
        ),
        (
            "explain Poisson --eps=1 -i x",
            "Keras's Poisson is poisson-nll with --no-log-input --eps 1e-7; "
            "type: loss explain poisson-nll --no-log-input --eps=1 -i x",
        ),
        (
            "l2_loss -i x -t y",
            "Optax's l2_loss is mse with --reduction none (there half as large); "
            "type: loss mse --reduction none -i x -t y",
        ),
        (
            f"log_loss -i {'p' * 300} -t y",
            "log_loss is the name of 2 losses, which loss list log_loss describes; "
            "type: loss ce --from probs ..., or: loss bce ...",
        ),
        (
            "help log_loss",
            "log_loss is the name of 2 losses, which loss list log_loss describes; "
            "type: loss ce --help, or: loss bce --help",
        ),
        ("info log_loss", "type: loss info ce, or: loss info bce"),
    ],
)
def test_a_name_with_other_defaults_is_answered_with_the_command_to_type(
    loss: Loss, typed: str, says: str
) -> None:
    ran = loss(*words(typed))
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("loss: ")
    assert ran.err.endswith(f"{says}\n")


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("kl", "no command 'kl'; did you mean kl-div?"),
        ("rmse", "no command 'rmse'; did you mean mse? rmse is its square root"),
        ("explain xent", "no loss 'xent'; did you mean ce?"),
        ("focal", "did you mean softmax-focal or sigmoid-focal?"),
        ("dice", "no command 'dice'; loss list shows the losses"),
        ("explian", "no command 'explian'; did you mean explain?"),
        ("help surces", "no topic or command 'surces'; did you mean sources?"),
        ("help kl", "no topic or command 'kl'; did you mean kl-div?"),
        ("rule swapped", "no rule 'swapped'; did you mean L106 or L110? (`loss rule`"),
        ("rule ce", "no rule 'ce'; loss info ce is about that loss"),
        ("rule MSELoss", "no rule 'MSELoss'; loss info MSELoss is about that loss"),
        ("rule nonsense", "no rule 'nonsense' (`loss rule` lists all rules)"),
        ("info", "loss: NAME is missing (loss info --help lists the options)"),
        ("info nope", "no loss 'nope'; loss list shows the losses"),
    ],
)
def test_an_unknown_name_is_answered_by_its_meaning(loss: Loss, typed: str, says: str) -> None:
    ran = loss(*words(typed))
    assert (ran.status, ran.out) == (2, "")
    assert says in ran.err
