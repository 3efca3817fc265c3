"""Compressed files: what is inside is read as if it were not compressed."""
