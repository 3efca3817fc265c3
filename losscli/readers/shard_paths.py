"""The files that a quoted pattern or a folder stands for, in their natural order."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise

from losscli.errors import DataError, short_name
from losscli.readers.urls import PATTERN, is_url_pattern, public_url, scheme_of

_DIGITS = re.compile(r"([0-9]+)")
_OF = re.compile(r"(.*?)([0-9]+)-of-([0-9]+)(.*)", re.DOTALL)
_KIND = re.compile(r"((?:\.[a-z][a-z0-9]*)?(?:\.(?:gz|bz2|xz|zst))?)$")
_UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".download", ".incomplete")
_LEFT_OUT = (".crc", ".md5", ".sha256")


def stands_for_several(path: str) -> bool:
    """Tell whether a path is a pattern or a folder.

    A file whose own name looks like a pattern is that file.
    """
    if scheme_of(path) is not None:
        return is_url_pattern(path)
    if os.path.lexists(path):
        return os.path.isdir(path)
    return PATTERN.search(path) is not None


def shard_paths(path: str) -> list[str]:
    """Return the files of a pattern or a folder, part-10 after part-9.

    DataError where there are none, where one of `-of-00020` is missing, or where a file in a
    folder may not be one of them.
    """
    if scheme_of(path) is not None:
        found = _behind_url(path)
    else:
        found = _in_folder(path) if os.path.isdir(path) else _matching(path)
    for name in found:
        if name.lower().endswith(_UNFINISHED):
            raise DataError(
                f"{_shown(name)}: its name is that of an unfinished copy; finish or remove it"
            )
    _refuse_missing(path, found)
    return sorted(found, key=_natural)


def gap_note(paths: Sequence[str]) -> str | None:
    """Return a note where shards are numbered one by one, but for a gap."""
    steps: dict[int, tuple[str, str]] = {}
    for left, right in pairwise(paths):
        before, after = _DIGITS.split(left), _DIGITS.split(right)
        apart = [at for at, pair in enumerate(zip(before, after, strict=False)) if len({*pair}) > 1]
        if len(before) == len(after) and len(apart) == 1 and apart[0] % 2:
            steps.setdefault(int(after[apart[0]]) - int(before[apart[0]]), (left, right))
    gaps = [pair for step, pair in steps.items() if step > 1]
    if 1 not in steps or not gaps:
        return None
    left, right = map(_shown, gaps[0])
    return f"{left} is followed by {os.path.basename(right)}; is a shard missing?"


def _natural(path: str) -> list[list[tuple[int, int, str]]]:
    """Return a key that sorts the numbers in names by their value."""
    return [
        [(0, int(piece), piece) if piece.isdigit() else (1, 0, piece) for piece in pieces if piece]
        for pieces in map(_DIGITS.split, path.split("/"))
    ]


def _matching(path: str) -> list[str]:
    """Return the files that match a pattern."""
    from glob import glob

    matched = dict.fromkeys(glob(path, recursive=True))
    found = [name for name in matched if not os.path.isdir(name)]
    if len(found) < len(matched) and "**" not in path:
        folder = min(name for name in matched if os.path.isdir(name))
        raise DataError(
            f"{_shown(path)}: the folder {_shown(folder)} also matches the pattern; give a pattern "
            "of files, e.g. '*/*.npy'"
        )
    if not found:
        raise DataError(
            f"{_shown(path)}: no such file, and as a pattern it matches none; check the name"
            " and the folder"
        )
    return found


def _in_folder(path: str) -> list[str]:
    """Return the files in a folder, all of one kind, without those that hold no data."""
    names = os.listdir(path)
    folders = [name for name in names if os.path.isdir(os.path.join(path, name))]
    return [os.path.join(path, name) for name in _data_files(_shown(path), names, folders)]


def _behind_url(url: str) -> list[str]:
    """Return the files that a URL with a pattern, or one that ends with a slash, stands for."""
    from losscli.readers.remote.url import names_below

    label = _shown(url)
    start = PATTERN.search(url)
    folder = url[: url.rindex("/", 0, start.start() if start else None) + 1]
    names = names_below(folder, label)
    if start is None:
        folders = {name.partition("/")[0] for name in names if "/" in name}
        plain = [name for name in names if "/" not in name]
        return [folder + name for name in _data_files(label, [*plain, *folders], folders)]
    if url.removeprefix(folder) in names:
        return [url]
    try:
        pattern = re.compile(_translated(url.removeprefix(folder)), re.DOTALL)
    except re.error:
        raise DataError(f"{label}: not a valid pattern; correct the brackets") from None
    found = [folder + name for name in names if pattern.fullmatch(name)]
    if not found:
        raise DataError(f"{label}: no file matches the pattern; check the URL")
    return found


def _translated(pattern: str) -> str:
    """Return the regular expression of a pattern, in which only ** matches a slash."""
    pieces = re.split(r"(\*\*/|\*\*|\*|\?|\[[^\]]+\])", pattern)
    known = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "".join(
        piece.replace("\\", "\\\\").replace("[!", "[^")
        if piece.startswith("[") and piece.endswith("]")
        else known.get(piece, re.escape(piece))
        for piece in pieces
    )


def _data_files(label: str, names: Iterable[str], folders: Collection[str]) -> list[str]:
    """Return the files in a folder that hold data; DataError where they are not of one kind."""
    label, kinds = label.rstrip("/") or "/", dict[str, str]()
    found = []
    for name in sorted(names):
        if name.startswith((".", "_")) or name.lower().endswith(_LEFT_OUT):
            continue
        if name in folders:
            raise DataError(
                f"{label}: there are folders in this folder, such as {_shown(name)}; give one "
                "of them, or a pattern in quotes"
            )
        found_kind = _KIND.search(name.lower())
        if not name.lower().endswith(_UNFINISHED):
            kinds.setdefault(found_kind[0] if found_kind else "", name)
        found.append(name)
    if not found:
        raise DataError(f"{label}: this folder holds no data; give a file, or a folder of shards")
    if len(kinds) > 1:
        (kind, one), (_, other), *_ = kinds.items()
        raise DataError(
            f"{label}: there are files of several kinds in this folder, such as {_shown(one)} "
            f"and {_shown(other)}; give a pattern in quotes, e.g. '{label}/*{kind or one}'"
        )
    return found


def _refuse_missing(pattern: str, paths: Sequence[str]) -> None:
    """Refuse `part-3-of-20` and its like where one of the 20 is missing."""
    label = _shown(pattern)
    sets: dict[tuple[str, str, str], dict[int, str]] = {}
    for path in paths:
        match = _OF.fullmatch(path)
        if match is not None:
            sets.setdefault((match[1], match[3], match[4]), {})[int(match[2])] = match[2]
    if not sets:
        return
    if len(sets) > 1 or sum(map(len, sets.values())) < len(paths):
        one, other = min(paths), max(paths)
        raise DataError(
            f"{label}: {_shown(one)} and {_shown(other)} are not shards of one set; give "
            "a pattern that matches one set"
        )
    ((start, total, end), numbers), *_ = sets.items()
    count = int(total)
    first = 0 if 0 in numbers or count not in numbers else 1
    lost = next((n for n in range(first, first + count) if n not in numbers), None)
    if lost is not None or len(numbers) > count:
        digits = len(next(iter(numbers.values())))
        what = f"there are {len(numbers)} shards of {count}; remove those of another set"
        if lost is not None:
            lost_name = _shown(f"{start}{lost:0{digits}}-of-{total}{end}")
            what = f"the shard {lost_name} is missing ({len(numbers)} of {count} are there); add it"
        raise DataError(f"{label}: {what}")


def _shown(path: str) -> str:
    """Return a path or a URL as messages show it."""
    return short_name(public_url(path))
