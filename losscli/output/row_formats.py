"""The formats of one line per row."""

ROW_FORMATS: dict[str, str | None] = {"csv": ",", "tsv": "\t", "jsonl": None}
"""With their delimiters; JSON Lines has none."""
