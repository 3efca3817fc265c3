"""The parts of a declaration: `@loss`, the kinds of roles, the options."""
