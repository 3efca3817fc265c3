"""`loss diagnose`: what is wrong with a loss's files. One function per rule, in `rules/`.

`inspection.py` is what a rule may ask. `facts/` collects it in one pass over blocks and tiles,
which are read leniently: what a loss command refuses is a finding here.
"""
