"""`loss report`: a result as one page for a colleague, on a terminal or as a file."""
