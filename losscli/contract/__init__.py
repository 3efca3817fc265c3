"""The contract of a loss: what `loss`, its tools and `compute` promise of every loss.

The tests of losscli hold its own losses to it, and `python -m losscli.contract PACKAGE` those of
another package.
"""
