"""What each library does with the data of a case: one file per library, keyed by its names."""
