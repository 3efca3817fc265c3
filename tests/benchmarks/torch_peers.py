"""The losses in PyTorch, eager and compiled."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from typing import Any

import torch
from torch.nn import functional

from losscli.engine.processors import processors
from tests.benchmarks.kernel_rows import Calls, Roles

torch.set_num_threads(processors())
logging.getLogger("torch").setLevel(logging.ERROR)

LOSSES: dict[str, Callable[..., Any]] = {
    "ce": functional.cross_entropy,
    "bce-logits": functional.binary_cross_entropy_with_logits,
    "mse": functional.mse_loss,
    "huber": functional.huber_loss,
    "l1": functional.l1_loss,
    "smooth-l1": functional.smooth_l1_loss,
    "poisson-nll": functional.poisson_nll_loss,
    "gaussian-nll": functional.gaussian_nll_loss,
    "kl-div": functional.kl_div,
    "hinge": lambda x, y: torch.clamp(1 - x * y, min=0).mean(),
    "multi-margin": functional.multi_margin_loss,
    "triplet-margin": functional.triplet_margin_loss,
    "cosine-embedding": functional.cosine_embedding_loss,
    "ctc": functional.ctc_loss,
}


def _compiles() -> bool:
    """Whether there is what the compiler needs, a C++ compiler above all; says so if not."""
    try:
        torch.compile(torch.square)(torch.ones(2))
    except RuntimeError as error:
        print(f"without torch.compile: {str(error).splitlines()[0]}")
        return False
    return True


COMPILES = _compiles()


def calls(name: str, roles: Roles, with_gradient: Collection[str]) -> dict[str, Calls]:
    """Return what is measured."""
    # Past 8 compilations of one function the compiler leaves it as it is.
    torch._dynamo.reset()
    eager = LOSSES[name]
    found = {"torch": eager} | ({"compile": torch.compile(eager)} if COMPILES else {})
    return {title: _calls(each, roles, with_gradient) for title, each in found.items()}


def _calls(function: Callable[..., Any], roles: Roles, with_gradient: Collection[str]) -> Calls:
    tensors = {role: torch.from_numpy(values) for role, values in roles.items()}
    leaves = {
        role: tensor.clone().requires_grad_() if role in with_gradient else tensor
        for role, tensor in tensors.items()
    }

    def mean() -> Any:
        return function(*tensors.values())

    def gradient() -> Any:
        for role in with_gradient:
            leaves[role].grad = None
        function(*leaves.values()).backward()
        return {role: leaves[role].grad for role in with_gradient}

    return Calls(mean, gradient)
