"""L104 to L106: an input or target in a form that the loss does not take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from losscli.commands.diagnose.facts.lenient_tile import is_divergence
from losscli.commands.diagnose.facts.numbers import Numbers
from losscli.commands.diagnose.inspection import Inspection, form_key
from losscli.commands.diagnose.registry import bad, near, rule
from losscli.commands.diagnose.rules import LOG_PROBABILITIES, LOGITS, PROBABILITIES
from losscli.commands.diagnose.rules.result import CLEAR
from losscli.commands.findings import Finding
from losscli.engine.problem.operands import Operand
from losscli.losses.declare.role_kind import Layout
from losscli.output.words import counted, figure, part, some

NOUNS = {Layout.CLASSES: "row", Layout.TERMS: "distribution", Layout.SEQUENCES: "step"}
"""The kinds that hold the probabilities of all classes."""


@rule(
    "L104",
    "error",
    "numbers that the loss does not take",
    bad("nll", input=LOGITS, target=[0, 1, 2]),
    near("these are log-probabilities", input=LOG_PROBABILITIES, target=[0, 1]),
    unless=("L106", "L107", "L110", "L502"),
)
def other_form(inspection: Inspection) -> Iterator[Finding]:
    """Finds input that is not the probabilities, logarithms or other numbers that the loss takes.

    Probabilities are in [0, 1]. Log-probabilities are at most 0, and the log-sum-exp of a row is 0
    as exactly as the digits of the file allow.

    Why it matters: Frameworks do not check this. The nll of logits is a number too, mostly
    negative, and it falls without bound while the model learns nothing.

    Fix: Run the command that the finding shows, which takes the input as it is; or add the missing
    softmax, log-softmax or sigmoid to the model.

    References: PyTorch, torch.nn.NLLLoss: the input holds log-probabilities.

    PyTorch, torch.nn.BCELoss: the input holds probabilities.

    PyTorch, torch.nn.KLDivLoss: the input holds log-probabilities.
    """
    if inspection.kind == "log-probabilities":
        yield from _not_log_probabilities(inspection)
    for operand in inspection.problem.operands:
        numbers = inspection.facts.numbers.get(operand.role.name)
        if operand.role.name != "target" and numbers and numbers.outside.count:
            yield _outside(inspection, operand, numbers)
    if inspection.loss.layout is Layout.TERMS and inspection.misfit is None:
        yield from _better_form(inspection)


def _better_form(inspection: Inspection) -> Iterator[Finding]:
    """Report input that an option of the loss takes in a form that fits the targets far better."""
    forms = [f for f in inspection.loss.forms(inspection.input.role.name) if not f.kind.values]
    forms = [form for form in forms if form.loss is inspection.loss]
    own = inspection.value_of(next((f for f in forms if f.kind.name == inspection.kind), None))
    if own is None:
        return
    for form in forms:
        value = None if form.kind.name == inspection.kind else inspection.value_of(form)
        # Both are the likelihood of the same targets.
        if value is not None and (own - value) * inspection.problem.grid.size > CLEAR:
            text = f"{inspection.loss.name} takes {inspection.kind}, but the targets fit the input"
            text += f" far better as {form.kind.name}: {figure(value)} instead of {figure(own)}"
            evidence = {"loss": own, "loss_in_other_form": value}
            yield Finding(text, evidence, next=inspection.command_for(form))


def _outside(inspection: Inspection, operand: Operand, numbers: Numbers) -> Finding:
    """Report numbers outside the domain of a role."""
    span, kind = numbers.span, operand.kind
    after = inspection.command()
    if operand is inspection.input:
        forms = inspection.loss.forms(operand.role.name)
        fitting = (f for f in forms if f.kind.low <= span.low and span.high <= f.kind.high)
        after = inspection.command_for(next(fitting, None))
    found = numbers.outside
    return Finding(
        f"{part(found.count, numbers.size, 'number')} outside {kind.domain}; they range "
        f"from {figure(span.low)} to {figure(span.high)}. {inspection.loss.name} takes {kind.name} "
        f"as {operand.role.name}",
        {"outside": found.count, "low": span.low, "high": span.high},
        *inspection.at(found, operand),
        after,
    )


def _not_log_probabilities(inspection: Inspection) -> Iterator[Finding]:
    rows = inspection.facts.rows.get(inspection.input.role.name)
    if rows is None:
        return
    layout, value = inspection.input.kind.layout, inspection.loss_value
    found, what = rows.above_zero, ""
    # Steps that are only not normalized have a rule of their own, L603.
    if layout is Layout.TERMS or (not found.count and layout is Layout.CLASSES):
        found, what = rows.unnormalized, "log-sum-exp"
    if not found.count:
        return
    noun, kind = NOUNS[layout], "logits"
    if rows.are_probabilities:
        text, kind = "these are probabilities, not their logarithms", "probabilities"
    elif what:
        text = f"the {what} of {some(found.count, rows.count, noun)} is not 0"
    else:
        text = f"there are numbers above 0, as in logits, in {some(found.count, rows.count, noun)}"
    form, scores = inspection.form(kind), inspection.facts.scores
    text = f"{inspection.loss.name} takes log-probabilities, but {text}"
    if value is not None:
        negative = scores and scores.loss < 0
        text += f". The loss is {figure(value)}"
        text += ", which is impossible for probabilities" if negative else ""
    evidence: dict[str, Any] = {
        Layout.CLASSES: {"rows_off": found.count},
        Layout.TERMS: {"off": found.count, "distributions": rows.count},
        Layout.SEQUENCES: {"steps_above_0": found.count, "steps": rows.count},
    }[layout]
    evidence["loss"] = value
    if form:
        evidence[form_key(form)] = other = inspection.value_of(form)
        text += f"; {inspection.typed_form(form)} of the same file is {figure(other)}"
        after = inspection.command_for(form)
    elif kind == "probabilities":
        text, after = f"{text}; give numpy.log of them", inspection.command()
    else:
        after = inspection.log_softmax
    yield Finding(text, evidence, *inspection.at(found, inspection.input, what), after)


@rule(
    "L105",
    "warning",
    "probabilities that do not sum to 1",
    bad("ce", input=[[0.5, 0.2, 0.2], [0.2, 0.6, 0.2]], target=[0, 1], from_="probs"),
    near(
        "0.999 is 1 within the rounding of three decimals",
        input=[[0.333, 0.333, 0.333], [0.2, 0.6, 0.2]],
    ),
    unless=("L104", "L106", "L110", "L202", "L401", "L502"),
)
def sums_to_something_else(inspection: Inspection) -> Iterator[Finding]:
    """Finds rows of probabilities, in the input or the target, that do not sum to 1.

    A row may be off by half a unit of its last decimal per class, which rounding explains.

    Why it matters: losscli uses the numbers as given. Keras divides each row by its sum first and
    reports another loss. scikit-learn only warns; its older releases divided too.

    Fix: Divide each row by its sum, or find out which class is missing from the file.

    References: Keras, keras.losses.CategoricalCrossentropy: with from_logits=False each row is
    divided by its sum.

    scikit-learn, sklearn.metrics.log_loss: warns if the rows do not sum to 1.
    """
    scores = inspection.facts.scores
    # The rows of a binary loss need not be distributions.
    for operand in () if inspection.facts.elements else inspection.problem.operands:
        role, kind = operand.role.name, operand.kind.name
        rows = inspection.facts.rows.get(role)
        if not kind.endswith("probabilities") or kind.startswith("log") or rows is None:
            continue
        off, noun = rows.sums_off, NOUNS[operand.kind.layout]
        if not off.count:
            continue
        first = off.first[0].value
        evidence = {"rows_off": off.count, "rows": rows.count, "first_sum": first}
        after = inspection.command()
        text = f"the sum of {some(off.count, rows.count, noun)} in the {role} is not 1"
        text += f" (the first is {figure(first)})"
        if operand is inspection.input and scores and scores.count:
            normalized = (scores.loss + scores.log_sums) / scores.count
            evidence |= {"loss": scores.mean, "renormalized": normalized}
            text += f". As given the loss is {figure(scores.mean)}; Keras divides by the sum first:"
            text += f" {figure(normalized)}"
            if inspection.loss_value == scores.mean:
                after = inspection.reconciliation(normalized)
        yield Finding(
            text,
            evidence,
            *inspection.at(off, operand, "sum"),
            after,
        )


@rule(
    "L106",
    "warning",
    "input and target look swapped, or the target is in the other form",
    bad("kl-div", input=PROBABILITIES[:2], target=LOG_PROBABILITIES),
    near(
        "log-probabilities come first, then probabilities",
        input=LOG_PROBABILITIES,
        target=PROBABILITIES[:2],
    ),
)
def swapped(inspection: Inspection) -> Iterator[Finding]:
    """Finds a divergence whose target is log-probabilities but should not be, or the reverse.

    kl-div takes log-probabilities first and the target's probabilities second, as PyTorch does:
    KL(target || input), the reverse of the order in the formula. With --log-target both are
    log-probabilities.

    Why it matters: The divergence is not symmetric: swapped arguments give another number, or one
    that the loss refuses (then the finding is an error).

    Fix: Run the command that the finding shows, and compare its loss with the one you expect.

    References: PyTorch, torch.nn.KLDivLoss: log-probabilities first; log_target=False expects
    probabilities as the target.

    Kullback and Leibler 1951, On Information and Sufficiency, doi:10.1214/aoms/1177729694.
    """
    if not is_divergence(inspection.problem):
        return
    input, target = inspection.input_rows, inspection.facts.rows["target"]
    is_log = inspection.target.kind.name == "log-probabilities"
    if target.are_log_probabilities in (target.are_probabilities, is_log) or not input.count:
        return
    evidence = {"distributions": target.count, "loss": inspection.loss_value}
    severity = "error" if inspection.loss_value is None else "warning"
    if not is_log and input.are_probabilities:
        words, other = inspection.typed.words, inspection.swapped_value()
        text = (
            "the input sums to 1, and so does the exp of the target, in "
            f"{counted(input.count, 'distribution')}: they look swapped. Exchanged they give "
            f"{figure(other)}"
        )
        evidence["loss_swapped"] = other
        after = inspection.command(input=words.get("target"), target=words.get("input"))
    else:
        role = next(role for role in inspection.loss.roles if role.name == "target")
        kind = role.kinds[0].name if is_log else "log-probabilities"
        form = inspection.form(kind, inspection.target)
        other = inspection.value_of(form)
        what = "probabilities" if is_log else "log-probabilities"
        text = f"the {counted(target.count, 'distribution')} of the target are {what}"
        text += f": {inspection.typed_form(form)} gives {figure(other)}" if form else ""
        evidence["loss_other_form"] = other
        after = inspection.command_for(form)
    yield Finding(text, evidence, count=target.count, next=after, severity=severity)
