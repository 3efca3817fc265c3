"""`loss diagnose`: what is wrong with a loss's files. One function per rule, in `rules/`.

A rule asks an `Inspection` for what it needs. `facts/` collects most of that in one pass over
blocks and tiles, which are read leniently: what a loss command refuses is a finding here.
"""
