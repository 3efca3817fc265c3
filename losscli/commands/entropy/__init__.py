"""`loss entropy`: measures of one distribution, of two, or of tables."""
