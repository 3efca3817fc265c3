"""One declaration per loss: `@loss` reads a function's signature, and everything else follows.

A kernel is a pure function of one tile. It takes its roles by position (input first), its options
by keyword, and `grad`; it returns the unreduced terms, shape (m,), and with `grad` the derivative
of each term with respect to each differentiable role, in the layout of the role's tile.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import UnionType
from typing import Any, Literal, TypedDict, Union, Unpack, get_args, get_origin, get_type_hints

from losscli.losses.declare.equivalent import equivalents
from losscli.losses.declare.options import Option
from losscli.losses.declare.registry import Kernel, Loss, Normalizer, Role, register
from losscli.losses.declare.role_kind import Kind
from losscli.losses.declare.variant import Variant
from losscli.losses.index import FAMILIES


class Properties(TypedDict, total=False):
    """Properties that a declaration may state besides the facts; each is a field of `Loss`."""

    aliases: tuple[str, ...]
    words: str
    normalizer: Normalizer
    likelihood: bool
    sample_mean: str
    length: str
    infinite: str
    counterparts: tuple[str, ...]
    log_floor: float
    other_activation: str
    nats: bool
    root: str
    factors: tuple[float, ...]
    variants: tuple[Variant, ...]
    averages_classes: bool


def loss(
    *,
    family: str,
    torch: str = "",
    keras: str = "",
    optax: str = "",
    sklearn: str = "",
    example: str,
    formula: str,
    range: str,
    divides_by: str,
    equivalences: str,
    pitfalls: str,
    **properties: Unpack[Properties],
) -> Callable[[Kernel], Kernel]:
    """Declare a loss.

    `torch` to `sklearn` are its names in other libraries, as `declare.equivalent` reads them;
    `example` (a command on samples/) to `pitfalls` are what `loss info` says. Raises TypeError for
    a declaration that is incomplete.
    """
    facts = {
        "example": example,
        "formula": formula,
        "range": range,
        "divisor": divides_by,
        "equivalences": equivalences,
        "pitfalls": pitfalls,
    }

    def declare(kernel: Kernel) -> Kernel:
        name = kernel.__name__.replace("_", "-")
        if family not in FAMILIES:
            raise TypeError(f"{name}: no family {family!r}")
        if __debug__ and not kernel.__doc__:
            raise TypeError(f"{name} has no docstring")
        texts = {"torch": torch, "keras": keras, "optax": optax, "sklearn": sklearn}
        libraries = {library: equivalents(text, library) for library, text in texts.items()}
        roles, options = _read_signature(kernel)
        new = Loss(name, family, kernel, libraries, roles, options, facts=facts, **properties)
        register(new)
        return kernel

    return declare


def _read_signature(kernel: Kernel) -> tuple[tuple[Role, ...], tuple[Option, ...]]:
    hints = get_type_hints(kernel, include_extras=True)
    roles, options = [], []
    for name, parameter in inspect.signature(kernel).parameters.items():
        if parameter.kind is not parameter.KEYWORD_ONLY:
            kinds = tuple(spec for _, spec in _alternatives(hints[name]) if isinstance(spec, Kind))
            roles.append(Role(name, kinds))
        elif name != "grad":
            options.append(_read_option(name, hints[name], parameter.default))
    return tuple(roles), tuple(options)


def _read_option(name: str, hint: Any, default: Any) -> Option:
    plain, spec = next((base, spec) for base, spec in _alternatives(hint) if spec is not None)
    choices = get_args(plain) if get_origin(plain) is Literal else ()
    return Option(name, default, type(choices[0]) if choices else plain, spec, choices)


def _alternatives(hint: Any) -> list[tuple[Any, Any]]:
    """Split `A | B | None` into pairs of a type and its annotation."""
    hints = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    return [
        (get_args(one)[0], one.__metadata__[0]) if hasattr(one, "__metadata__") else (one, None)
        for one in hints
    ]
