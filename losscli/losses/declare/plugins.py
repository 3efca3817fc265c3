"""Losses of other packages: declared with `@losscli.loss`, found by their entry points.

They are looked for when a name is unknown, and for lists of all losses. A plug-in that is broken is
a problem in one line, and changes nothing for other losses.
"""

from __future__ import annotations

import re
from threading import RLock

from losscli.errors import UsageError, one_line, warn
from losscli.losses.declare.installed import EntryPoint, entry_points
from losscli.losses.declare.registry import Loss
from losscli.losses.index import INDEX, PLUGINS, Entry, built_in

LABEL = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
LONGEST_REASON = 120


class _Known:
    """What is declared and what is wrong with it so far."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.looked = self.looking = False
        self.losses: dict[str, dict[str, Loss]] = {}
        """By name or alias, then by the module that declares it."""
        self.modules: set[str] = set()
        """Modules that declare losses, available or not."""
        self.problems: list[str] = []


_known = _Known()


def add(new: Loss) -> None:
    """Add a loss of another package; a loss of losscli keeps its names, with a LossWarning.

    A module that declares a loss again, as a notebook does, replaces it. Raises TypeError for a
    name that cannot be typed, or that the module gives to two losses.
    """
    module = new.kernel.__module__
    for label in (new.name, *new.aliases):
        if not LABEL.fullmatch(label):
            raise TypeError(f"{label!r} cannot be typed; use lower-case letters, digits and '_'")
    _known.modules.add(module)
    for by_module in _known.losses.values():
        if module in by_module and by_module[module].name == new.name:
            del by_module[module]
    for label in (new.name, *new.aliases):
        if built_in(label):
            _complain(f"{module}: {label} is a loss of losscli, which is used; rename yours")
            if label == new.name:
                return
            continue
        by_module = _known.losses.setdefault(label, {})
        if module in by_module:
            raise TypeError(f"{label} is declared twice")
        by_module[module] = new


def _complain(problem: str) -> None:
    _known.problems.append(problem)
    if not _known.looking:
        warn([problem])


def find(label: str) -> Loss | None:
    """Return the loss of another package with a name or an alias; UsageError if several have it."""
    _look()
    label = label.replace("_", "-")
    rivals = _known.losses.get(label, {})
    if len(rivals) > 1:
        raise UsageError(_clash(label))
    return next(iter(rivals.values()), None)


def losses() -> list[Loss]:
    """Return the losses of other packages whose name no two of them have."""
    _look()
    found = [next(iter(rivals.values())) for rivals in _known.losses.values() if len(rivals) == 1]
    return [loss for loss in dict.fromkeys(found) if len(_known.losses[loss.name]) == 1]


def declared() -> list[Loss]:
    """Return all that is declared, whoever else has its name."""
    _look()
    found = (loss for rivals in _known.losses.values() for loss in rivals.values())
    return list(dict.fromkeys(found))


def labels() -> list[str]:
    """Return all their names and aliases."""
    _look()
    return [label for label, rivals in _known.losses.items() if rivals]


def entries() -> dict[str, Entry]:
    """Return the index, and as one more family the losses of other packages."""
    return {**INDEX, **{loss.name: _entry(loss) for loss in losses()}}


def _entry(loss: Loss) -> Entry:
    texts = [*("; ".join(map(str, known)) for known in loss.libraries.values()), loss.words]
    return Entry(loss.package, PLUGINS, loss.aliases, loss.summary, *texts)


def problems() -> list[str]:
    """Return what is wrong with other packages' losses, one line for each problem."""
    _look()
    clashes = (_clash(label) for label, rivals in _known.losses.items() if len(rivals) > 1)
    return list(dict.fromkeys([*_known.problems, *clashes]))


def with_problems(error: UsageError) -> UsageError:
    """Add the problems to the refusal of a name that is unknown, perhaps because of them."""
    for problem in problems():
        error.add_note(problem)
    return error


def _clash(label: str) -> str:
    modules = " and by ".join(sorted(_known.losses[label]))
    return f"{label} is declared by {modules}, so none is used; uninstall one of them"


def _look() -> None:
    """Import the modules of all entry points, once."""
    with _known.lock:
        if _known.looked or _known.looking:
            # A module may ask for a loss while it is imported here.
            return
        _known.looking = True
        try:
            for entry in sorted(entry_points()):
                if problem := _imported(entry):
                    _known.problems.append(problem)
            _known.looked = True
        finally:
            _known.looking = False


def _imported(entry: EntryPoint) -> str:
    """Import the module of an entry point; return what is wrong with it, if anything is."""
    from contextlib import redirect_stdout
    from importlib import import_module
    from io import StringIO

    package, text = entry
    module, _, inside = (part.strip() for part in text.partition(":"))
    try:
        # Standard output is for results: what a module prints there would be taken for one.
        with redirect_stdout(StringIO()):
            found = import_module(module)
        for part in filter(None, inside.split(".")):
            found = getattr(found, part)
    except (Exception, SystemExit) as error:
        lines = str(error).splitlines()[:1]
        why = one_line(": ".join([type(error).__name__, *lines]))[:LONGEST_REASON]
        return f"{package}: importing {text!r} fails: {why}; fix or uninstall {package}"
    top = module.partition(".")[0]
    if top in (home.partition(".")[0] for home in _known.modules):
        return ""
    return f"{package}: {text!r} declares no loss; decorate a function with @losscli.loss"
