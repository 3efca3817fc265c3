"""What a URL on the command line is: how it is shown, and the store that holds its file."""

from __future__ import annotations

from losscli.errors import DataError
from losscli.readers.file import File
from losscli.readers.remote.file import open_remote
from losscli.readers.remote.store import Store


def open_url(url: str, label: str) -> File:
    """Open the file behind a URL; no host but this one is asked, and where it redirects to."""
    return open_remote(_store(url, label))


def names_below(folder: str, label: str) -> list[str]:
    """Return the names of all files below a folder of S3, which ends with a slash."""
    if not folder.lower().startswith("s3://"):
        raise DataError(f"{label}: patterns and folders are read from s3:// only; give one file")
    bucket, _, prefix = folder[len("s3://") :].partition("/")
    store = _store(f"s3://{bucket}/x", label)
    return [name.removeprefix(prefix) for name in store.names(prefix)]


def _store(url: str, label: str) -> Store:
    scheme = url.partition("://")[0].lower()
    try:
        if scheme in ("http", "https"):
            from losscli.readers.remote.http import HttpStore

            return HttpStore(label, url)
        if scheme == "s3":
            from losscli.readers.remote.s3 import S3Store

            bucket, _, key = url[len("s3://") :].partition("/")
            if "@" in bucket:
                raise DataError(
                    f"{label}: keys in a URL are not read; set AWS_ACCESS_KEY_ID and "
                    "AWS_SECRET_ACCESS_KEY"
                )
            if not bucket or not key:
                raise DataError(f"{label}: names no object; expected s3://BUCKET/KEY")
            return S3Store(label, bucket, key)
        from losscli.readers.remote.other import OtherStore

        return OtherStore(label, scheme, url)
    except ModuleNotFoundError as error:
        raise DataError(
            f"{label}: {scheme}:// needs {error.name}; run pip install 'losscli[url]'"
        ) from None
