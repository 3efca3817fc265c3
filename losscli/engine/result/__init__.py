"""What a run found: the result, single terms, warnings, the cause of a nan."""
