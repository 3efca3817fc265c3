"""`loss explain`: the walk from the file to the number, one sample, step by step."""
