"""`loss plot`: pictures of a loss, one kind per file."""
