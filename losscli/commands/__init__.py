"""The commands that users type: shared options, and one folder per tool."""
