"""L106: the two arguments of a divergence."""

from __future__ import annotations

from collections.abc import Iterator

from losscli.commands.diagnose.finding import Finding
from losscli.commands.diagnose.inspection import Study
from losscli.commands.diagnose.registry import Example, rule
from losscli.output.words import counted, figure

P = [[0.9, 0.05, 0.05], [0.1, 0.8, 0.1]]
LOG_P = [[-0.1054, -2.9957, -2.9957], [-2.3026, -0.2231, -2.3026]]


@rule(
    "L106",
    "warning",
    "the arguments of kl-div look swapped, or --log-target is wrong",
    bad=Example("kl-div", {"input": P, "target": LOG_P}),
    near=Example("kl-div", {"input": LOG_P, "target": P}, why="log-probabilities, then targets"),
)
def swapped(study: Study) -> Iterator[Finding]:
    """kl-div takes log-probabilities first, and then the target's probabilities.

    As PyTorch's does: KL(target || input), the other way round than in a formula's order. Where the
    input sums to 1 and the exp of the target does, they are swapped, or both are in the other
    form. With --log-target the target is log-probabilities too. It is an error where the loss
    refuses what it finds in the target's place.
    """
    given, wanted = study.survey.given, study.survey.wanted
    if not given or not wanted or not given.count or not wanted.count:
        return
    log_target = bool(study.problem.options.get("log_target"))
    logarithms = not wanted.no_logarithms.count
    probabilities = not wanted.no_probabilities.count
    if logarithms in (probabilities, log_target):
        return
    evidence = {"distributions": given.count, "loss": study.loss_value}
    severity = "error" if study.loss_value is None else "warning"
    if not log_target and not given.no_probabilities.count:
        words = study.typed.words
        mended = study.swapped_value()
        yield Finding(
            f"the {counted(given.count, 'distribution')} of the input sum to 1 and the exp of the "
            f"target's do: these look swapped. The other way round the loss is {figure(mended)}",
            evidence | {"loss_swapped": mended},
            count=given.count,
            next=study.typed.command(input=words.get("target"), target=words.get("input")),
            severity=severity,
        )
        return
    mended = study.value(log_target=not log_target)
    what = "probabilities, and --log-target says logarithms" if log_target else "log-probabilities"
    yield Finding(
        f"the {counted(wanted.count, 'distribution')} of the target are {what}. "
        f"{'Without' if log_target else 'With'} --log-target the loss is {figure(mended)}",
        evidence | {"loss_other_form": mended},
        count=wanted.count,
        next=study.typed.command(log_target=not log_target),
        severity=severity,
    )
