"""The results of a run: the value, single terms, warnings, the cause of a nan."""
