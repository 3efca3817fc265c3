"""What a run was checked for, as reports that CI services read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from losscli.output.checks import Check, said
from losscli.output.words import counted


class Outcome(NamedTuple):
    """What a command says about a run: its checks, its warnings, and what went wrong."""

    suite: str
    """The command: `loss ce`."""
    checks: Sequence[Check] = ()
    warnings: Sequence[str] = ()
    error: str = ""
    """Why there is no result, or none that is finite."""
    properties: Mapping[str, object] = {}
    """Further facts on the run by name: its figures, its signature."""
    seconds: float = 0.0


def report(form: str, outcome: Outcome) -> Iterator[str]:
    """Yield the report of a run in one of the formats `REPORTS`."""
    return {"github": _github, "junit": _junit}[form](outcome)


def _github(outcome: Outcome) -> Iterator[str]:
    """Yield workflow commands, which GitHub Actions shows as annotations, one per line."""
    kinds = {"error": "error", "warning": "warning", "info": "notice"}
    if outcome.error:
        yield _annotation("error", outcome.suite, outcome.error)
    for check in outcome.checks:
        if not check.passed:
            place = {"file": check.file, "line": check.line} if check.file else {}
            name = f"{outcome.suite}: {check.name}"
            yield _annotation(kinds[check.severity], name, check.why, place)
    for warning in outcome.warnings:
        yield _annotation("warning", outcome.suite, warning)
    if outcome.checks:
        passed = sum(check.passed for check in outcome.checks)
        yield f"{outcome.suite}: {passed} of {counted(len(outcome.checks), 'check')} passed\n"
    elif not outcome.error:
        # Silence would be taken for a condition that holds.
        loss = outcome.properties.get("loss")
        found = "" if loss is None else f"the loss is {loss}; "
        yield f"{outcome.suite}: {found}nothing was checked\n"


def _annotation(kind: str, title: str, message: str, place: dict[str, Any] | None = None) -> str:
    properties = {**(place or {}), "title": title}
    texts = (f"{name}={_escaped(str(x), ':,')}" for name, x in properties.items() if x is not None)
    return f"::{kind} {','.join(texts)}::{_escaped(message)}\n"


def _escaped(text: str, more: str = "") -> str:
    """Return text as a workflow command takes it."""
    text = said(text)
    return "".join(f"%{ord(char):02X}" if char in f"%{more}" else char for char in text)


def _junit(outcome: Outcome) -> Iterator[str]:
    """Yield JUnit's XML: one test case per check, and one for the run itself."""
    from xml.sax.saxutils import escape, quoteattr

    cases = [Check("result", not outcome.error, outcome.error or "computed"), *outcome.checks]
    named = Counter(check.name for check in cases)
    counts = {
        "tests": len(cases),
        "failures": sum(check.fails for check in outcome.checks),
        "errors": int(bool(outcome.error)),
    }
    numbers = " ".join(f'{name}="{count}"' for name, count in counts.items())
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f"<testsuites {numbers}>\n"
    time = f'time="{outcome.seconds:.3f}"'
    yield f"  <testsuite name={quoteattr(outcome.suite)} {numbers} {time}>\n"
    if outcome.properties:
        yield "    <properties>\n"
        for key, value in outcome.properties.items():
            text = quoteattr(said(str(value)))
            yield f"      <property name={quoteattr(said(key))} value={text}/>\n"
        yield "    </properties>\n"
    for check in cases:
        # Of several inputs each has every check, and a name is that of one case.
        name = check.name + f" ({check.file})" * (named[check.name] > 1)
        head = f"classname={quoteattr(outcome.suite)} name={quoteattr(said(name))}"
        head += f" file={quoteattr(said(check.file))}" if check.file else ""
        head += f' line="{check.line}"' if check.line is not None else ""
        head += f" {time}" if check is cases[0] else ""
        kind = "error" if check is cases[0] else "failure"
        why = said(check.why)
        if check.fails:
            yield f"    <testcase {head}><{kind} message={quoteattr(why)}/></testcase>\n"
        else:
            yield f"    <testcase {head}><system-out>{escape(why)}</system-out></testcase>\n"
    if outcome.warnings:
        text = "\n".join(said(warning) for warning in outcome.warnings)
        yield f"    <system-err>{escape(text)}</system-err>\n"
    yield "  </testsuite>\n</testsuites>\n"
