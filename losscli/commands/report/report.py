"""What reports of one input and of several have in common: a file, or the page itself."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

from losscli.commands.call import LossCall
from losscli.commands.report.options import FILES, ReportOptions
from losscli.commands.typed import Typed
from losscli.output.output_files import REPLACED, Destination
from losscli.output.page import Block, Command, Heading, Page, Paragraph, Signature, parts_of

NAMES = {"accuracy": "accuracy", "perplexity": "perplexity", "chance": "chance level"}
"""Of the figures of a result: those that are shown, and what they are called."""
SUMMARY = 2
"""Blocks of the page that standard output gets where the whole is in a file."""


class Report(LossCall):
    """One report."""

    options: ReportOptions
    tool = "report"
    size = 0
    """Bytes of the file."""

    def check(self) -> None:
        """Refuse a file of an unknown kind."""
        if self.options.output is not None:
            from losscli.output.encoders import extension

            self.extension = extension(self.options.output, FILES, "output")
            self.outputs = [self.options.output]

    def compute(self, files: Sequence[Destination]) -> None:
        """Read, and write the file."""
        self.page = self.made()
        for file in files:
            content = self._content().encode("utf-8", REPLACED)
            self.size = len(content)
            file.write([content])

    @abstractmethod
    def made(self) -> Page:
        """Read the files and return the page."""

    def _content(self) -> str:
        if self.extension == ".md":
            from losscli.output.markdown import markdown_text

            return "".join(markdown_text(self.page))
        from losscli.output.document import document

        heading = self.page.blocks[0]
        assert isinstance(heading, Heading), "a report begins with its heading"
        return document(self.page, "".join(map(str, parts_of(heading.phrase))))

    def text(self) -> Iterable[str]:
        """Return the page, or its beginning where a file has the whole."""
        if self.options.output is None or self.format == "markdown":
            return self.paged(self.page)
        told = f"The report is in {self.options.output} ({self.size / 1000:.0f} kB)."
        short = [*self.page.blocks[:SUMMARY], Paragraph(told)]
        return self.paged(Page(short, self.options.digits))

    def ending(self, signature: str, *facts: Block, **sources: Any) -> list[Block]:
        """Return the end of the page: how it was made, and the signature."""
        kept = [one.name for one in fields(ReportOptions)]
        typed = Typed(self.loss, {**self.typed, **sources}, self.options, kept)
        return [
            Heading("how it was made", is_part=True),
            *facts,
            Command(typed.command(tool=self.tool)),
            Signature(signature),
        ]
