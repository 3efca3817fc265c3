"""What each library returns for a case: one file per library, keyed by the library's names."""
