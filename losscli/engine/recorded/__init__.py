"""A kernel's formula, recorded once and replayed on every tile in arrays that are kept.

A formula of element-by-element operations makes an array for each of them. Recorded, the same
operations in the same order write into a few arrays that a thread keeps, so that a tile stays in
the cache and nothing is allocated; the numbers have the same bits.
"""
