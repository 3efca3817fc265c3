"""What a command says and where it goes: pages, writers, files, streams, progress."""
