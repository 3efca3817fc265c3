"""`loss diagnose NAME`: runs the rules on the sources and shows the findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from losscli.commands.call import LossCall, command
from losscli.commands.diagnose.examine import chosen, examine
from losscli.commands.diagnose.facts.passes import Passes
from losscli.commands.diagnose.inspection import Inspection
from losscli.commands.diagnose.options import KEPT, DiagnoseOptions, codes
from losscli.commands.diagnose.registry import find_rule
from losscli.commands.diagnose.report import as_json, page_of
from losscli.commands.typed import Typed
from losscli.losses.declare.registry import Loss
from losscli.output.checks import Check
from losscli.output.output_files import Destination
from losscli.output.streams import Streams
from losscli.output.strict_json import dumped

HELP = """Check whole files for mistakes: labels, forms, shapes, weights, numbers, calibration.

Input that the loss would refuse is reported as a finding. Each finding has a code (`loss rule CODE`
explains it), its numbers, the first rows, and the command to type next. The exit status is 1 where
an error is found, and 0 for warnings and info.
"""


def diagnose_command(loss: Loss, streams: Streams) -> Callable[..., int]:
    """Return the function that Typer calls for a loss's diagnosis."""
    return command(partial(Diagnose, loss), DiagnoseOptions, streams, HELP, loss=loss)


class Diagnose(LossCall):
    """One diagnosis."""

    options: DiagnoseOptions
    tool = "diagnose"
    says_checks = False
    said: Iterable[str] = ()

    def check(self) -> None:
        """Refuse codes that no rule has."""
        self.asked = chosen(codes(self.options.select), codes(self.options.ignore))

    def compute(self, _: Sequence[Destination]) -> None:
        """Run the rules; what is shown takes passes over the files too."""
        options, sources = self.options, self.open()
        inspection = Inspection(
            self.loss,
            sources,
            Typed(self.loss, self.typed, options, KEPT),
            sources.pop("groups", None),
            self.given.words,
            Passes(options.threads, self.bar.show),
            options.calibration,
        )
        self.diagnosis = examine(inspection, self.asked)
        if self.format == "json":
            self.said = [dumped(as_json(inspection, self.diagnosis)), "\n"]
        elif self.shows_page:
            self.page = page_of(inspection, self.diagnosis)
        explained = options.select or options.ignore or self.diagnosis.count("error")
        if not explained and inspection.refusal:
            # A refusal that no rule explains is reported in the words of the loss command.
            raise inspection.refusal
        self.note_sources(sources)

    def text(self) -> Iterable[str]:
        """Return the findings."""
        return self.paged(self.page) if self.shows_page else self.said

    def checks(self) -> Iterator[Check]:
        """Yield the findings, and the rules that found nothing; an error fails."""
        found = {finding.code for finding in self.diagnosis.findings}
        for finding in self.diagnosis.findings:
            severity = finding.severity
            if self.options.exit_zero and severity == "error":
                severity = "warning"
            name = f"{finding.code} {find_rule(finding.code).title}"
            yield Check(name, False, finding.message, severity=severity)
        for code in self.diagnosis.checked:
            if code not in found:
                yield Check(f"{code} {find_rule(code).title}", True, "nothing found")
