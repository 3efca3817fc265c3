"""Pickle files of arrays, lists and mappings, which are read without being run."""

from __future__ import annotations

from losscli.errors import DataError
from losscli.readers.binary.opcodes import read_pickle
from losscli.readers.binary.pickle_bytes import FREE, Pickle
from losscli.readers.binary.pickled_arrays import array_calls
from losscli.readers.binary.tree import Tree
from losscli.readers.document import ReadOptions
from losscli.readers.file import File


def open_pickle(file: File, _: ReadOptions) -> Tree:
    """Return the values of a file by path; DataError where it asks for anything to be called."""
    last = bytearray(1)
    file.read_at(file.size - 1, memoryview(last))
    if last != b".":
        raise DataError(
            f"{file.label}: not a pickle, or truncated (it does not end with a dot); copy or save "
            "it again"
        )
    pickle = Pickle(file, file.size)
    root = read_pickle(pickle, array_calls(pickle))
    if pickle.position != file.size:
        raise DataError(
            f"{file.label}: found {file.size - pickle.position} bytes after the first value (a "
            "second one?); save one dict with all arrays"
        )
    return Tree(file.label, root, most=file.size + FREE)
