"""Numeric tricks, sums and measures: arrays in, arrays out."""
