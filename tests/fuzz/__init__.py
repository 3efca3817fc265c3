"""Random damage: files and options that nobody wrote, through the readers and the command."""
