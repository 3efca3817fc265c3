"""Readers: the table of formats, and `open_sources`, which finds the array of each role."""

from losscli.readers.roles import WantedRole, open_sources

__all__ = ["WantedRole", "open_sources"]
