"""The rooms of the house: every import of every module is checked against one table.

Imports inside functions count, those for type checkers too, and so do names of modules in strings.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import losscli

ROOT = Path(losscli.__file__).parent

BELOW = "output engine losses/declare losses/index losses/transforms readers numerics"
ROOMS = {
    "__init__": "output engine losses losses/declare losses/index",
    "__main__": "cli",
    "contract": "__main__ cli engine losses/declare numerics output",
    "cli": f"commands commands/* losses {BELOW}",
    "commands": BELOW,
    "commands/*": f"commands {BELOW}",
    "output": "",
    "engine": "losses/declare losses/index losses/transforms readers numerics",
    "losses": "losses/declare losses/index numerics",
    "losses/declare": "losses/index numerics",
    "losses/index": "",
    "losses/transforms": "losses/declare numerics",
    "readers": "",
    "numerics": "",
    "errors": "",
    "version": "",
}
"""What each room may import beside itself and the floor; commands/* is a tool, a room of its own.

A kernel is held to less than the room `losses`: see `KERNELS`.
"""
FLOOR = ("errors", "version")
"""What every room may import."""
EXCEPTIONS = {
    ("losscli.losses.declare.registry", "losses"),  # It finds the file of a loss by its name.
}
"""Exceptions to the table: a list that only shrinks."""
KERNELS = {
    "losscli.losses.declare.decorator",
    "losscli.losses.declare.registry",
    "losscli.losses.declare.standard_kinds",
    "losscli.losses.declare.options",
    "losscli.losses.declare.role_kind",
    "losscli.losses.declare.variant",
    "losscli.numerics",
    "losscli.errors",
}
"""What a file of formulas may import of the package, and with it `KERNEL_PACKAGES` of others."""
KERNEL_PACKAGES = {"__future__", "typing", "collections", "math", "numpy"}
PACKAGES = {
    "typer": ("cli", "commands"),
    "rich": (
        "output/terminal",
        "output/fitting",
        "output/help_page",
        "output/messages",
        "output/progress",
        "output/steps",
        "output/words",
        "output/wrapping",
    ),
    "yaml": ("readers",),
}
"""Packages that only these rooms or modules may import."""
SILENT = ("engine", "losses", "readers", "numerics")
"""Rooms that never print and never exit."""


class Import(NamedTuple):
    """A module that is imported or named somewhere."""

    module: str
    """The module that names it, with dots."""
    line: int
    name: str
    """What is named: a module, or a name in one."""
    types: bool
    """Whether only type checkers see it."""


def module_name(path: Path) -> str:
    """Return the name with dots of a file of the package."""
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def trees() -> dict[str, ast.Module]:
    """Return every module of the package, parsed."""
    return {module_name(path): ast.parse(path.read_bytes()) for path in sorted(ROOT.rglob("*.py"))}


def file_of(module: str) -> Path:
    """Return the path of a module from the project's root."""
    path = Path(*module.split("."))
    return path / "__init__.py" if (ROOT.parent / path).is_dir() else path.with_suffix(".py")


def room(module: str) -> str:
    """Return the room that a module is in: of the names in `ROOMS`, or commands/ and a tool."""
    inner = file_of(module).with_suffix("").parts[1:]
    if inner[0] == "commands" and len(inner) > 2:
        return f"commands/{inner[1]}"
    two = "/".join(inner[:2])
    return two if two in ROOMS else inner[0]


def allowed(here: str, there: str) -> bool:
    """Tell whether the table lets a room import another."""
    here_row = "commands/*" if here.startswith("commands/") else here
    there_row = "commands/*" if there.startswith("commands/") else there
    return here == there or there in FLOOR or there_row in ROOMS.get(here_row, "").split()


def modules(names: Iterable[str]) -> list[str]:
    """Return the modules of the package among names, with the names in a module cut off."""
    found = []
    for name in names:
        while name not in trees() and "." in name:
            name = name.rpartition(".")[0]
        if name in trees():
            found.append(name)
    return found


def named(module: str, tree: ast.Module) -> Iterator[Import]:
    """Yield all that a module imports or names in a string, wherever in its code that is."""
    package = module.split(".")[: None if file_of(module).name == "__init__.py" else -1]
    guards = (n for n in ast.walk(tree) if isinstance(n, ast.If) and "TYPE_CH" in ast.dump(n.test))
    typed = {id(inner) for guard in guards for one in guard.body for inner in ast.walk(one)}
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            names = [f"{base}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names = re.findall(r"^(losscli(?:\.\w+)+)\.?(?::\w+)?$", node.value)
        yield from (Import(module, getattr(node, "lineno", 0), n, id(node) in typed) for n in names)


@cache
def all_named() -> list[Import]:
    """Return what all modules name."""
    return [one for module, tree in trees().items() for one in named(module, tree)]


def violations(found: Iterable[Import]) -> list[str]:
    """Return the place of each import that the table does not allow."""
    wrong = []
    for one in found:
        for imported in modules([one.name]):
            here, there = room(one.module), room(imported)
            # The package's own name, of which every import passes through.
            excepted = imported == "losscli" or (one.module, there) in EXCEPTIONS
            if not excepted and not allowed(here, there):
                wrong.append(
                    f"{file_of(one.module)}:{one.line}: room {here} imports room {there}"
                    f" ({imported})"
                )
    return wrong


def test_every_module_is_in_a_room() -> None:
    rooms = {module: room(module) for module in trees()}
    lost = [name for name, at in rooms.items() if at not in ROOMS and "commands/" not in at]
    assert lost == []


def test_rooms_import_what_the_table_allows() -> None:
    assert len(all_named()) > 500
    wrong = violations(all_named())
    assert not wrong, "\n".join(wrong)


def test_exceptions_are_still_needed() -> None:
    used = {(one.module, room(found)) for one in all_named() for found in modules([one.name])}
    assert used >= EXCEPTIONS


def test_a_violation_would_be_noticed() -> None:
    code = """
from __future__ import annotations
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from losscli.output import ending
def f():
    from losscli.losses import softmax
    import losscli.cli.main
    import_module(f"losscli.commands.{name}")
    import_module(".../readers")
    from ..numerics import summation
"""
    wrong = violations(named("losscli.engine.run", ast.parse(code)))
    assert [line.partition(": ")[2].partition(" (")[0] for line in wrong] == [
        "room engine imports room output",
        "room engine imports room losses",
        "room engine imports room cli",
        "room engine imports room commands",
    ]
    assert wrong[0].startswith("losscli/engine/run.py:5: ")
    assert not allowed("commands/compare", "commands/explain")
    assert not allowed("commands", "commands/explain")
    assert allowed("commands/compare", "commands")


def test_kernels_import_declarations_and_numerics_only() -> None:
    kernels = [name for name in trees() if room(name) == "losses" and name.count(".") > 1]
    kernels.remove("losscli.losses.__main__")
    wrong = []
    for one in all_named():
        if one.module not in kernels:
            continue
        ours = one.name.startswith("losscli.")
        fine = (
            any(f"{one.name}.".startswith(f"{known}.") for known in KERNELS)
            if ours
            else one.name.partition(".")[0] in KERNEL_PACKAGES
        )
        if not fine:
            wrong.append(f"{file_of(one.module)}:{one.line}: a kernel imports {one.name}")
    assert kernels
    assert not wrong, "\n".join(wrong)


def test_packages_are_imported_where_they_belong() -> None:
    wrong = []
    for one in all_named():
        places = PACKAGES.get(one.name.partition(".")[0], ("",))
        here = file_of(one.module).with_suffix("").as_posix().removeprefix("losscli/")
        if not any(f"{here}/".startswith(f"{place}/" if place else "") for place in places):
            wrong.append(f"{file_of(one.module)}:{one.line}: imports {one.name}")
    assert not wrong, "\n".join(wrong)


def test_numeric_code_never_prints_or_exits() -> None:
    wrong = []
    for module, tree in trees().items():
        if room(module).partition("/")[0] not in SILENT or module.endswith(".__main__"):
            continue
        for node in ast.walk(tree):
            called = node.func if isinstance(node, ast.Call) else None
            bare = isinstance(called, ast.Name) and called.id in {"print", "input", "exit", "quit"}
            dotted = isinstance(node, ast.Attribute) and ast.unparse(node) in {
                "sys.exit", "sys.stdout", "sys.stderr", "os._exit",
            }  # fmt: skip
            if isinstance(node, ast.expr) and (bare or dotted):
                wrong.append(f"{file_of(module)}:{node.lineno}: {ast.unparse(node)}")
    assert not wrong, "\n".join(wrong)


def test_no_module_waits_for_itself() -> None:
    graph = {}
    for module, tree in trees().items():
        at_once = ast.Module([n for n in tree.body if not isinstance(n, ast.If)], [])
        imports = [n for n in at_once.body if isinstance(n, ast.Import | ast.ImportFrom)]
        names = (one.name for one in named(module, ast.Module(list(imports), [])))
        graph[module] = set(modules(names)) - {module}
    assert len(list(TopologicalSorter(graph).static_order())) == len(trees())
