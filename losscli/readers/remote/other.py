"""Files in other stores, by the package fsspec and what it needs for each: gs://, az://, hf://."""

from __future__ import annotations

from typing import Any

import fsspec
from fsspec.registry import known_implementations

from losscli.errors import DataError
from losscli.readers.remote.store import Answer, InterruptedAnswerError, Store

_VERSIONS = ("ETag", "etag", "md5Hash", "generation", "LastModified", "last_modified", "mtime")
_NOT_REMOTE = {"file", "local", "reference", "zip", "tar", "libarchive", "data", "dask", "dir"}
"""Schemes of fsspec that read other files than the one that is named."""


class OtherStore(Store):
    """A file in a store that fsspec knows."""

    def __init__(self, label: str, scheme: str, url: str) -> None:
        super().__init__(label)
        if scheme in _NOT_REMOTE or "cache" in scheme or "+" in scheme:
            raise self.refused(f"{scheme}:// is not read; give the path of the file, or its URL")
        try:
            self._system, self._path = fsspec.core.url_to_fs(url)
        except ImportError:
            known = known_implementations.get(scheme, {})
            raise self.refused(
                f"{scheme}:// needs another package: {known.get('err', 'install it with pip')}"
            ) from None
        except ValueError:
            raise self.refused(
                f"{scheme}:// is unknown; expected https://, s3:// or what fsspec knows"
            ) from None
        except Exception as error:
            raise self._error(error) from None

    def ask(self, offset: int) -> Answer:
        """Look at the file; its bytes are asked for as they are read."""
        try:
            info = self._system.info(self._path)
        except Exception as error:
            raise self._error(error) from None
        if info.get("type") == "directory" or info.get("size") is None:
            raise self.refused("this is not a file; give the URL of a file")
        return _Ranges(self, self._system, self._path, offset, info)

    def _error(self, error: Exception) -> Exception:
        """Return the error for any error of a store; its text may hold a secret."""
        if isinstance(error, DataError | InterruptedAnswerError):
            return error
        if isinstance(error, FileNotFoundError):
            return self.no_such_file()
        if isinstance(error, PermissionError):
            return self.denied("log in as the store's own tools ask for")
        return InterruptedAnswerError(f"the store answers with {type(error).__name__}")


class _Ranges(Answer):
    """The bytes of a file, one range after another."""

    ranged = True

    def __init__(
        self, store: OtherStore, system: Any, path: str, start: int, info: dict[str, Any]
    ) -> None:
        self.start = start
        self.size = self._end = int(info["size"])
        self.version = next((str(info[name]) for name in _VERSIONS if info.get(name)), None)
        self._store, self._system, self._path, self._position = store, system, path, start

    def read(self, size: int) -> bytes:
        """Return the next bytes."""
        stop = min(self._position + size, self._end)
        try:
            piece: bytes = self._system.cat_file(self._path, start=self._position, end=stop)
        except Exception as error:
            raise self._store._error(error) from None
        self._position += len(piece)
        return piece
