"""Readers: the table of formats, and `open_sources`, which finds the array of each role."""

from losscli.readers.roles import Wanted, open_sources

__all__ = ["Wanted", "open_sources"]
