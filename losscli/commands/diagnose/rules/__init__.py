"""The rules, a file a hundred: what each finds is its docstring, `loss rule CODE` shows it."""
