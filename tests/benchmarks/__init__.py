"""Times as ratios, each pair measured in turn in one run; nothing here can fail a test."""
