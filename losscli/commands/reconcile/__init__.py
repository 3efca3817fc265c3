"""Why another program's number differs: what libraries return, and what explains a logged value.

`case.py` says what is run, `deviation.py` what may be done differently; `search.py` combines them.
"""
