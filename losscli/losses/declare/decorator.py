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
from losscli.losses.declare.options import ArrayOption, Bounds, Help, Option
from losscli.losses.declare.registry import Kernel, Loss, Normalizer, Role, register
from losscli.losses.declare.role_kind import Kind
from losscli.losses.declare.variant import Variant
from losscli.losses.index import FAMILIES, HOME


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
            raise TypeError(f"{name}: no family {family!r}; use one of {', '.join(FAMILIES)}")
        if __debug__ and not kernel.__doc__:
            raise TypeError(f"{name} has no docstring")
        module = kernel.__module__
        package = "" if module.startswith(f"{HOME}.") else module.partition(".")[0]
        texts = {"torch": torch, "keras": keras, "optax": optax, "sklearn": sklearn}
        libraries = {library: equivalents(text, library) for library, text in texts.items()}
        try:
            roles, options = _read_signature(kernel)
        except TypeError as error:
            raise TypeError(f"{name}: {error}") from None
        add = _add_from_elsewhere if package else register
        add(
            Loss(
                name,
                family,
                kernel,
                libraries,
                roles,
                options,
                facts=facts,
                package=package,
                **properties,
            )
        )
        return kernel

    return declare


def _add_from_elsewhere(new: Loss) -> None:
    from losscli.losses.declare.plugins import add

    add(new)


def _read_signature(kernel: Kernel) -> tuple[tuple[Role, ...], tuple[Option, ...]]:
    hints = get_type_hints(kernel, include_extras=True)
    parameters = inspect.signature(kernel).parameters
    roles, options = [], []
    for name, parameter in parameters.items():
        if parameter.kind is parameter.KEYWORD_ONLY:
            if name != "grad":
                options.append(_read_option(name, hints.get(name), parameter.default))
            continue
        kinds = tuple(spec for _, spec in _alternatives(hints.get(name)) if isinstance(spec, Kind))
        if not kinds:
            raise TypeError(f"{name} needs a kind of role as its annotation: {name}: Reals")
        roles.append(Role(name, kinds))
    if not roles or not roles[0].differentiable:
        raise TypeError("the first parameter must be a role with a gradient: input: Reals")
    if "grad" not in parameters or parameters["grad"].default is not False:
        raise TypeError("there is no option grad: write grad: bool = False as the last parameter")
    return tuple(roles), tuple(options)


def _read_option(name: str, hint: Any, default: Any) -> Option:
    for plain, spec in _alternatives(hint):
        if not isinstance(spec, Bounds | ArrayOption | Help):
            continue
        choices = get_args(plain) if get_origin(plain) is Literal else ()
        kind = type(choices[0]) if choices else plain
        if default is inspect.Parameter.empty:
            raise TypeError(f"{name} needs a default")
        if not isinstance(spec, Bounds) or kind in (int, float):
            return Option(name, default, kind, spec, choices)
    example = 'Annotated[float, above(0, "what it does")] = 1.0'
    raise TypeError(f"{name} needs an annotation that says what it is: {name}: {example}")


def _alternatives(hint: Any) -> list[tuple[Any, Any]]:
    """Split `A | B | None` into pairs of a type and its annotation."""
    hints = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    return [
        (get_args(one)[0], one.__metadata__[0]) if hasattr(one, "__metadata__") else (one, None)
        for one in hints
    ]
