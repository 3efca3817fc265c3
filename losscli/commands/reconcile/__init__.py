"""Why does the other number differ: what other libraries return, and what gives a logged value.

`case.py` says what is run, `deviation.py` what may be done differently; `search.py` combines them.
"""
