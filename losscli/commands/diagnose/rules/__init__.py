"""The rules, by subject: a rule's docstring is its page, which `loss rule CODE` shows."""
