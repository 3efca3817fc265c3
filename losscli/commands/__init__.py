"""What a user types: options that commands share, and one folder a tool."""
