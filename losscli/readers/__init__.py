"""Readers: the table of formats, and what finds the array of each role, or a series of numbers."""

from losscli.readers.document import ReadOptions
from losscli.readers.roles import open_sources, read_series
from losscli.readers.wanted_role import UNREAD_LABELS, WantedRole

__all__ = ["UNREAD_LABELS", "ReadOptions", "WantedRole", "open_sources", "read_series"]
