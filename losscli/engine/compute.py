"""The Python call: `losscli.compute("ce", input=..., target=...)`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from losscli.engine.problem.prepare import prepare
from losscli.engine.problem.settings import Settings
from losscli.errors import UsageError
from losscli.losses.declare.options import Extent, array_extent
from losscli.losses.declare.registry import Loss, find

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from losscli.engine.result.result import Result


def compute(
    name: str,
    *,
    reduction: str = "mean",
    grad: bool = False,
    dtype: str = "float64",
    sample_weight: ArrayLike | None = None,
    label_base: int = 0,
    class_axis: int | None = None,
    map_binary: bool = False,
    shift: bool = False,
    threads: int | None = None,
    **roles_and_options: Any,
) -> Result:
    """Compute a loss of arrays.

    `name` is a loss or an alias; `losscli.losses.names()` lists them. The roles (input, target,
    ...) and the loss's own options are keywords; `from` is spelled `from_`. Shapes, options and
    definitions are those of the command line. Arrays may be lists or those of any library
    (`loss help python`), and are not modified. `threads` defaults to the number of processors that
    the process may use.

    Raises UsageError for an option that is unknown or out of range and DataError for arrays that do
    not fit; both are LossError, with a message of one line.
    """
    from losscli.engine.arrays import sources_of
    from losscli.engine.result.result import result_of
    from losscli.engine.run import Wanted, run

    if threads is not None and (not isinstance(threads, int) or threads < 1):
        raise UsageError(f"threads: {threads!r} is not a positive whole number; give one")
    loss = loss_named(name)
    given = {key: value for key, value in roles_and_options.items() if value is not None}
    roles = {role.name for role in loss.roles}
    refuse_unknown(loss, given, roles | {option.name for option in loss.options}, compute)
    if missing := sorted(roles - set(given)):
        raise UsageError(f"{loss.name}: {missing[0]} is missing; give {'=..., '.join(missing)}=...")
    sources = sources_of(loss, given, sample_weight, label_base)
    weight = sources.pop("sample_weight", None)
    settings = Settings(reduction, dtype, label_base, class_axis, map_binary, shift)
    problem = prepare(loss, sources, checked_options(loss, given), settings, weight)
    none = reduction == "none"
    wanted = Wanted(terms=none, gradient=grad, correct=none and loss.picks, threads=threads)
    return result_of(run(problem, wanted), threads)


def loss_named(name: str) -> Loss:
    """Return a loss by its name or an alias; UsageError for anything else."""
    if not isinstance(name, str):
        raise UsageError(f"{name!r} is not the name of a loss; use one of losscli.losses.names()")
    return find(name)


def refuse_unknown(
    loss: Loss, given: Iterable[str], known: Collection[str], function: Callable[..., Any]
) -> None:
    """Refuse a keyword that is neither known for a loss nor a keyword of the function itself."""
    if unknown := sorted(set(given) - set(known)):
        import difflib

        own = getattr(function, "__kwdefaults__", None) or ()
        keywords = sorted({*known, *(name for name in own if not loss.lacks(name))})
        near = [role.name for role in loss.roles if unknown[0] in role.keys]
        near = near or difflib.get_close_matches(unknown[0], keywords, n=1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        takes = ", ".join(keywords)
        raise UsageError(f"{loss.name} has no {unknown[0]!r}{hint}; it takes {takes}")


def checked_options(loss: Loss, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return all options of the loss, checked, with defaults filled in and arrays as sources."""
    options: dict[str, Any] = {}
    for option in loss.options:
        value = given.get(option.name)
        value = option.default if value is None else value
        if value is None:
            options[option.name] = None
        elif hasattr(value, "read") and array_extent(option):
            options[option.name] = value
        elif array_extent(option):
            from losscli.engine.arrays import array_source, weights_source

            by_class = array_extent(option) is Extent.CLASS
            source = weights_source if by_class else array_source
            options[option.name] = source(option.flag, value)
        else:
            options[option.name] = option.check(value)
    return options
