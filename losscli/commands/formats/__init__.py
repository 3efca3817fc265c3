"""`loss formats`: the files that can be read."""
