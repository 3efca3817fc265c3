"""Times as ratios; each pair is measured in turn in one run. Nothing here can fail a test."""
