"""`loss list` and `loss info`: what the declarations say."""
