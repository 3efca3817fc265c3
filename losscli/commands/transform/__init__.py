"""`loss softmax` and similar commands: one array in, one array out."""
