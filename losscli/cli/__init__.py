"""The command line: the app, the catalogue of commands, the one place for errors."""
