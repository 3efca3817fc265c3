"""Campaigns that take minutes, run by hand: `python -m pytest tests/slow`.

They repeat tests of the suite with many more cases; a failure here becomes a case there.
"""
