"""Where a loss comes from: by class, by group, by size, and how sure its mean is.

Each part watches the tiles of one run: `classes.py` and `groups.py` keep sums (`tallies.py`),
`interval.py` two sums a sample, `histogram.py` the terms. `parts.py` has
those of one run.
"""
