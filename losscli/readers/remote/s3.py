"""Objects in S3 and in stores that speak its protocol, by the package obstore: s3://."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Thread
from typing import Any, TypeVar

import obstore
from obstore import exceptions
from obstore.store import S3Store as Bucket

from losscli.readers.remote.store import Answer, InterruptedAnswerError, Store

TIMEOUT = 30
"""Seconds without a byte."""
_PIECE = 1 << 20
_CREDENTIALS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)

_DENIED = (
    PermissionError,
    exceptions.PermissionDeniedError,
    exceptions.UnauthenticatedError,
)

Result = TypeVar("Result")


class S3Store(Store):
    """An object; the endpoint, the region and the keys are those of the environment (AWS_...)."""

    def __init__(self, label: str, bucket: str, key: str) -> None:
        super().__init__(label)
        self._bucket = self._open(bucket)
        self._key = key

    def _open(self, bucket: str) -> Bucket:
        endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
        if endpoint and not endpoint.startswith(("http://", "https://")):
            raise self.refused("AWS_ENDPOINT_URL is not a URL; expected https://HOST")
        options: dict[str, Any] = {"endpoint": endpoint} if endpoint else {}
        try:
            return Bucket(
                bucket,
                **options,
                # Without keys, those of the machine would be asked for at another host.
                skip_signature=not any(os.environ.get(name) for name in _CREDENTIALS),
                client_options={
                    "allow_http": (endpoint or "").startswith("http://"),
                    "connect_timeout": timedelta(seconds=TIMEOUT / 3),
                    "read_timeout": timedelta(seconds=TIMEOUT),
                    "timeout": timedelta(days=1),
                },
                retry_config={"max_retries": 0},
            )
        except Exception:
            raise self.refused(
                "S3 cannot be set up; check AWS_ENDPOINT_URL, AWS_REGION and the keys"
            ) from None

    def ask(self, offset: int) -> Answer:
        """Ask for the object from a position on."""
        options: Any = {"range": {"offset": offset}} if offset else {}
        found = self.attempt(lambda: obstore.get(self._bucket, self._key, options=options))
        return _Object(self, found)

    def names(self, prefix: str) -> list[str]:
        """Return the keys that begin with a prefix, which ends with a slash or is empty."""

        def listed() -> list[str]:
            pages = obstore.list(self._bucket, prefix or None)
            return [one["path"] for page in pages for one in page]

        try:
            return self.attempt(listed)
        except InterruptedAnswerError as error:
            raise self.refused(f"{error}; check the URL, or try again later") from None

    def attempt(self, call: Callable[[], Result]) -> Result:
        """Call the package in another thread: a signal ends the run at once.

        The package waits for the network without looking at signals.
        """
        made: list[Result] = []
        failed: list[BaseException] = []

        def run() -> None:
            try:
                made.append(call())
            except BaseException as error:
                failed.append(error)

        thread = Thread(target=run, daemon=True)
        thread.start()
        thread.join()
        if failed:
            raise self._error(failed[0]) from None
        return made[0]

    def _error(self, error: BaseException) -> BaseException:
        """Return the error for what the package says; its text holds the URL, and is not shown."""
        if isinstance(error, FileNotFoundError | exceptions.NotFoundError):
            return self.no_such_file()
        if isinstance(error, _DENIED):
            return self.denied("check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
        if isinstance(error, ValueError | exceptions.InvalidPathError):
            return self.refused("not a valid key; expected s3://BUCKET/KEY")
        text = str(error)
        if "redirect" in text.lower() or "incorrect region" in text.lower():
            return self.refused("the bucket is in another region; set AWS_REGION")
        if isinstance(error, Exception):
            late = "Timeout" in text or "timed out" in text
            words = f"no answer within {TIMEOUT} seconds" if late else "the connection was cut"
            return InterruptedAnswerError("no connection" if "Connect" in text else words)
        return error


class _Object(Answer):
    """The bytes of an object."""

    ranged = True

    def __init__(self, store: S3Store, found: Any) -> None:
        meta = found.meta
        self.start: int = found.range[0]
        self.size: int = meta["size"]
        self.version = meta["e_tag"] or meta["last_modified"]
        self._store = store
        self._pieces: Iterator[Any] = iter(found.stream(min_chunk_size=_PIECE))
        self._rest = b""

    def read(self, size: int) -> bytes:
        """Return the next bytes."""
        if not self._rest:
            self._rest = self._store.attempt(lambda: bytes(next(self._pieces, b"")))
        piece, self._rest = self._rest[:size], self._rest[size:]
        return piece
