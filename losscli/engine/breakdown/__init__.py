"""Where a loss comes from: by class, by group, by size, and how certain its mean is.

Each part observes the tiles of one run: `classes.py` and `groups.py` keep sums (`tallies.py`),
`batches.py` and `interval.py` two sums per sample, `histogram.py` the terms. `parts.py` holds the
parts of one run.
"""
