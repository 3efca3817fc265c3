"""URLs on the command line: how they are recognized, and shown without what is secret."""

from __future__ import annotations

import re
from typing import NamedTuple


class Place(NamedTuple):
    """Where a file may be besides the disk: one row of a table."""

    name: str
    schemes: tuple[str, ...]
    """The URL begins with one of these; there may be more."""
    read: str
    """How a file is read, in words."""
    extra: str | None = None
    """The extra of the package that it needs, if any."""
    needs: str = ""
    """The module that this extra installs."""


PLACES = (
    Place("web", ("https", "http"), "by range requests"),
    Place("s3", ("s3",), "by range requests", "url", "obstore"),
    Place("other", ("gs", "az", "hf", "..."), "by fsspec; not tested", "url", "fsspec"),
)
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)", re.DOTALL)
PATTERN = re.compile(r"[*?]|\[.+\]", re.DOTALL)
"""What makes a path a pattern for several files."""


def scheme_of(path: str) -> str | None:
    """Return the scheme of a URL in small letters; None for the path of a file."""
    found = _URL.match(path)
    return found[1].lower() if found else None


def public_url(url: str) -> str:
    """Return a URL as messages show it: scheme, host and path.

    A password before the host, and the keys and signatures of a query, are secret.
    """
    found = _URL.match(url)
    if found is None:
        return url
    host = found[2].rpartition("@")[2]
    return f"{found[1]}://{host}{_path(url[found.end() :])}"


def without_secrets(text: str) -> str:
    """Return the text of a source as it may be shown: a URL in it without what is secret."""
    start = re.search(r"[A-Za-z][A-Za-z0-9+.-]*://", text)
    if start is None:
        return text
    url, colons, selector = split_selector(text)
    return text[: start.start()] + public_url(url[start.start() :]) + colons + selector


def split_selector(text: str) -> tuple[str, str, str]:
    """Split at the last `::`; the one in the host of `http://[::1]/x` is none."""
    host = _URL.search(text)
    start = host.end() if host else 0
    rest, colons, selector = text[start:].rpartition("::")
    if not colons:
        return text, "", ""
    return text[:start] + rest, colons, selector


def name_in_url(url: str) -> str:
    """Return the name of the file behind a URL, which ends before the query."""
    return _path(url).rpartition("/")[2]


def is_url_pattern(url: str) -> bool:
    """Tell whether a URL stands for several files; in one of a web server, nothing does."""
    return scheme_of(url) not in ("http", "https") and (
        PATTERN.search(url) is not None or url.endswith("/")
    )


def _path(rest: str) -> str:
    return re.split(r"[?#]", rest, maxsplit=1)[0]
