"""The facts of one pass over the files: tallies of each tile, added in order."""
