"""The sample files of the package, and how all of them get into a folder, or none."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from losscli.errors import DataError, UsageError, short_name
from losscli.output.ending import half_done
from losscli.output.output_files import destinations


def packaged() -> dict[str, bytes]:
    """Return the contents of the sample files by their paths, `digits/labels.npy`."""
    package = Path(__file__).parents[2]
    # A checkout has them beside the package, a wheel in it.
    for place in (package / "samples", package.parent / "samples"):
        if place.is_dir():
            paths = sorted(path for path in place.rglob("*") if path.is_file())
            return {path.relative_to(place).as_posix(): path.read_bytes() for path in paths}
    raise DataError(f"{package}: the sample files are missing; install losscli again")


def put(files: Mapping[str, bytes], folder: str) -> int:
    """Write the files that are not in a folder yet, all or none; return how many they were.

    UsageError, before anything is written, where another file has the name of one.
    """
    new = {os.path.join(folder, name): content for name, content in files.items()}
    try:
        for path, content in list(new.items()):
            if os.path.lexists(path):
                if not os.path.isfile(path) or Path(path).read_bytes() != content:
                    raise UsageError(
                        f"{short_name(path)}: exists and is not the sample file of this name; "
                        "nothing was written; give another folder: loss samples DIR"
                    )
                del new[path]
        _write(new)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        place = short_name(str(error.filename or folder))
        raise DataError(f"{place}: {reason}; give another folder: loss samples DIR") from None
    return len(new)


def _write(files: Mapping[str, bytes]) -> None:
    """Write files and their folders; those that were made are removed again if one fails."""
    made: list[Path] = []

    def take_back() -> None:
        for path in reversed(made):
            with suppress(OSError):
                path.rmdir() if path.is_dir() else path.unlink()

    half_done[take_back] = take_back
    try:
        # Each is listed before it is made, so that a signal at any moment leaves nothing behind.
        for path in map(Path, files):
            for folder in reversed(path.parents):
                if not folder.exists():
                    made.append(folder)
                    folder.mkdir()
        with destinations(list(files), ()) as opened:
            for destination, content in zip(opened, files.values(), strict=True):
                destination.feed([content])
            for destination in opened:
                made.append(destination.target)
                destination.finish()
    except BaseException:
        take_back()
        raise
    finally:
        half_done.pop(take_back, None)
