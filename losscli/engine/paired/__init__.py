"""Several models on the same samples: their losses, and how certain the differences are.

`models.py` makes one problem of all models, so that targets are read once; `losses.py` observes its
run and keeps the loss of every term; `difference.py` makes figures of two models, or of one;
`sign_flip.py` tests a mean difference; `by.py` and `by_length.py` break differences down.
"""
