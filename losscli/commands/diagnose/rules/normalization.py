"""L104 and L105: the input is no probabilities, no log-probabilities, or not normalised."""

from __future__ import annotations

from collections.abc import Iterator

from losscli.commands.diagnose.distributions import Distributions
from losscli.commands.diagnose.finding import Finding
from losscli.commands.diagnose.inspection import Study
from losscli.commands.diagnose.numbers import Numbers
from losscli.commands.diagnose.registry import Example, rule
from losscli.commands.diagnose.sequences import Sequences
from losscli.engine.problem.operands import Operand
from losscli.losses.declare.role_kind import Layout
from losscli.output.words import counted, figure

LOGITS = [[2.0, -1.0, 0.5], [-0.3, 1.7, 0.1], [0.2, -1.2, 3.1]]
LOG_PROBABILITIES = [[-0.1054, -2.9957, -2.9957], [-2.3026, -0.2231, -2.3026]]


@rule(
    "L104",
    "error",
    "not the probabilities or log-probabilities that the loss takes",
    bad=Example("nll", {"input": LOGITS, "target": [0, 1, 2]}),
    near=Example("nll", {"input": LOG_PROBABILITIES, "target": [0, 1]}, why="rows of log p"),
    unless=("L106",),
)
def other_form(study: Study) -> Iterator[Finding]:
    """Logits where probabilities belong, or anything but log-probabilities where those belong.

    Probabilities lie in [0, 1]. Log-probabilities are 0 or below and the log-sum-exp of a row is 0
    within what the digits of the file allow. Nothing checks this in the frameworks: nll of logits
    is a number too, mostly negative, and it falls without a bound while nothing is learnt.
    """
    given = study.survey.given
    if study.form == "log-probabilities" and study.input.kind.layout is Layout.CLASSES:
        yield from _no_log_probabilities(study)
    elif given:
        yield from _no_logarithms(study, given)
    elif study.survey.sequences:
        yield from _steps_above_zero(study, study.survey.sequences)
    for operand in study.problem.operands:
        if operand.role.name == "target":
            continue
        numbers = study.survey.numbers.get(operand.role.name)
        if numbers and numbers.outside.count:
            yield _outside(study, operand, numbers)


def _outside(study: Study, operand: Operand, numbers: Numbers) -> Finding:
    """Report numbers outside the domain of a role."""
    found, span, domain = numbers.outside, numbers.span, operand.kind.domain
    whose = "" if operand is study.input else f" of {operand.role.name}"
    return Finding(
        f"{counted(found.count, 'number')}{whose} of {numbers.size} outside {domain}, from "
        f"{figure(span.low)} to {figure(span.high)}: {study.loss.name} takes {operand.kind.name}",
        {"outside": found.count, "low": span.low, "high": span.high},
        study.rows(found, operand),
        found.count,
        _instead(study) if operand is study.input else f"loss info {study.loss.name}",
    )


def _instead(study: Study) -> str:
    """Return the command that takes what is outside."""
    if study.loss.option("from_"):
        return study.typed.command(from_="logits")
    others = {"bce": "bce-logits", "msle": "mse"}
    known = others.get(study.loss.name)
    return study.typed.command(loss=known) if known else f"loss info {study.loss.name}"


def _no_log_probabilities(study: Study) -> Iterator[Finding]:
    rows = study.input_rows
    found = rows.above_zero if rows.above_zero.count else rows.unnormalized
    if not found.count:
        return
    value = study.loss_value
    scores = study.survey.scores
    probabilities = not rows.outside_unit.count and not rows.sums_off.count
    if probabilities:
        what, form = "these are probabilities, not their logarithms", "probs"
    elif rows.above_zero.count:
        what = f"{counted(found.count, 'row')} of {rows.count} hold numbers above 0, as logits do"
        form = "logits"
    else:
        what = f"{counted(found.count, 'row')} of {rows.count} whose log-sum-exp is not 0"
        form = "logits"
    negative = scores is not None and scores.loss < 0
    options = {} if form == "logits" else {"from_": form}
    # From nll it is one step to ce, which says what its input is.
    other = "" if study.loss.option("from_") else "ce"
    mended = study.value(other, from_=form)
    yield Finding(
        f"{study.loss.name} takes log-probabilities, and {what}. "
        f"The loss is {figure(value)}{', which no probability gives' if negative else ''}; "
        f"ce --from {form} of the same file is {figure(mended)}",
        {"rows_off": found.count, "loss": value, f"ce_from_{form}": mended},
        study.rows(found, study.input, "" if rows.above_zero.count else "log-sum-exp"),
        found.count,
        study.typed.command(loss=other, **(options if other else {"from_": form})),
    )


def _steps_above_zero(study: Study, sequences: Sequences) -> Iterator[Finding]:
    """Look at the steps of ctc."""
    found = sequences.above_zero
    if not found.count:
        return
    yield Finding(
        f"{counted(found.count, 'step')} of {sequences.steps} with a number above 0, which no "
        f"log-probability is: logits? {study.loss.name} takes log-softmax, computed as given the "
        f"loss is {figure(study.loss_value)}",
        {"steps_above_0": found.count, "steps": sequences.steps, "loss": study.loss_value},
        study.rows(found, study.input),
        found.count,
        study.typed.log_softmax(class_axis=2),
    )


def _no_logarithms(study: Study, given: Distributions) -> Iterator[Finding]:
    """Look at the input of a divergence."""
    found = given.no_logarithms
    if not found.count:
        return
    probabilities = not given.no_probabilities.count
    if probabilities:
        what = "these are probabilities: take their logarithm"
    else:
        what = (
            f"of {counted(found.count, 'distribution')} of {given.count} the exp does not sum to 1"
        )
    value = study.loss_value
    yield Finding(
        f"{study.loss.name} takes log-probabilities, and {what}"
        + ("" if value is None else f". The loss is {figure(value)}"),
        {"off": found.count, "distributions": given.count, "loss": value},
        () if probabilities else study.rows(found, study.input),
        found.count,
        study.typed.log_softmax() if not probabilities else f"loss info {study.loss.name}",
    )


@rule(
    "L105",
    "warning",
    "probabilities that do not sum to 1",
    bad=Example(
        "ce",
        {"input": [[0.5, 0.2, 0.2], [0.2, 0.6, 0.2]], "target": [0, 1]},
        {"from_": "probs"},
    ),
    near=Example(
        "ce",
        {"input": [[0.333, 0.333, 0.333], [0.2, 0.6, 0.2]], "target": [0, 1]},
        {"from_": "probs"},
        why="a sum of 0.999 is the rounding of three decimals",
    ),
    unless=("L104", "L106", "L202", "L401"),
)
def sums_to_something_else(study: Study) -> Iterator[Finding]:
    """Rows of probabilities, of the input or the target, that do not sum to 1.

    losscli computes with them as given. Keras and scikit-learn divide each row by its sum first
    (scikit-learn warns), so their number is another one. Off is more than the digits of the file
    explain: half a unit of the last decimal for each class.
    """
    scores, wanted = study.survey.scores, study.survey.wanted
    if wanted and not study.problem.options.get("log_target"):
        off = wanted.no_probabilities
        if off.count:
            yield Finding(
                f"{counted(off.count, 'distribution')} of {wanted.count} of the target do not sum "
                f"to 1 (the first sums to {figure(off.first[0].value)}); computed as given",
                {"rows_off": off.count, "rows": wanted.count, "first_sum": off.first[0].value},
                study.rows(off, study.target, "sum"),
                off.count,
            )
    for operand in study.problem.operands:
        if operand.kind.name not in ("probabilities", "class probabilities"):
            continue
        rows = study.survey.rows.get(operand.role.name)
        if rows is None or not rows.sums_off.count:
            continue
        off = rows.sums_off
        evidence = {"rows_off": off.count, "rows": rows.count, "first_sum": off.first[0].value}
        text = f"{counted(off.count, 'row')} of {rows.count} of the {operand.role.name} not 1"
        text += f" (the first sums to {figure(off.first[0].value)}); computed as given"
        if operand is study.input and scores and scores.count:
            renormalized = (scores.loss + scores.log_mass) / scores.count
            evidence |= {"loss": scores.mean, "renormalized": renormalized}
            text += (
                f": {figure(scores.mean)}. Keras and scikit-learn divide by the sum first: "
                f"{figure(renormalized)}"
            )
        yield Finding(
            f"the rows sum to something else: {text}",
            evidence,
            study.rows(off, operand, "sum"),
            off.count,
            "" if operand is study.input else study.typed.command(),
        )
