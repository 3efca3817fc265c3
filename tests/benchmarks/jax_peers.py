"""The losses in JAX, compiled: Optax's where it has them."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from typing import Any

# Before JAX is imported: XLA writes alarms about slow compilations.
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import jax
import jax.numpy as jnp
import optax

from tests.benchmarks.kernel_rows import Calls, Roles

jax.config.update("jax_enable_x64", True)


def _mean_of(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arrays: function(*arrays).mean()


def _kl_div(x: Any, y: Any) -> Any:
    return jnp.mean(jnp.where(y > 0, y * (jnp.log(jnp.where(y > 0, y, 1)) - x), 0))


def _gaussian_nll(x: Any, y: Any, var: Any) -> Any:
    var = jnp.maximum(var, 1e-6)
    return jnp.mean(jnp.log(var) + (x - y) ** 2 / var) / 2


def _multi_margin(x: Any, y: Any) -> Any:
    margins = jnp.maximum(0, 1 - jnp.take_along_axis(x, y[:, None], 1) + x)
    others = margins.at[jnp.arange(len(x)), y].set(0)
    return (others.sum(1) / x.shape[1]).mean()


def _triplet_margin(anchor: Any, positive: Any, negative: Any) -> Any:
    def apart(other: Any) -> Any:
        return jnp.sqrt(((anchor - other + 1e-6) ** 2).sum(1))

    return jnp.maximum(0, apart(positive) - apart(negative) + 1).mean()


def _cosine_embedding(a: Any, b: Any, y: Any) -> Any:
    cosine = (a * b).sum(1) / jnp.sqrt((a * a).sum(1) * (b * b).sum(1))
    return jnp.where(y > 0, 1 - cosine, jnp.maximum(0, cosine)).mean()


def _ctc(x: Any, y: Any, _: Any, lengths: Any) -> Any:
    steps, samples, _ = x.shape
    padded = [jnp.zeros((samples, size)) for size in (steps, y.shape[1])]
    return (optax.ctc_loss(x.transpose(1, 0, 2), padded[0], y, padded[1]) / lengths).mean()


LOSSES: dict[str, Callable[..., Any]] = {
    "ce": _mean_of(optax.softmax_cross_entropy_with_integer_labels),
    "bce-logits": _mean_of(optax.sigmoid_binary_cross_entropy),
    "mse": lambda x, y: jnp.mean((x - y) ** 2),
    "huber": _mean_of(optax.huber_loss),
    "l1": lambda x, y: jnp.mean(jnp.abs(x - y)),
    "smooth-l1": _mean_of(optax.huber_loss),
    "poisson-nll": lambda x, y: jnp.mean(jnp.exp(x) - y * x),
    "gaussian-nll": _gaussian_nll,
    "kl-div": _kl_div,
    "hinge": _mean_of(optax.hinge_loss),
    "multi-margin": _multi_margin,
    "triplet-margin": _triplet_margin,
    "cosine-embedding": _cosine_embedding,
    "ctc": _ctc,
}


def calls(name: str, roles: Roles, with_gradient: Collection[str]) -> dict[str, Calls]:
    """Return what is measured."""
    arrays = [jnp.asarray(values) for values in roles.values()]
    places = tuple(place for place, role in enumerate(roles) if role in with_gradient)
    compiled = jax.jit(LOSSES[name])
    both = jax.jit(jax.value_and_grad(LOSSES[name], argnums=places))

    def gradient() -> Any:
        _, slopes = jax.block_until_ready(both(*arrays))
        return dict(zip(with_gradient, slopes, strict=True))

    return {"jax": Calls(lambda: jax.block_until_ready(compiled(*arrays)), gradient)}
