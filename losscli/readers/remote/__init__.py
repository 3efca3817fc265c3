"""Files behind a URL, read by position."""
