"""One declaration a loss: `@loss` reads a function's signature, and everything else follows.

A kernel is a pure function on one tile. It takes its roles by position (input first), its options
by keyword, and `grad`; it returns the unreduced terms, shape (m,), and with `grad` the derivative
of each term with respect to each differentiable role, in the role's tile layout.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

from losscli.errors import UsageError
from losscli.kinds import Kind, Layout
from losscli.losses.index import FAMILIES, INDEX
from losscli.options import ArrayOption, Bounds, Extent, Help

Array = NDArray[Any]
Terms = tuple[Array, Mapping[str, Array]]
Kernel = Callable[..., Terms]
Normalizer = Callable[..., "Array | None"]
NAMES_OF_LIBRARIES = {
    "torch": "PyTorch",
    "keras": "Keras",
    "optax": "Optax",
    "sklearn": "scikit-learn",
}


@dataclass(frozen=True)
class Role:
    """A file that the loss reads: its name and what it may be."""

    name: str
    kinds: tuple[Kind, ...]

    @property
    def differentiable(self) -> bool:
        """Whether the loss has a gradient with respect to this role; targets are given."""
        return self.name != "target" and not any(kind.index for kind in self.kinds)

    @property
    def keys(self) -> tuple[str, ...]:
        """The names the role may have in a file that holds several, its own first."""
        return tuple(dict.fromkeys((self.name, *(key for k in self.kinds for key in k.keys))))

    @property
    def what(self) -> str:
        """The kinds in words."""
        return " or ".join(f"{kind.name}, {kind.shape}" for kind in self.kinds)


@dataclass(frozen=True)
class Option:
    """An option of one loss: its name on the command line, default, range and help."""

    name: str
    default: Any
    type: type
    spec: Bounds | ArrayOption | Help
    choices: tuple[str, ...] = ()

    @property
    def flag(self) -> str:
        """The name with dashes, as typed and as signed: `from_` is `from`."""
        return self.name.rstrip("_").replace("_", "-")

    @property
    def domain(self) -> str:
        """What the option takes, in words."""
        if self.choices:
            return ", ".join(self.choices)
        if isinstance(self.spec, Bounds):
            text = self.spec.domain
            return text.replace("finite", "whole") if self.type is int else text
        return self.spec.domain if isinstance(self.spec, ArrayOption) else "yes or no"

    def check(self, value: Any) -> Any:
        """Return the value as the kernel wants it, or refuse it in one line."""
        if self.choices:
            if not isinstance(value, str) or value not in self.choices:
                raise UsageError(f"--{self.flag}: {value!r} is not one of {self.domain}")
        elif isinstance(self.spec, Bounds):
            number = isinstance(value, int | float | np.integer | np.floating)
            if isinstance(value, bool) or not number or value not in self.spec:
                raise UsageError(f"--{self.flag}: {value!r} is not allowed: {self.domain}")
            if self.type is int and value != int(value):
                raise UsageError(f"--{self.flag}: {value!r} is not an integer")
            return self.type(value)
        return value


@dataclass(frozen=True, eq=False)
class Loss:
    """What one declaration says."""

    name: str
    aliases: tuple[str, ...]
    family: str
    kernel: Kernel
    normalizer: Normalizer | None
    libraries: Mapping[str, str]
    roles: tuple[Role, ...]
    options: tuple[Option, ...]
    likelihood: bool = False
    """A mean in nats of the target's probability: it has a chance level and a perplexity."""
    facts: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def summary(self) -> str:
        """The first line of the docstring."""
        return inspect.getdoc(self.kernel).partition("\n")[0]  # type: ignore[union-attr]

    @cached_property
    def doc(self) -> str:
        """The docstring below its first line."""
        return inspect.getdoc(self.kernel).partition("\n")[2].strip("\n")  # type: ignore[union-attr]

    @property
    def reductions(self) -> tuple[str, ...]:
        """The reductions that the loss has."""
        return ("mean", "sum", "none")

    @property
    def by_class(self) -> bool:
        """Whether the terms are positions with a class axis, not elements."""
        return self.roles[0].kinds[0].layout is Layout.CLASSES

    @property
    def differentiable(self) -> tuple[str, ...]:
        """The roles that a gradient is given for."""
        return tuple(role.name for role in self.roles if role.differentiable)

    def option(self, name: str) -> Option | None:
        """Return the option of that name, if the loss has it."""
        return next((option for option in self.options if option.name == name), None)


_registered: dict[str, Loss] = {}


def loss(
    *,
    family: str,
    aliases: tuple[str, ...] = (),
    normalizer: Normalizer | None = None,
    likelihood: bool = False,
    torch: str = "",
    keras: str = "",
    optax: str = "",
    sklearn: str = "",
    example: str,
    formula: str,
    range: str,
    divisor: str,
    equivalences: str,
    pitfalls: str,
) -> Callable[[Kernel], Kernel]:
    """Declare a loss.

    `normalizer(target, **options)` gives what each term adds to the divisor of the mean, from the
    targets alone; without one, each counted term adds 1. `example` (a command on samples/) to
    `pitfalls` are what `loss info` says. Raises TypeError for a declaration that is incomplete.
    """
    facts = {
        "example": example,
        "formula": formula,
        "range": range,
        "divisor": divisor,
        "equivalences": equivalences,
        "pitfalls": pitfalls,
    }

    def declare(kernel: Kernel) -> Kernel:
        name = kernel.__name__.replace("_", "-")
        if family not in FAMILIES:
            raise TypeError(f"{name}: no family {family!r}")
        if not kernel.__doc__:
            raise TypeError(f"{name} has no docstring")
        roles, options = _read_signature(kernel)
        new = Loss(
            name,
            aliases,
            family,
            kernel,
            normalizer,
            {"torch": torch, "keras": keras, "optax": optax, "sklearn": sklearn},
            roles,
            options,
            likelihood,
            facts,
        )
        for label in (name, *aliases):
            if label in _registered:
                raise TypeError(f"{label} is declared twice")
            _registered[label] = new
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
    return Option(name, default, str if choices else plain, spec, choices)


def _alternatives(hint: Any) -> list[tuple[Any, Any]]:
    """Split `A | B | None` into (type, what its annotation says)."""
    hints = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    return [
        (get_args(one)[0], one.__metadata__[0]) if hasattr(one, "__metadata__") else (one, None)
        for one in hints
    ]


def resolve(name: str) -> str:
    """Return the name of the loss that a name or an alias means, or refuse with what is near."""
    wanted = name.replace("_", "-")
    for known, entry in INDEX.items():
        if wanted == known or wanted in entry.aliases:
            return known
    import difflib

    near = difflib.get_close_matches(wanted, INDEX, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise UsageError(f"there is no loss {name!r}{hint} (loss list shows all)")


def find(name: str) -> Loss:
    """Return the loss of that name or alias; only its own module is imported."""
    known = resolve(name)
    importlib.import_module(f"losscli.losses.{INDEX[known].module}")
    return _registered[known]


def declared() -> list[Loss]:
    """Return the losses of the modules imported so far, in the order of their declarations."""
    return list(dict.fromkeys(_registered.values()))


def array_extent(option: Option) -> Extent | None:
    """Return how far an array option reaches; None for any other option."""
    return option.spec.extent if isinstance(option.spec, ArrayOption) else None
