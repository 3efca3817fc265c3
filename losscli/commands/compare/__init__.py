"""`loss compare`: two models' outputs for the same samples.

`pair.py` opens two files as one problem, `comparison.py` observes a run over it, `figures.py`
computes the figures of all samples, `report.py` and `files.py` write them.
"""
