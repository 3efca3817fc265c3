"""What a declaration is made of: `@loss`, the kinds of roles, the options."""
