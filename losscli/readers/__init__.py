"""Readers: the table of formats, and `open_sources`, which finds the array of each role."""

from losscli.readers.document import ReadOptions
from losscli.readers.roles import open_sources
from losscli.readers.wanted_role import UNREAD_LABELS, WantedRole

__all__ = ["UNREAD_LABELS", "ReadOptions", "WantedRole", "open_sources"]
