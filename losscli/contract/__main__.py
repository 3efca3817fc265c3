"""`python -m losscli.contract PACKAGE`: hold the losses of a package to their contract."""

from __future__ import annotations

import re
import sys
import warnings
from importlib import import_module

from losscli.contract.report import kept_promises, page_of
from losscli.errors import ExitStatus, LossError, UsageError, show
from losscli.losses.declare import plugins, registry
from losscli.losses.declare.installed import entry_points, normal
from losscli.losses.declare.registry import Loss
from losscli.output.show import rendered
from losscli.output.streams import Streams

USAGE = "usage: python -m losscli.contract PACKAGE, an installed package or a module"


def main(words: list[str]) -> int:
    """Print a page on each loss of a package; return 1 if a promise is broken."""
    streams = Streams()
    if len(words) != 1 or words[0].startswith("-"):
        streams.note(USAGE)
        return ExitStatus.OK if words in (["-h"], ["--help"]) else ExitStatus.USAGE
    warnings.simplefilter("ignore")
    try:
        return _report(words[0], streams)
    except LossError as error:
        streams.note(f"contract: {error.message}")
        return error.status


def _report(package: str, streams: Streams) -> int:
    entries = [
        module
        for owner, text in entry_points()
        for module in [text.partition(":")[0].strip()]
        if normal(package) in (normal(owner), normal(module))
    ]
    modules = entries or [package]
    found, problems = _declared(modules), _problems([package, *modules])
    if not (found or problems):
        raise UsageError(f"{package} declares no loss; decorate a function with @losscli.loss")
    for problem in problems:
        streams.note(f"contract: {problem}")
    wrong = len(problems)
    for number, loss in enumerate(found):
        kept = [*kept_promises(loss)]
        wrong += sum(bool(one.broken) for one in kept)
        streams.write(["\n" if number else "", *rendered(page_of(loss, kept), streams)])
    if not entries and any(loss.package for loss in found):
        streams.note(f"note: {package} is not installed with an entry point; see loss help plugins")
    return ExitStatus.CHECK_FAILED if wrong else ExitStatus.OK


def _declared(modules: list[str]) -> list[Loss]:
    """Return the losses that modules, or modules inside them, declare."""
    for module in modules:
        try:
            import_module(module)
        except (Exception, SystemExit) as error:
            why = f"{type(error).__name__}: {error}"
            raise UsageError(f"importing {show(module)} fails: {why}; correct it") from None
    inside = tuple(f"{module}." for module in modules)
    every = [*registry.declared(), *plugins.declared()]
    return [loss for loss in every if f"{loss.kernel.__module__}.".startswith(inside)]


def _problems(names: list[str]) -> list[str]:
    """Return the problems of plug-ins that name one of these."""
    name = re.compile(rf"(?<![\w.])(?:{'|'.join(map(re.escape, names))})(?!\w)")
    return [problem for problem in plugins.problems() if name.search(problem)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
