"""The direction of imports: what is numeric stands on what is below it, and knows no surface."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import losscli

ROOT = Path(losscli.__file__).parent
RECONCILED = ("torch", "keras", "optax", "sklearn", "torchmetrics")
LAYERS = (
    {
        "errors",
        "version",
        "engine.grid",
        "engine.memory",
        "engine.pool",
        "numerics.elementary",
        "numerics.summation",
        "engine.forms",
        "losses.declare.kind",
        "losses.declare.draws",
        "losses.declare.kinds",
        "losses.declare.options",
        "engine.labels",
        "losses.index",
        "readers.source",
    },
    {"losses.declare.registry", "engine.partial", "output.strict_json", "output.spool"},
    {"engine.kept"},
    {"output.lines", "losses", "engine.settings", "engine.weights", "engine.transforms"},
    {"engine.operands"},
    {"engine.problem"},
    {"engine.block"},
    {"engine.notices", "engine.picks", "engine.shift", "engine.divisor", "engine.tiles"},
    {"engine.prepare", "engine.breakdown.tallies", "engine.breakdown.interval"},
    {"engine.run", "engine.transformation", "commands.entropy.distributions"},
    {
        "engine.details",
        "engine.culprit",
        "engine.result",
        "engine.objective",
        "numerics.divergence",
    },
    {"commands.compare.pair", "commands.compare.run"},
    {"commands.compare.figures", "commands.compare.blame"},
    {
        "engine.compute",
        "output.rows",
        "commands.reconcile.mapped",
        "engine.breakdown.batches",
        "commands.reconcile.printed",
    },
    {"commands.reconcile.case"},
    {
        "commands.reconcile.deviation",
        "commands.reconcile.condense",
        "commands.reconcile.convention",
        "commands.reconcile.forms",
    },
    {
        "commands.reconcile.clipping",
        "commands.reconcile.elements",
        "commands.reconcile.folds",
        "commands.reconcile.labels",
        "commands.reconcile.precision",
        "commands.reconcile.temperature",
        "commands.reconcile.weighting",
    },
    {f"commands.reconcile.libraries.{name}" for name in RECONCILED},
    {"commands.reconcile.conventions", "commands.reconcile.deviations"},
    {"commands.reconcile.search"},
)
"""From the ground up; whatever is not named here is surface, which may stand on all of it."""
SURFACE = len(LAYERS)
KERNELS_MAY_USE = {
    "losses.declare.registry",
    "losses.declare.kinds",
    "losses.declare.options",
    "numerics.elementary",
}
NOT_KERNELS = ("losses.declare", "losses.index", "losses.__main__")
DRAW_WITH_RICH = {
    "output.terminal",
    "commands.listing",
    "output.progress",
    "commands.compare.terminal",
    "output.drawing",
    "commands.diagnose.drawing",
    "commands.explain.terminal",
    "commands.reconcile.terminal",
}


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts) or "__init__"


TREES = {
    module_name(path): ast.parse(path.read_text(encoding="utf-8")) for path in ROOT.rglob("*.py")
}
MODULES = sorted(TREES)


def layer(module: str) -> int:
    """Return how high a module stands; every family of losses stands where `losses` does."""
    if module.startswith("losses.") and not module.startswith(NOT_KERNELS):
        module = "losses"
    return next((at for at, names in enumerate(LAYERS) if module in names), SURFACE)


def imported(nodes: Iterator[ast.AST]) -> set[str]:
    """Return the full names of the modules that these statements import."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.module, "imports are absolute"
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            modules = {name for name in inner if name.removeprefix("losscli.") in TREES}
            found |= modules or {node.module}
    return found


def own(names: set[str]) -> set[str]:
    """Return the project's modules among them, without the package's name."""
    return {name.removeprefix("losscli.") for name in names if name.startswith("losscli.")}


def everywhere(module: str) -> set[str]:
    return imported(ast.walk(TREES[module]))


def at_once(module: str) -> set[str]:
    """Return what is imported with the module, not later inside a function."""
    return imported(iter(TREES[module].body))


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_down(module: str) -> None:
    assert [name for name in own(everywhere(module)) if layer(name) > layer(module)] == []


def test_no_module_waits_for_itself() -> None:
    graph = {module: own(at_once(module)) - {module} for module in MODULES}
    assert len(list(TopologicalSorter(graph).static_order())) >= len(MODULES)


def test_the_layers_exist() -> None:
    assert set().union(*LAYERS) <= set(MODULES)
    assert {module for module in MODULES if layer(module) == SURFACE} >= {"cli.main", "output.page"}


@pytest.mark.parametrize(
    "module",
    [name for name in MODULES if name.startswith("losses.") and not name.startswith(NOT_KERNELS)],
)
def test_a_family_uses_registry_kinds_and_numerics_only(module: str) -> None:
    assert own(everywhere(module)) <= KERNELS_MAY_USE
    outside = {name.partition(".")[0] for name in everywhere(module)} - {"losscli"}
    assert outside <= {"__future__", "typing", "collections", "math", "numpy"}


@pytest.mark.parametrize("module", MODULES)
def test_rich_is_for_the_reports_and_typer_for_the_surface(module: str) -> None:
    packages = {name.partition(".")[0] for name in everywhere(module)}
    assert "rich" not in packages or module in DRAW_WITH_RICH
    assert "typer" not in packages or layer(module) == SURFACE


@pytest.mark.parametrize("module", [name for name in MODULES if layer(name) < SURFACE])
def test_numeric_code_never_prints_or_exits(module: str) -> None:
    calls = [node.func for node in ast.walk(TREES[module]) if isinstance(node, ast.Call)]
    names = {func.id for func in calls if isinstance(func, ast.Name)}
    assert names.isdisjoint({"print", "input", "exit", "quit"})
    assert not any(name == "sys" for name in everywhere(module))


def test_an_upward_import_would_be_seen() -> None:
    tree = ast.parse("def f():\n    from losscli.output import page\n    import rich.table\n")
    found = imported(ast.walk(tree))
    assert found == {"losscli.output.page", "rich.table"}
    assert (
        layer("output.page")
        > layer("engine.run")
        > layer("losses.softmax")
        > layer("losses.declare.kinds")
    )
