"""Files that libraries read: Parquet and Arrow, spreadsheets, HDF5."""
