"""What a result was asked to be: conditions on its figures, and no worse than a former one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from losscli.commands.checking import Condition, Subject, conditions_of
from losscli.output.checks import Check

if TYPE_CHECKING:
    from losscli.commands.baseline import Baseline


class Gates:
    """The gates of a call, made before a file is read."""

    def __init__(self, options: Any) -> None:
        """Take the options; UsageError for a condition that is none."""
        path = getattr(options, "baseline", None)
        self.files = [] if path is None else [path]
        self.conditions: Sequence[Condition] = conditions_of(options)
        self.baseline: Baseline | None = None
        self._tolerance = getattr(options, "tolerance", None) or 0.0

    def read(self) -> None:
        """Read the baseline; DataError for a file that is not a result."""
        if not self.files:
            return
        from losscli.commands.baseline import Baseline

        for path in self.files:
            self.baseline = Baseline(path, self._tolerance)

    def checks(
        self, subjects: Iterable[Subject], signature: str, *, finite: bool
    ) -> Iterator[Check]:
        """Yield whether each result meets each condition and is no worse than it was.

        Of a result that is not `finite` that is said first, and may be why a figure is missing.
        """
        subjects = list(subjects)
        for subject in subjects:
            if finite:
                subject.require(self.conditions)
            for condition in self.conditions:
                yield condition.check(subject)
        if self.baseline and finite:
            self.baseline.require_same(signature)
            yield from self.baseline.checks(subjects, self.conditions)

    def as_json(self) -> dict[str, Any]:
        """Return what there is to say besides the checks."""
        return {"baseline": self.baseline.as_json()} if self.baseline else {}
