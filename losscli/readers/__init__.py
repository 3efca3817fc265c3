"""Readers: the table of formats, and `open_sources`, which finds the array of each role."""

from losscli.readers.document import ReadOptions
from losscli.readers.roles import open_sources
from losscli.readers.table_roles import WantedRole

__all__ = ["ReadOptions", "WantedRole", "open_sources"]
