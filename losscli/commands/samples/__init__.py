"""The command `loss samples`."""
