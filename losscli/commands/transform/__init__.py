"""`loss softmax` and its like: one array in, one array out."""
