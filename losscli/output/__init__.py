"""What a command says and where it goes: pages, encoders, files, streams, progress."""
