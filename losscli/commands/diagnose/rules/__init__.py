"""The rules, by subject: a rule's docstring is its page, which `loss rule CODE` shows."""

LOGITS = [[2.0, -1.0, 0.5], [-0.3, 1.7, 0.1], [0.2, -1.2, 3.1]]
PROBABILITIES = [[0.9, 0.05, 0.05], [0.1, 0.8, 0.1], [0.05, 0.05, 0.9]]
LOG_PROBABILITIES = [[-0.1054, -2.9957, -2.9957], [-2.3026, -0.2231, -2.3026]]
"""Arrays that several rules use in their examples."""
