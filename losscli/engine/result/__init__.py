"""What a run has found: the result, single terms, notices, the cause of a nan."""
