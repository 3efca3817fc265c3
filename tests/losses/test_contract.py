"""What every loss promises, held by every declaration, kind, choice and option."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from losscli.contract import bits, numbers, words
from losscli.contract.cases import Variant
from losscli.losses.declare.registry import Loss
from tests.losses.cases import LOSSES, VARIANTS

Promise = Callable[[Variant], None]


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
@pytest.mark.parametrize("promise", [*numbers.PROMISES, *bits.PROMISES], ids=lambda p: p.__name__)
def test_every_loss_keeps(promise: Promise, variant: Variant) -> None:
    promise(variant)


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
@pytest.mark.parametrize("promise", words.PROMISES, ids=lambda p: p.__name__)
def test_every_declaration_keeps(promise: Callable[[Loss], None], loss: Loss) -> None:
    promise(loss)
