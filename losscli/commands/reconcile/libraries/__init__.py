"""What each library does with the data of a case: one file a library."""
