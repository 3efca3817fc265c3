"""L6xx: sequences without an alignment, and what a sum over all paths assumes."""

from __future__ import annotations

import math
from collections.abc import Iterator

from losscli.commands.diagnose.inspection import Inspection
from losscli.commands.diagnose.registry import bad, near, rule
from losscli.commands.findings import Finding
from losscli.losses.declare.options import Effect, Option
from losscli.losses.declare.role_kind import Layout
from losscli.output.words import are, figure, part, some

EVEN = [[[-round(math.log(3), 6)] * 3] * 2] * 4
"""Four steps of two samples, three equally likely classes."""
LENGTHS = {"input_lengths": [4, 4], "target_lengths": [2, 2]}


@rule(
    "L601",
    "error",
    "labels that do not fit into the steps",
    bad("ctc", input=EVEN, target=[[1, 1], [1, 2]], **{**LENGTHS, "input_lengths": [2, 4]}),
    near("two different labels fit into two steps", target=[[1, 2], [1, 2]]),
)
def no_path(inspection: Inspection) -> Iterator[Finding]:
    """Finds sequences with fewer steps than their labels need, and lengths that exceed the file.

    Each label needs a step, and two equal neighbors need a blank between them.

    Why it matters: There is no path through the steps, so the probability is 0 and the loss
    infinite. With --zero-infinity such a sequence counts as 0.

    Fix: Look for lengths that were counted before a stride shortened the input, for input and
    target lengths that are exchanged, and for lengths in samples instead of steps.

    References: Graves et al. 2006, Connectionist Temporal Classification,
    doi:10.1145/1143844.1143891.

    PyTorch, torch.nn.CTCLoss: zero_infinity, for inputs that are too short for their targets.
    """
    sequences = inspection.facts.sequences
    if not sequences:
        return
    if not any(p.count for p in (sequences.impossible, *sequences.bad_lengths.values())):
        return
    option = inspection.loss.with_effect(Effect.DROPS_INFINITE)
    after = _with_a_path(inspection, option)
    for role, bad_lengths in sequences.bad_lengths.items():
        if bad_lengths.count:
            yield Finding(
                f"{some(bad_lengths.count, sequences.count, 'length')} in {role} "
                f"{are(bad_lengths.count)} longer than the file or not an integer",
                {"bad": bad_lengths.count, "count": sequences.count},
                *inspection.at(bad_lengths, inspection.problem.operand(role)),
                after,
            )
    found = sequences.impossible
    if found.count:
        steps, needed = found.first[0].value, sequences.needed.first[0].value
        operands = inspection.problem.operands
        role = inspection.input.role.name
        dropped = option is not None and inspection.problem.options[option.name]
        yield Finding(
            f"{part(found.count, sequences.count, 'sequence')} too short for the labels: the "
            f"first has {figure(steps)} steps and needs {needed}, so there is no path and the loss "
            f"is inf{', which counts as 0' if dropped else ''}",
            {"impossible": found.count, "count": sequences.count, "first_needs": needed},
            *inspection.at(found, next(o for o in operands if o.kind.length_of == role)),
            after,
            severity="info" if dropped else "error",
        )


def _with_a_path(inspection: Inspection, drops: Option | None) -> str:
    """Return the command that exchanges the lengths or drops sequences, whichever is enough."""
    words = inspection.typed.words
    lengths = [one.role.name for one in inspection.problem.operands if one.kind.length_of]
    if len(lengths) == 2 and all(words.get(name) for name in lengths):
        one, other = lengths
        value = inspection.swapped_value(one, other)
        if value is not None and math.isfinite(value):
            return inspection.command(**{one: words[other], other: words[one]})
    if drops and inspection.value(**{drops.name: True}) is not None:
        return inspection.command(**{drops.name: True})
    return inspection.command()


@rule(
    "L602",
    "error",
    "the blank among the labels",
    bad("ctc", input=EVEN, target=[[1, 0], [0, 1]], **LENGTHS),
    near("0 is not among the labels", target=[[1, 1], [1, 2]]),
)
def blank_as_label(inspection: Inspection) -> Iterator[Finding]:
    """Finds labels that are the blank.

    Why it matters: The blank means that a step has no label, so it cannot be a label itself.

    Fix: Class 0 is the blank unless --blank says otherwise; TensorFlow's first ctc_loss takes the
    last class. If the labels are padded with 0, correct the target lengths.

    References: PyTorch, torch.nn.CTCLoss: the blank is class 0 unless it is set, and cannot be a
    target.

    TensorFlow, tf.compat.v1.nn.ctc_loss: the blank is the last class.
    """
    labels = inspection.facts.labels
    if not labels or not labels.excluded.count:
        return
    found, option = labels.excluded, inspection.target.kind.excluded_option
    blank, last = inspection.problem.options[option], inspection.problem.grid.classes - 1
    other = last if blank != last else 0
    yield Finding(
        f"{part(found.count, labels.counted, 'label')} the blank, class {blank}; "
        f"in TensorFlow the blank is the last class, {last}",
        {"blanks": found.count, "labels": labels.counted, option: blank},
        *inspection.at(found, inspection.target),
        inspection.command(
            **({} if inspection.value(**{option: other}) is None else {option: other})
        ),
    )


@rule(
    "L603",
    "error",
    "the steps are not normalized",
    bad("ctc", input=[[[0.2, 1.0, -0.5]] * 2] * 4, target=[[1, 2]] * 2, **LENGTHS),
    near("this is log-softmax output", input=EVEN),
    unless=("L107",),
)
def steps_unnormalized(inspection: Inspection) -> Iterator[Finding]:
    """Finds steps that are not log-softmax output: their exponentials do not sum to 1.

    Why it matters: PyTorch's CTCLoss takes log-softmax output and does not check it; Keras and
    Optax take logits. For logits the loss is not the logarithm of a probability, and the gradient,
    taken through the log-softmax, belongs to another loss.

    Fix: Apply log-softmax first, as the command that the finding shows does.

    References: PyTorch, torch.nn.CTCLoss: takes the output of torch.nn.functional.log_softmax.

    Optax, optax.ctc_loss: takes logits.

    Graves et al. 2006, Connectionist Temporal Classification, doi:10.1145/1143844.1143891.
    """
    if inspection.input.kind.layout is not Layout.SEQUENCES:
        return
    rows = inspection.input_rows
    found = rows.unnormalized
    # Probabilities need a logarithm, as L104 says.
    if not found.count or rows.are_probabilities:
        return
    yield Finding(
        f"the log-sum-exp of {some(found.count, rows.count, 'step')} is not 0 (the first is "
        f"{figure(found.first[0].value)}): the input is not log-softmax output. The loss is "
        f"{figure(inspection.loss_value)}",
        {"steps_off": found.count, "steps": rows.count, "loss": inspection.loss_value},
        *inspection.at(found, inspection.input, "log-sum-exp"),
        inspection.log_softmax,
    )
