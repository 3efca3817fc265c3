"""The tests: one package, so that they can share cases and runners."""
