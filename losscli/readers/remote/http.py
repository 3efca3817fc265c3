"""Files on web servers, by the standard library: https:// and http://."""

from __future__ import annotations

import base64
import http.client
import re
import ssl
import urllib.error
import urllib.request
from email.message import Message
from typing import IO, NoReturn
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from losscli.readers.remote.store import Answer, InterruptedAnswerError, Store

TIMEOUT = 30.0
"""Seconds without a byte."""
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")
_SAFE = "%/:=&?~#+!$,;'@()*[]"
_LATER = (408, 425, 429, 500, 502, 503, 504)
"""Statuses of a server that is busy."""


class HttpStore(Store):
    """A file on a web server; the proxies of the environment are used."""

    def __init__(self, label: str, url: str) -> None:
        super().__init__(label)
        parts = urlsplit(url)
        login, _, host = parts.netloc.rpartition("@")
        self._url = urlunsplit((parts.scheme, host, quote(parts.path, _SAFE), parts.query, ""))
        self._url = quote(self._url, _SAFE)
        self._headers = {"Accept-Encoding": "identity", "User-Agent": "losscli"}
        if login:
            name, _, password = login.partition(":")
            plain = f"{unquote(name)}:{unquote(password)}".encode()
            self._headers["Authorization"] = f"Basic {base64.b64encode(plain).decode()}"
        self._opener = urllib.request.build_opener(_Redirects)

    def ask(self, offset: int) -> Answer:
        """Send a request, and follow where it is redirected."""
        request = urllib.request.Request(self._url, headers=self._headers)
        # What a redirect leads to is asked for the same range, but gets no password.
        request.add_header("Range", f"bytes={offset}-")
        try:
            response = self._opener.open(request, timeout=TIMEOUT)
        except urllib.error.HTTPError as error:
            with error:
                if error.code == 416 and error.headers.get("Content-Range") == "bytes */0":
                    return _Empty()
                self._refuse(error.code, error.headers)
        except urllib.error.URLError as error:
            reason = error.reason
            if isinstance(reason, ssl.SSLError):
                raise self._distrusted(reason) from None
            raise InterruptedAnswerError(_words(reason)) from None
        except ssl.SSLCertVerificationError as error:
            raise self._distrusted(error) from None
        except (ValueError, http.client.InvalidURL):
            raise self.refused("not a valid URL; expected https://HOST/PATH") from None
        except (OSError, http.client.HTTPException) as error:
            raise InterruptedAnswerError(_words(error)) from None

        answer = _Response(response)
        if response.status == 206 and not answer.ranged:
            answer.close()
            raise self.refused(
                "the server sends a part and not the size of the file; download the file first"
            )
        return answer

    def _refuse(self, status: int, headers: Message) -> NoReturn:
        """Raise the error for a status that is not a success."""
        if status in (404, 410):
            raise self.no_such_file()
        if status in (401, 403, 407):
            raise self.denied("check the password, or whether the link has expired")
        if status in _LATER:
            raise InterruptedAnswerError(f"the server answers with status {status}")
        if 300 <= status < 400:
            where = "to a server that must not be used" if headers.get("Location") else "nowhere"
            raise self.refused(
                f"redirected {where}, or too often (status {status}); give the URL of the file"
            )
        raise self.refused(f"the server answers with status {status}; check the URL")

    def _distrusted(self, error: ssl.SSLError) -> Exception:
        why = getattr(error, "verify_message", "") or "TLS failed"
        return self.refused(
            f"the connection is not secure: {why}; correct the server's certificate, or name the "
            "authority with SSL_CERT_FILE"
        )


def _words(reason: object) -> str:
    """Return what went wrong with a connection, without the URL that it was for."""
    if isinstance(reason, TimeoutError):
        return f"no answer within {TIMEOUT:g} seconds"
    if isinstance(reason, ConnectionRefusedError):
        return "the connection was refused"
    if isinstance(reason, OSError) and type(reason).__name__ == "gaierror":
        return "the host is unknown"
    if isinstance(reason, OSError | http.client.HTTPException):
        return "the connection was cut"
    return "no connection"


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects to web servers alone, never from TLS to plain text."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        old, new = urlsplit(req.full_url), urlsplit(newurl)
        secure = new.scheme == "https" or (new.scheme == "http" and old.scheme == "http")
        if not secure:
            return None
        made = super().redirect_request(req, fp, code, msg, headers, newurl)
        if made is not None and (new.scheme, new.netloc) != (old.scheme, old.netloc):
            made.headers.pop("Authorization", None)
        return made


class _Response(Answer):
    """The body of a response."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self._response = response
        headers = response.headers
        found = _RANGE.fullmatch(headers.get("Content-Range", ""))
        self.ranged = response.status == 206 and found is not None
        length = headers.get("Content-Length", "")
        self.start, self.size = 0, int(length) if length.isdigit() else None
        if found is not None and self.ranged:
            self.start, self.size = int(found[1]), int(found[2])
        self.version = headers.get("ETag") or headers.get("Last-Modified")

    def read(self, size: int) -> bytes:
        """Return the next bytes."""
        try:
            return self._response.read(size)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise InterruptedAnswerError(_words(error)) from None

    def close(self) -> None:
        """Close the connection."""
        self._response.close()


class _Empty(Answer):
    """A file without bytes."""

    start, ranged, size, version = 0, True, 0, None

    def read(self, size: int) -> bytes:  # noqa: ARG002
        """Return nothing."""
        return b""
