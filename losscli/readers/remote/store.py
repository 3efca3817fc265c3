"""What a store of remote files answers, whichever protocol it speaks."""

from __future__ import annotations

from abc import ABC, abstractmethod

from losscli.errors import DataError


class InterruptedAnswerError(Exception):
    """The answer may be better next time: a connection that is cut, a server that is busy."""


class Answer(ABC):
    """The bytes of a file from some position to its end, which are read once, in order."""

    start: int
    """The position of the first byte; 0 from a server that ignores which bytes are asked for."""
    ranged: bool
    """Whether any position can be asked for."""
    size: int | None
    """The size of the whole file, if it is known."""
    version: object
    """Differs for another version of the file."""

    @abstractmethod
    def read(self, size: int) -> bytes:
        """Return the next bytes, at most `size`; none at the end, or where the answer was cut."""

    def close(self) -> None:  # noqa: B027
        """Stop the answer."""


class Store(ABC):
    """Where one remote file is."""

    def __init__(self, label: str) -> None:
        self.label = label
        """The file as messages name it: without a password, a query or a signature."""

    @abstractmethod
    def ask(self, offset: int) -> Answer:
        """Ask for the bytes from a position to the end.

        DataError where there is no use in asking again, else InterruptedAnswerError.
        """

    def names(self, prefix: str) -> list[str]:
        """Return the keys that begin with a prefix, which ends with a slash or is empty."""
        raise NotImplementedError(prefix)

    def refused(self, why: str) -> DataError:
        """Return an error for this file."""
        return DataError(f"{self.label}: {why}")

    def no_such_file(self) -> DataError:
        """Return an error for a file that is not there."""
        return self.refused("no such file on the server; check the URL")

    def denied(self, fix: str) -> DataError:
        """Return an error for a file that may not be read."""
        return self.refused(f"access denied; {fix}")
