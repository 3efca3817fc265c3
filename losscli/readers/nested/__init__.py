"""Lists within lists: YAML, JSON and JSON Lines."""
