"""Names that no loss has: what libraries call the losses, other words, and slips of the pen."""

from __future__ import annotations

import pytest

from losscli import compute
from losscli.errors import UsageError, for_command_line
from losscli.losses import declaration, names
from losscli.losses.declare.equivalent import Equivalent, equivalents, values
from losscli.losses.declare.names import about, hint, senses, suggestions


def test_a_declaration_writes_names_options_and_a_remark() -> None:
    assert equivalents("") == ()
    assert equivalents("A, F.b; C --from probs --no-full --q 0.5 (p - q); D(x=True)") == (
        Equivalent(("A", "F.b")),
        Equivalent(("C",), "--from probs --no-full --q 0.5", "p - q"),
        Equivalent(("D(x=True)",)),
    )
    assert values("--from probs --no-full --q 0.5") == [
        ("from_", "probs"),
        ("full", False),
        ("q", "0.5"),
    ]
    # Optax reduces nothing.
    assert equivalents("f", "optax") == (Equivalent(("f",), "--reduction none"),)
    assert equivalents("f -r sum; g --reduction sum", "optax")[1].options == "--reduction sum"


@pytest.mark.parametrize("name", names())
def test_the_options_that_a_declaration_names_are_options_of_the_loss(name: str) -> None:
    loss = declaration(name)
    found = [*equivalents(loss.words), *(k for known in loss.libraries.values() for k in known)]
    for known in found:
        for key, value in values(known.options):
            if key == "reduction":
                assert value in loss.reductions
            else:
                own = loss.option(key)
                assert own is not None, (known, key)
                own.check(own.type(value))
        assert "\t" not in str(known)
        assert ";" not in known.remark


def test_names_of_libraries_are_found_as_they_are_written_and_nearly_so() -> None:
    def meant(name: str) -> set[str]:
        return {f"{sense.library} {sense.loss}" for sense in senses(name)}

    for name in ("CrossEntropyLoss", "nn.CrossEntropyLoss", "F.cross_entropy", "crossentropyloss"):
        assert meant(name) == {"torch ce"}
    assert meant("log_loss") == {"sklearn ce", "sklearn bce"}
    assert meant("binary_crossentropy") == {"keras bce"}
    assert meant("F.binary_cross_entropy") == {"torch bce"}
    assert meant("BinaryCrossentropy(from_logits=True)") == {"keras bce-logits"}
    assert meant("huber_loss") == {"torch huber", "optax huber"}
    assert meant("mean_squared_error") == {"keras mse", "sklearn mse"}
    assert meant("optax.losses.huber_loss") == {"optax huber"}
    # A name of this program in another spelling belongs to no library.
    assert meant("Huber") == {"keras huber"}
    assert meant("HUBER") == meant("crossentropy") == meant("nonsense") == set()


@pytest.mark.parametrize(
    ("typed", "losses"),
    [
        ("kl", ["kl-div"]),
        ("rmse", ["mse"]),
        ("sse", ["mse"]),
        ("xent", ["ce"]),
        ("crossentropy", ["ce"]),
        ("softmax-loss", ["ce"]),
        ("focal", ["softmax-focal", "sigmoid-focal"]),
        ("focal_loss", ["softmax-focal", "sigmoid-focal"]),
        ("cosine", ["cosine-embedding"]),
        ("logistic", ["bce-logits", "soft-margin"]),
        ("BCEWithLogits", ["bce-logits"]),
        ("MSE", ["mse"]),
        ("huberr", ["huber"]),
        ("weighted_bce", ["bce"]),
        ("huber_loss_fn", ["huber"]),
        ("cee", ["ce"]),
        ("ece", []),
        ("dice", []),
        ("dice_loss", []),
        ("zzz", []),
        ("loss", []),
        ("", []),
    ],
)
def test_other_names_are_understood_by_their_words_and_then_by_their_letters(
    typed: str, losses: list[str]
) -> None:
    assert [sense.loss for sense in suggestions(typed)] == losses


def test_a_search_finds_families_names_words_and_summaries() -> None:
    assert about(["regression"])[-1] == "mape"
    assert about(["Ranking", "and", "embeddings"]) == about(["ranking"]) == about(["embedding"])
    assert about(["focal"]) == ["softmax-focal", "sigmoid-focal"]
    assert about(["contrastive"]) == ["hinge-embedding", "cosine-embedding", "triplet-margin"]
    assert about(["crossentropyloss"]) == ["ce"]
    assert about(["log", "loss"]) == ["ce", "bce"]
    assert about(["robust", "noisy"]) == about(["noisy"]) == ["gce", "sce", "prob-mae"]
    assert about(["dice"]) == []


def test_python_callers_read_the_same_in_their_words() -> None:
    with pytest.raises(UsageError, match=r"no loss 'logloss'; .* is ce with from_=\"probs\""):
        compute("logloss")
    with pytest.raises(UsageError, match=r"PyTorch's MSELoss is mse \(losscli"):
        compute("MSELoss")
    with pytest.raises(UsageError, match=r"did you mean mse\? rmse is its square root"):
        compute("rmse")
    assert for_command_line(hint("Poisson")) == (
        "Keras's Poisson is poisson-nll with --no-log-input --eps 1e-7"
    )
    assert "loss list margin shows" in for_command_line(hint("margin"))
