"""One function per loss, `losscli.ce(logits, labels)`, made from its declaration."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable
from functools import cache
from typing import Any, Literal  # noqa: F401 - annotations of the functions name it

from numpy.typing import ArrayLike  # noqa: F401

from losscli.engine.compute import compute
from losscli.engine.problem.settings import DTYPES
from losscli.engine.result.result import Result
from losscli.errors import UsageError, for_python
from losscli.losses.declare.options import Option, array_extent
from losscli.losses.declare.registry import Loss, find
from losscli.losses.index import INDEX

WIDTH = 92
"""Characters in a line of a docstring: 100 where it is indented twice."""
SETTINGS = {
    "reduction": "how the terms become one number; none keeps them",
    "grad": "whether to compute `Result.grad`, the gradient of the reduced loss, by role",
    "dtype": "the precision of the formulas; sums are always in float64",
    "sample_weight": "one weight per sample; the mean divides by their sum",
    "label_base": "the number of the first class, 0 or 1",
    "class_axis": "the axis of the input that the classes are on; by default {}",
    "map_binary": "map targets 0 and 1 to -1 and +1",
    "shift": "compare position i of the input with the target at i + 1",
    "threads": "at most so many threads; by default one per processor",
}
"""What the keywords of `compute` do that are not a loss's own."""


class _Annotation(str):
    """An annotation as source text, which `help` shows without quotes."""

    __slots__ = ()
    __repr__ = str.__str__


@cache
def function_of(loss: Loss) -> Callable[..., Result]:
    """Return the function of a loss: roles by position or name, everything else by keyword."""
    roles = [role.name for role in loss.roles]

    def function(*arrays: Any, **keywords: Any) -> Result:
        if len(arrays) > len(roles):
            raise UsageError(
                f"{loss.name} takes {len(roles)} arrays by position, {', '.join(roles)}, and "
                f"{len(arrays)} were given; give options by name"
            )
        given = dict(zip(roles, arrays, strict=False))
        if twice := sorted(given.keys() & keywords.keys()):
            raise UsageError(f"{loss.name}: {twice[0]} is given twice; give it once")
        return compute(loss.name, **given, **keywords)

    signature = signature_of(loss)
    function.__name__ = function.__qualname__ = loss.name.replace("-", "_")
    function.__module__ = "losscli"
    function.__doc__ = doc_of(loss)
    function.__annotations__ = {name: p.annotation for name, p in signature.parameters.items()}
    function.__annotations__["return"] = signature.return_annotation
    function.__signature__ = signature  # type: ignore[attr-defined]
    return function


def function_named(name: str) -> Callable[..., Result] | None:
    """Return the function of the loss with a name or an alias, of any package; None if none has."""
    try:
        return function_of(find(name))
    except UsageError:
        return None


def likely(name: str) -> str:
    """Return what a name that no function has may mean; empty if nothing comes to mind."""
    from losscli.losses.declare.names import hint
    from losscli.losses.transforms import TRANSFORMS

    if name.replace("_", "-") in TRANSFORMS:
        return f'losscli.transform("{name}", x) computes it'
    text = for_python(hint(name))
    for loss in INDEX:
        text = text.replace(loss, loss.replace("-", "_"))
    return text


def signature_of(loss: Loss) -> inspect.Signature:
    """Return the parameters of a loss's function; annotations are source text."""
    found = [_parameter(role.name, "ArrayLike") for role in loss.roles]
    found += [_parameter(own.name, _type(own), own.default) for own in loss.options]
    kinds = {"reduction": _literal(loss.reductions), "dtype": _literal(DTYPES)}
    for name, known in _settings(loss).items():
        found.append(_parameter(name, kinds.get(name, known.annotation), known.default))
    return inspect.Signature(found, return_annotation=_Annotation("Result"))


def _settings(loss: Loss) -> dict[str, inspect.Parameter]:
    """Return the keywords of `compute` that apply to a loss."""
    known = inspect.signature(compute).parameters
    return {
        name: parameter
        for name, parameter in known.items()
        if parameter.kind is parameter.KEYWORD_ONLY and not loss.lacks(name)
    }


def _parameter(name: str, annotation: str, default: Any = inspect.Parameter.empty) -> Any:
    is_role = default is inspect.Parameter.empty
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD if is_role else inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, kind, default=default, annotation=_Annotation(annotation))


def _type(option: Option) -> str:
    if option.choices:
        return _literal(option.choices)
    return "ArrayLike | None" if array_extent(option) else option.type.__name__


def _literal(choices: tuple[Any, ...]) -> str:
    return f"Literal[{', '.join(repr(one).replace(chr(39), chr(34)) for one in choices)}]"


def doc_of(loss: Loss) -> str:
    """Return the docstring of a loss's function."""
    paragraphs = loss.doc.split("\n\n")
    sources = [one for one in paragraphs if one.startswith("Source")]
    facts = {
        "Formula": loss.facts["formula"],
        "Range": loss.facts["range"],
        "The mean divides by": loss.facts["divisor"],
    }
    axis = {"class_axis": loss.class_axis}
    listed = [*((own.name, _meaning(own)) for own in loss.options)]
    listed += [(name, SETTINGS[name].format(axis.get(name))) for name in _settings(loss)]
    blocks = [
        loss.summary,
        *(one for one in paragraphs if one not in sources),
        "\n".join(_wrapped(f"{what}: {text}") for what, text in facts.items()),
        "Arrays:\n" + "\n".join(_item(role.name, role.what) for role in loss.roles),
        "Options:\n" + "\n".join(_item(name, text) for name, text in listed),
        _wrapped(
            "Returns a `losscli.Result`. Raises `losscli.LossError`, with a message of one line, "
            "for an option or an array that does not fit.",
            "",
        ),
        *sources,
    ]
    return _in_python("\n\n".join(filter(None, blocks)), loss)


def _item(name: str, text: str) -> str:
    return _wrapped(f"    {name}: {text}", "        ")


def _wrapped(text: str, indent: str = "    ") -> str:
    return textwrap.fill(text, WIDTH, subsequent_indent=indent, break_on_hyphens=False)


def _meaning(option: Option) -> str:
    """Return what an option does and which values it takes."""
    if array_extent(option):
        return f"{option.spec.help.partition(':')[0]}: an array or a number, at least 0"
    return option.spec.help if option.type is bool else f"{option.spec.help}; {option.domain}"


def _in_python(text: str, loss: Loss) -> str:
    """Return a text with the flags in it as keywords: `--no-full` as `full=False`."""
    switches = {option.name for option in loss.options if option.type is bool} | {"map_binary"}

    def keyword(found: re.Match[str]) -> str:
        name = found[2].replace("-", "_")
        return f"{name}={not found[1]}" if name in switches else name

    return re.sub(r"(?<![\w-])--(no-)?([a-z][a-z0-9-]*)", keyword, text)
