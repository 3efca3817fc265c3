"""Promises about the declaration: what users read, what they type, the example that runs."""

from __future__ import annotations

import inspect
import shlex
import subprocess
import sys
from collections.abc import Callable

from losscli.cli.catalogue import TOOLS
from losscli.contract.promise import require
from losscli.losses.declare.registry import Loss, find

FACTS = ("example", "formula", "range", "divisor", "pitfalls")
YEARS = range(1700, 2100)
PATIENCE = 60
"""Seconds for an example."""


def every_fact_is_stated(loss: Loss) -> None:
    """What `loss info` shows is there: formula, range, divides_by, pitfalls, help of options."""
    for fact in FACTS:
        require(loss.facts.get(fact), f"{fact.replace('divisor', 'divides_by')} is empty")
    for option in loss.options:
        require(option.spec.help and option.domain, f"--{option.flag} has no help")


def the_docstring_says_what_it_is(loss: Loss) -> None:
    """The docstring begins with a sentence, and names a source with its year."""
    require(loss.summary.endswith("."), "the first line of the docstring is not a sentence")
    require("Source" in loss.doc, "the docstring names no source: Source: ... 2024")
    require(any(str(year) in loss.doc for year in YEARS), "the source has no year")


def the_signature_is_that_of_a_kernel(loss: Loss) -> None:
    """Roles come first, options are keywords with valid defaults, grad is the last."""
    parameters = inspect.signature(loss.kernel).parameters
    require([*parameters][-1] == "grad", "grad is not the last parameter")
    require(parameters["grad"].default is False, "grad is not False by default")
    positional = [name for name, p in parameters.items() if p.kind is not p.KEYWORD_ONLY]
    require(positional == [role.name for role in loss.roles], "an option is not a keyword")
    require(loss.roles[0].differentiable, f"{loss.roles[0].name} has no gradient")
    for option in loss.options:
        if option.default is not None:
            checked = option.check(option.default)
            require(checked == option.default, f"--{option.flag}: the default becomes {checked}")


def counterparts_have_the_same_roles(loss: Loss) -> None:
    """A loss that is offered in place of this one takes the same roles."""
    roles = {role.name for role in loss.roles}
    for name in loss.counterparts:
        require({role.name for role in find(name).roles} == roles, f"{name} has other roles")
    require([form.kind for form in loss.forms(loss.roles[0].name)], "the input has no form")


def the_name_is_free(loss: Loss) -> None:
    """No other command has its name or an alias."""
    for label in (loss.name, *loss.aliases):
        require(label not in TOOLS, f"loss {label} is another command; rename the loss")
        require(find(label) is loss, f"{label} is another loss; rename one of them")


def the_example_runs(loss: Loss) -> None:
    """The example is a command on this loss, and it prints a loss: `loss samples` has files."""
    example = loss.facts["example"]
    require(example.startswith(f"loss {loss.name} "), f"it is not a call: {example}")
    _run(loss, example)


def every_tool_takes_it(loss: Loss) -> None:
    """Its help page and a walk of it can be shown."""
    for command in (f"loss {loss.name} --help", f"loss explain {loss.name}"):
        _run(loss, command)


def _run(loss: Loss, command: str) -> None:
    """Run a command in a process where the loss is declared, installed or not."""
    program = f"import {loss.kernel.__module__}\nfrom losscli.__main__ import run\nrun()"
    try:
        ran = subprocess.run(
            [sys.executable, "-c", program, *shlex.split(command)[1:]],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        require(False, f"{command}: no end after {PATIENCE} s")
    else:
        said = ran.stderr.decode(errors="replace").strip().splitlines()[-1:]
        hint = "; loss samples writes the files" if " samples/" in command else ""
        require(ran.returncode == 0, f"{command}: {' '.join(said) or 'no output'}{hint}")


PROMISES: tuple[Callable[[Loss], None], ...] = (
    every_fact_is_stated,
    the_docstring_says_what_it_is,
    the_signature_is_that_of_a_kernel,
    counterparts_have_the_same_roles,
    the_name_is_free,
)
RUN: tuple[Callable[[Loss], None], ...] = (the_example_runs, every_tool_takes_it)
"""Promises that start the program."""
