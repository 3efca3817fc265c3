"""What one pass over the files tells the rules: tallies of each tile, added in their order."""
