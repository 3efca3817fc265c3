"""Arrays as bytes: NPY files and NPZ archives."""
