"""Why another program's number differs: what libraries return, and what explains a logged value.

A `Case` is one computation, a `Deviation` something that may be done differently; `search.py`
combines them.
"""
