"""Declared losses with their roles, options and properties, found by name."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import (
    Any,
    NamedTuple,
)

from losscli.errors import UsageError, call, option, spelled
from losscli.losses.declare.docstrings import docstring
from losscli.losses.declare.equivalent import Equivalent
from losscli.losses.declare.options import Effect, Extent, Option, array_extent
from losscli.losses.declare.role_kind import Kind, Layout
from losscli.losses.declare.standard_kinds import SIGNS
from losscli.losses.declare.variant import Variant
from losscli.losses.index import INDEX, built_in
from losscli.numerics.arrays import Array

Terms = tuple[Array, Mapping[str, Array]]
Kernel = Callable[..., Terms]
Normalizer = Callable[..., "Array | None"]
REDUCTIONS = ("mean", "sum", "none")


class Role(NamedTuple):
    """An array that the loss takes: its name and the kinds that it may be."""

    name: str
    kinds: tuple[Kind, ...]

    @property
    def differentiable(self) -> bool:
        """Whether the loss has a gradient with respect to this role; targets have none."""
        return self.name != "target" and not any(kind.is_integer for kind in self.kinds)

    @property
    def keys(self) -> tuple[str, ...]:
        """The role's names in a file that holds several arrays, its own first."""
        return tuple(dict.fromkeys((self.name, *(key for k in self.kinds for key in k.keys))))

    @property
    def what(self) -> str:
        """The kinds in words."""
        return " or ".join(f"{kind.name}, {kind.shape}" for kind in self.kinds)


@dataclass(frozen=True, eq=False)
class Loss:
    """A declaration."""

    name: str
    family: str
    kernel: Kernel
    libraries: Mapping[str, tuple[Equivalent, ...]]
    """Its names in other libraries."""
    roles: tuple[Role, ...]
    options: tuple[Option, ...]
    aliases: tuple[str, ...] = ()
    words: str = ""
    """Other words that people look for, written like names in a library: `sse --reduction sum`."""
    normalizer: Normalizer | None = None
    """Returns what each term adds to the normalizer, from the target and the options; else 1."""
    likelihood: bool = False
    """Minus the log of the target's probability in nats: it has a chance level and a perplexity."""
    sample_mean: str = ""
    """Its extra reduction, if any: the sum divided by the number of samples, not of terms."""
    length: str = ""
    """The role whose lengths, at least 1, divide each term before the mean is taken."""
    infinite: str = ""
    """Why a term may be infinite even if all its numbers are finite."""
    counterparts: tuple[str, ...] = ()
    """Losses of the same targets that take the input in another form, the closest first."""
    log_floor: float = -math.inf
    """Logarithms below this are raised to it."""
    other_activation: str = ""
    """The loss with a sigmoid for each class where this has a softmax over them, or the reverse."""
    nats: bool = False
    """Whether it is a logarithm of probabilities, so that another base only changes the unit."""
    root: str = ""
    """The usual name of the square root of its mean, if it has one."""
    factors: tuple[float, ...] = ()
    """Factors of other usual definitions."""
    variants: tuple[Variant, ...] = ()
    """Other definitions that go by its name."""
    averages_classes: bool = False
    """Whether each term is a sum over the classes, divided by their number."""
    facts: Mapping[str, str] = field(default_factory=dict)
    package: str = ""
    """The package that declares it; empty for a loss of losscli."""

    def names_in(self, library: str) -> str:
        """Return what a library calls it, functions of PyTorch apart; empty if it lacks it."""
        names = (name for known in self.libraries[library] for name in known.names)
        return ", ".join(name for name in names if not name.startswith("F."))

    @cached_property
    def summary(self) -> str:
        """The first line of the docstring."""
        return docstring(self.kernel).partition("\n")[0]

    @cached_property
    def doc(self) -> str:
        """The docstring below its first line."""
        return docstring(self.kernel).partition("\n")[2].strip("\n")

    def kinds(self, role: Role, options: Mapping[str, Any]) -> tuple[Kind, ...]:
        """Return the kinds of a role under these options: `--from` says what the input is."""
        for own in self.options:
            kind = own.kinds_of(role.name).get(options.get(own.name))
            if kind is not None:
                return (kind,)
        return role.kinds

    def forms(self, role: str) -> Iterator[Form]:
        """Yield the forms of a role: those of this loss first, then those of its counterparts."""
        for loss in (self, *map(find, self.counterparts)):
            plain = next(own for own in loss.roles if own.name == role).kinds[0]
            chooser = next((own for own in loss.options if own.kinds_of(role)), None)
            if chooser is None:
                yield Form(loss, {}, plain)
                continue
            for value in chooser.choices or (False, True):
                yield Form(loss, {chooser.name: value}, chooser.kinds_of(role).get(value, plain))

    @property
    def reductions(self) -> tuple[str, ...]:
        """The names of its reductions."""
        return (*REDUCTIONS, self.sample_mean) if self.sample_mean else REDUCTIONS

    @property
    def layout(self) -> Layout:
        """The layout of the first role."""
        return self.roles[0].kinds[0].layout

    @property
    def by_class(self) -> bool:
        """Whether the input has a class axis."""
        return self.layout in (Layout.CLASSES, Layout.SEQUENCES)

    @property
    def target_kinds(self) -> tuple[Kind, ...]:
        """The kinds of the target; empty for a loss without targets."""
        return next((role.kinds for role in self.roles if role.name == "target"), ())

    @property
    def class_axis(self) -> int:
        """The class axis of the input unless the call sets another."""
        return 2 if self.layout is Layout.SEQUENCES else 1

    def lacks(self, setting: str) -> str:
        """Return in words what a setting requires that this loss lacks."""
        needed, has = NEEDED.get(setting, ("", lambda _: True))
        return "" if has(self) else needed

    @property
    def picks(self) -> bool:
        """Whether the target says which class is correct."""
        return any(kind.is_target for role in self.roles for kind in role.kinds)

    @property
    def predicts(self) -> bool:
        """Whether a term has a prediction: the class with the largest input, or the input."""
        return self.picks or (self.layout is Layout.TERMS and self.roles[0].name == "input")

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a listed term: target, prediction, and roles of one number per term."""
        names = [role.name for role in self.roles if role.name == "target"]
        names += ["prediction"] if self.predicts else []
        for role in self.roles[1:] if self.predicts else self.roles:
            if role.name not in names and role.kinds[0].layout is Layout.TERMS:
                names.append(role.name)
        return tuple(names)

    @property
    def differentiable(self) -> tuple[str, ...]:
        """The roles with a gradient."""
        return tuple(role.name for role in self.roles if role.differentiable)

    def option(self, name: str) -> Option | None:
        """Return the option of that name, if the loss has it."""
        return next((own for own in self.options if own.name == name), None)

    def with_effect(self, effect: Effect) -> Option | None:
        """Return the option that has an effect, if the loss has one."""
        return next((own for own in self.options if own.effect is effect), None)

    @property
    def class_weight(self) -> Option | None:
        """The option whose weights the mean divides by, class by class, if the loss has one."""
        by_class = (o for o in self.options if array_extent(o) is Extent.CLASS)
        return next(by_class, None) if self.normalizer else None


class Form(NamedTuple):
    """A form in which a role may come, and the loss and the options that take it."""

    loss: Loss
    options: dict[str, Any]
    kind: Kind

    def spelled(self, instead_of: Loss) -> str:
        """Return what to type instead of the loss that was called."""
        other = [] if self.loss is instead_of else [call(self.loss.name)]
        return " ".join([*other, *(option(name, value) for name, value in self.options.items())])


def _are_labels(kind: Kind) -> bool:
    """Whether a kind of target holds the class of each term, or one of two labels."""
    two = len(kind.values) == 2 or kind.high == 1
    return kind.is_target or (kind.layout is Layout.TERMS and two)


NEEDED: Mapping[str, tuple[str, Callable[[Loss], bool]]] = {
    "class_axis": ("class axis", lambda loss: loss.by_class),
    **dict.fromkeys(
        ("label_base", "labels_are", "classes"),
        ("class indices", lambda loss: any(kind.index for kind in loss.target_kinds)),
    ),
    "map_binary": ("targets -1/+1", lambda loss: SIGNS in [k.values for k in loss.target_kinds]),
    "shift": ("target class", lambda loss: loss.layout is Layout.CLASSES and loss.picks),
    "by": ("target classes", lambda loss: any(map(_are_labels, loss.target_kinds))),
}
"""What each setting that not every loss takes requires, and which losses have it."""

_registered: dict[str, Loss] = {}


def register(new: Loss) -> None:
    """Add a loss under its name and its aliases; raises TypeError for a name that is taken."""
    for label in (new.name, *new.aliases):
        if label in _registered:
            raise TypeError(f"{label} is declared twice")
        _registered[label] = new


def find(name: str) -> Loss:
    """Return the loss with a name or an alias; imports its module only.

    Other packages are looked at for a name that is unknown here. Raises UsageError if it is unknown
    there, too, or if two of them have it.
    """
    if known := built_in(name):
        importlib.import_module(f"losscli.losses.{INDEX[known].module}")
        return _registered[known]
    from losscli.losses.declare import plugins

    if own := plugins.find(name):
        return own
    from losscli.losses.declare.names import hint

    everything = spelled("losscli.losses.names() lists all", "loss list shows all")
    likely = hint(name)
    text = f"there is no loss {name!r}; " + (f"{likely} ({everything})" if likely else everything)
    raise plugins.with_problems(UsageError(text))


def declared() -> list[Loss]:
    """Return the losses of the modules imported so far, in the order of their declarations."""
    return list(dict.fromkeys(_registered.values()))
