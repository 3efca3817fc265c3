"""Random damage to files and options, sent through the readers and the command."""
