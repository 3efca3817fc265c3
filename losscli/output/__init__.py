"""What is said and where it goes: tables, writers, files, streams, progress."""
