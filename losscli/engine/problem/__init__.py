"""From a loss, its roles and its options to a checked problem, read tile by tile."""
