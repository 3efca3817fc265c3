"""Deviations of the input: an activation too many or too few, a softmax over another axis."""

from __future__ import annotations

from collections.abc import Iterator

from losscli.commands.reconcile.case import Case
from losscli.commands.reconcile.deviation import (
    EVERY_DAY,
    NOW_AND_THEN,
    RARELY,
    Deviation,
    deviation,
)
from losscli.commands.reconcile.forms import (
    EXP,
    LOG,
    LOG_PROBS,
    LOGITS,
    PROBS,
    SIGMOID,
    read_as,
    reading,
    softmax,
)
from losscli.losses.declare.registry import find
from losscli.losses.declare.role_kind import Layout

Reading = tuple[int, str, tuple[str, ...], str]
"""A plainness, the form that the input is treated as, the steps before that, and a description."""
TWICE = "is applied twice: before the loss, and inside"
NO_LOG = "probabilities where log-probabilities belong: no logarithm"
RELU = "np.maximum({}, 0)"
FIRST = "SOFTMAX"
"""Stands for the softmax over the classes, whose axis depends on the case."""
BY_CLASS: dict[str, tuple[Reading, ...]] = {
    LOGITS: (
        (EVERY_DAY, PROBS, (), "the input, here logits, is treated as probabilities"),
        (EVERY_DAY, LOG_PROBS, (), "the logits are treated as log-probabilities: no softmax"),
        (EVERY_DAY, LOGITS, (FIRST,), f"softmax {TWICE}"),
        (EVERY_DAY, LOG_PROBS, (FIRST,), NO_LOG),
        (NOW_AND_THEN, PROBS, (SIGMOID,), "sigmoid in place of softmax"),
        (NOW_AND_THEN, LOGITS, (SIGMOID,), "sigmoid before the loss's own softmax"),
        (RARELY, LOGITS, (RELU,), "a ReLU after the last layer: negative logits are 0"),
        (RARELY, LOGITS, ("-{}",), "the logits have the opposite sign"),
    ),
    PROBS: (
        (EVERY_DAY, LOGITS, (), "probabilities are treated as logits: softmax is applied twice"),
        (
            EVERY_DAY,
            LOG_PROBS,
            (),
            "the input, here probabilities, is treated as log-probabilities",
        ),
        (EVERY_DAY, LOGITS, (LOG,), "rows are divided by their sums first"),
    ),
    LOG_PROBS: (
        (EVERY_DAY, LOGITS, (), "log-probabilities are treated as logits: they are normalized"),
        (EVERY_DAY, PROBS, (), "the input, here log-probabilities, is treated as probabilities"),
        (EVERY_DAY, LOG_PROBS, (EXP,), NO_LOG),
        (NOW_AND_THEN, LOGITS, (EXP,), "exp of the log-probabilities is treated as logits"),
    ),
}
"""By the kind of an input with a class axis."""
BY_ELEMENT: dict[str, tuple[Reading, ...]] = {
    LOGITS: (
        (EVERY_DAY, PROBS, (), "the input, here logits, is treated as probabilities"),
        (EVERY_DAY, LOGITS, (SIGMOID,), f"sigmoid {TWICE}"),
        (RARELY, LOGITS, ("-{}",), "the logits have the opposite sign"),
    ),
    PROBS: (
        (EVERY_DAY, LOGITS, (), "probabilities are treated as logits: sigmoid is applied twice"),
    ),
    "scores": (
        (NOW_AND_THEN, "scores", (SIGMOID,), "the scores go through a sigmoid first"),
        (NOW_AND_THEN, "scores", ("np.tanh({})",), "the scores go through tanh first"),
    ),
    LOG_PROBS: (
        (EVERY_DAY, LOG_PROBS, (EXP,), NO_LOG),
        (
            EVERY_DAY,
            LOG_PROBS,
            (LOG,),
            "the input goes through log: it is treated as probabilities",
        ),
        (
            EVERY_DAY,
            LOG_PROBS,
            ('losscli.transform("log-softmax", {}, class_axis=-1)',),
            "the input goes through log_softmax first",
        ),
    ),
}


@deviation("input")
def activations(case: Case) -> Iterator[Deviation]:
    """The input is treated as something it is not, or goes through an activation first."""
    readings = BY_ELEMENT if case.loss.layout is Layout.TERMS else BY_CLASS
    for plainness, form, steps, words in readings.get(case.form, ()):
        own = tuple(softmax(case) if step is FIRST else step for step in steps)
        yield from reading(case, words, plainness, form, own)


@deviation("input")
def hard_predictions(case: Case) -> Iterator[Deviation]:
    """The predicted class, 0 or 1, is where its probability belongs."""
    if case.form not in (LOGITS, PROBS, LOG_PROBS):
        return
    axis = case.class_axis
    if case.loss.layout is Layout.TERMS:
        if case.form == LOG_PROBS:
            return
        # scikit-learn clips at the eps of float64; PyTorch's logarithm ends at -100.
        bound = 0 if case.form == LOGITS else 0.5
        hard = f"({{}} > {bound}) * 1.0"
    else:
        hard = f"({{0}} == {{0}}.max({axis}, keepdims=True)) * 1.0"
    for eps, library in ((2.220446049250313e-16, "scikit-learn"), (1e-7, "Keras"), (1e-15, "")):
        whose = f", as {library} does" if library else ""
        yield from reading(
            case,
            "predicted classes, 0 or 1, in place of probabilities (predict, not predict_proba),"
            f" clipped at {eps:.2g}{whose}",
            EVERY_DAY if library else NOW_AND_THEN,
            PROBS,
            (hard, f"np.clip({{}}, {eps!r}, 1 - {eps!r})"),
            alone=True,
        )
    if case.loss.log_floor > float("-inf"):
        yield from reading(
            case, "predicted classes, 0 or 1, in place of probabilities", EVERY_DAY, PROBS, (hard,)
        )


@deviation("input")
def raw_scores_clipped(case: Case) -> Iterator[Deviation]:
    """Logits are treated as probabilities and clipped: from_logits was forgotten."""
    if case.form != LOGITS:
        return
    by_class = case.loss.layout is not Layout.TERMS
    for eps, whose in (
        (1e-7, "Keras"),
        (1e-15, "older scikit-learn"),
        (2.220446049250313e-16, "scikit-learn"),
    ):
        clip = f"np.clip({{}}, {eps!r}, 1 - {eps!r})"
        words = f"logits are treated as probabilities and clipped at {eps:.2g}, as {whose} does"
        more = " without from_logits=True" if whose == "Keras" else ""
        yield from reading(case, words + more, EVERY_DAY, PROBS, (clip,), alone=True)
        if by_class:
            share = f"{{0}} / {{0}}.sum({case.class_axis}, keepdims=True)"
            yield from reading(
                case,
                f"logits are treated as probabilities, divided by the sum of their row and clipped "
                f"at {eps:.2g}, as {whose} does{more}",
                EVERY_DAY,
                PROBS,
                (share, clip),
                alone=True,
            )


@deviation("input")
def softmax_over_another_axis(case: Case) -> Iterator[Deviation]:
    """The softmax runs over the samples, or over the positions, not over the classes."""
    if case.form != LOGITS or case.loss.layout is not Layout.CLASSES or case.settings.shift:
        return
    for axis in range(len(case.input.shape)):
        if axis == case.class_axis:
            continue
        words = f"the softmax runs over {f'axis {axis}' if axis else 'the samples'}"
        step = f'losscli.transform("log-softmax", {{}}, class_axis={axis})'

        def change(case: Case, axis: int = axis, step: str = step) -> Case:
            mapped = case.map_input(step) if axis else case.map_whole(case.first, step)
            return read_as(mapped, LOG_PROBS)

        yield Deviation(f"{words}, not over the classes", NOW_AND_THEN, change, whole=not axis)


@deviation("input")
def one_class_alone(case: Case) -> Iterator[Deviation]:
    """Of two classes, only one column goes into a binary loss."""
    other, form = case.loss.other_activation, case.form
    if not other or form not in (LOGITS, PROBS) or not case.has_labels or case.settings.shift:
        return
    if case.problem.grid.classes != 2:
        return
    taken = next((one for one in find(other).forms("input") if one.kind.name == form), None)
    if taken is None:
        return
    shape = list(case.input.shape)
    del shape[case.class_axis]
    before = ":, " * case.class_axis
    for column, which in ((1, "second"), (0, "first")):

        def change(case: Case, column: int = column) -> Case:
            hot = f"({{}} == {column + case.settings.label_base}) * 1.0"
            one = case.map(case.first, f"{{}}[{before}{column}]", shape).map_target(hot)
            plain = one.with_settings(label_base=0, class_axis=None)
            return plain.as_loss(taken.loss.name, **taken.options).without_weights()

        words = f"only the {which} of the two columns goes in, to a binary cross entropy"
        yield Deviation(words, NOW_AND_THEN, change)
