"""Files on web servers: ranges, retries, changes, and what is never shown."""

from __future__ import annotations

import gzip
import io
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pytest

from losscli.errors import DataError
from losscli.readers import open_sources
from losscli.readers.remote import file as remote_file
from losscli.readers.spec import parse_spec
from losscli.readers.urls import public_url, without_secrets
from tests.conftest import ROOT
from tests.readers.opening import KINDS, ONE, ROLES, file_of, load, refusal, same, whole
from tests.readers.remote.server import Server, serving

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Loss

TABLE = np.arange(60.0).reshape(20, 3) / 8


def npy(rows: object) -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.asarray(rows))
    return stream.getvalue()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(remote_file, "PAUSE", 0.001)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serving() as server:
        server.files["/x.npy"] = npy(TABLE)
        yield server


@pytest.mark.parametrize("kind", KINDS)
def test_every_format_has_the_bits_of_the_file(kind: str, server: Server, tmp_path: Path) -> None:
    path = file_of(tmp_path, kind, TABLE)
    data = path.read_bytes()
    server.files |= {f"/{path.name}": data, f"/{path.name}.gz": gzip.compress(data)}
    rows = load(path)
    for ranges, length in ((True, True), (False, True), (False, False)):
        server.ranges, server.length = ranges, length
        assert same(load(f"{server.url}/{path.name}?token=a/b.yaml"), rows)
    assert same(load(f"{server.url}/{path.name}.gz"), rows)


def test_what_is_read_in_order_is_one_request(server: Server) -> None:
    rows = np.arange(1_200_000.0).reshape(-1, 4)
    server.files["/big.npy"] = npy(rows)
    source = open_sources({"input": f"{server.url}/big.npy"}, ONE)[0]["input"]
    for start in range(0, len(rows), 7000):
        assert same(source.read(start, start + 7000), rows[start : start + 7000])
    assert len(server.asked) == 1
    assert server.asked[0][1]["Range"] == "bytes=0-"


def test_an_archive_is_not_downloaded_whole(server: Server) -> None:
    stream = io.BytesIO()
    np.savez(stream, filler=np.zeros(6_000_000), input=TABLE, target=np.zeros(20, int))
    server.files["/all.npz"] = stream.getvalue()
    sources, _ = open_sources({"input": f"{server.url}/all.npz"}, ROLES)
    assert same(whole(sources["input"]), TABLE)
    assert server.sent < 16 << 20 < len(server.files["/all.npz"])


def test_a_connection_that_is_cut_goes_on_where_it_stopped(server: Server) -> None:
    rows = np.arange(300_000.0)
    server.files["/big.npy"] = npy(rows)
    for ranges in (True, False):
        server.ranges = ranges
        server.cut = [1_000_000, 800_000, 70_000] if ranges else [1_000_000, 1_500_000]
        server.asked.clear()
        assert same(load(f"{server.url}/big.npy"), rows)
        assert not server.cut
    server.ranges = True
    server.cut, server.asked = [1_000_000], []
    load(f"{server.url}/big.npy")
    assert [headers["Range"] for _, headers in server.asked] == ["bytes=0-", "bytes=1000000-"]
    server.cut = [10, 10, 10]
    message = refusal(f"{server.url}/big.npy")
    assert message == (
        f"{server.url}/big.npy: the connection was cut, 3 times in a row; check the URL, or try "
        "again later"
    )


def test_a_busy_server_is_asked_again(server: Server) -> None:
    server.statuses = [503, 429]
    assert same(load(f"{server.url}/x.npy"), TABLE)
    server.statuses = [503, 500, 502]
    assert "status 502, 3 times in a row" in refusal(f"{server.url}/x.npy")


def test_a_file_that_changes_is_refused(server: Server) -> None:
    rows = np.zeros(2_000_000)
    for changed in ({"etag": '"2"'}, {"files": {"/x.npy": npy(np.zeros(2_000_001))}}):
        server.etag, server.files["/x.npy"] = '"1"', npy(rows)
        source = open_sources({"input": f"{server.url}/x.npy"}, ONE)[0]["input"]
        source.read(0, 10)
        for name, value in changed.items():
            setattr(server, name, value)
        with pytest.raises(DataError, match="was written to while it was read"):
            source.read(1_500_000, 1_500_010)


def test_refusals(server: Server) -> None:
    url = f"{server.url}/x.npy"
    assert "no such file on the server" in refusal(f"{server.url}/none.npy")
    for status, words in {
        403: "access denied",
        401: "access denied",
        410: "no such file",
        418: "status 418",
        301: "redirected nowhere, or too often",
    }.items():
        server.statuses = [status]
        assert words in refusal(url)
    server.files["/empty.npy"] = b""
    assert "the file is empty" in refusal(f"{server.url}/empty.npy")
    server.files["/page"] = b"<!DOCTYPE html><html>Sign in</html>"
    assert "an HTML page" in refusal(f"{server.url}/page")
    assert "the connection was refused, 3 times" in refusal("http://127.0.0.1:1/x.npy")
    assert "no such file" in refusal("http:/127.0.0.1/x.npy")
    assert "https://HOST/PATH" in refusal("http://127.0.0.1:port/x.npy")
    assert "file:// is not read" in refusal("file:///etc/passwd")
    assert "from s3:// only" in refusal("memory://a/*.npy")
    assert "expected s3://BUCKET/KEY" in refusal("s3://bucket")
    assert "AWS_ACCESS_KEY_ID" in refusal("s3://name:secret@bucket/x.npy")
    assert "reference:// is not read" in refusal("reference://x")


def test_answers_that_are_not_what_they_say(server: Server) -> None:
    ok, part = b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 206 Partial Content\r\n"
    for answer, words in {
        ok + b"Transfer-Encoding: chunked\r\n\r\n8\r\n1,2\n3,4\n\r\n4\r\n5,": "was cut",
        ok + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n1,2": "was cut",
        ok + b"Content-Length: 9\r\n\r\n1,2\n3,4\n": "was cut",
        ok + b"Content-Length: 99999999999999999999\r\n\r\n1,2\n": "was cut",
        part + b"Content-Range: bytes 0-3/99\r\n\r\n1,2\n": "was cut",
        part + b"Content-Range: bytes 4-9/99\r\n\r\n1,2\n": "other bytes than it was asked for",
        part + b"Content-Range: bytes 0-3/*\r\n\r\n1,2\n": "not the size of the file",
        part + b"\r\n1,2\n": "not the size of the file",
        b"nonsense\r\n\r\n": "was cut",
        ok + b"X: y\r\n" * 300 + b"\r\n": "was cut",
        ok + b"\r\n": "the file is empty",
    }.items():
        server.raw = answer
        assert words in refusal(f"{server.url}/x.csv"), answer
    server.raw = ok + b"Transfer-Encoding: chunked\r\n\r\n4\r\n1,2\n\r\n0\r\n\r\n"
    assert load(f"{server.url}/x.csv").tolist() == [[1, 2]]


def test_redirects(server: Server) -> None:
    with serving() as other:
        other.files["/real.npy"] = npy(TABLE)
        server.statuses, server.location = [302], f"{other.url}/real.npy?signature=1"
        assert same(load(server.url.replace("//", "//me:pass@") + "/x.npy"), TABLE)
        assert "Authorization" in server.asked[0][1]
        assert "Authorization" not in other.asked[0][1]
        assert other.asked[0][1]["Range"] == "bytes=0-"
    for location in ("ftp://127.0.0.1/x.npy", "file:///etc/passwd", f"{server.url}/x.npy"):
        server.statuses, server.location = [302] * 12, location
        assert "redirected" in refusal(f"{server.url}/x.npy")


def test_a_plain_answer_to_tls_is_refused(server: Server) -> None:
    message = refusal(f"{server.url.replace('http', 'https')}/x.npy")
    assert "the connection is not secure" in message


def test_a_server_that_says_nothing(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("losscli.readers.remote.http.TIMEOUT", 0.05)
    server.stall = 0.3
    assert "no answer within 0.05 seconds, 3 times" in refusal(f"{server.url}/x.npy")


def test_an_interrupt_ends_a_stalled_read_at_once(server: Server) -> None:
    server.stall = 30
    command = [sys.executable, "-m", "losscli", "softmax", "-i", f"{server.url}/x.npy"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 20
        while not server.asked and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=server.stall - 5)
    assert (process.returncode, said) == (130, "loss: interrupted\n")


SECRETS = ("hunter2", "AKIA0", "deadbeef")


def test_no_secret_is_shown(server: Server, loss: Loss, tmp_path: Path) -> None:
    server.files |= {
        "/x.csv": b"a,b\n1,2\n3,0.5\n0,4\n2,2\n",
        "/x2.csv": b"a,b\n2,2\n1,0.5\n0,4\n2,2\n",
        "/y.csv": b"0\n1\n1\n0\n",
        "/bad.csv": b"a,b\n1,x\n",
    }
    base = server.url.replace("//", "//me:hunter2@")
    query = "?X-Amz-Credential=AKIA0&X-Amz-Signature=deadbeef"
    x, y, bad = (f"{base}/{name}.csv{query}" for name in ("x", "y", "bad"))
    calls = [
        ["ce", "-i", x, "-t", y],
        ["ce", "-i", x, "-t", y, "-f", "json"],
        ["ce", "-i", bad, "-t", y],
        ["ce", "-i", f"{x}::nowhere", "-t", y],
        ["ce", "-i", x],
        ["ce", "-i", f"{base}/none.npy{query}", "-t", y],
        ["ce", "-i", x, "-t", y, "--weight", f"1,2,{x}"],
        ["explain", "ce", "-i", x, "-t", y, "--sample", "0"],
        ["diagnose", "ce", "-i", x, "-t", y],
        ["diagnose", "ce", "-i", x, "-t", y, "-f", "json"],
        ["reconcile", "ce", "-i", x, "-t", y, "--value", "0.5"],
        ["reconcile", "ce", "-i", x, "-t", y, "--value", "0.5", "-f", "json"],
        ["compare", "-i", x, "--reference", x, "-t", y],
        ["report", "ce", "-i", x, "-t", y],
        ["report", "ce", "-i", x, "-i", y.replace("/y", "/x2"), "-t", y, "-f", "markdown"],
        ["softmax", "-i", x, "-o", x],
        ["ce", "-i", x, "-t", y, "-o", f"{base}/out.csv{query}"],
    ]
    for call in calls:
        ran = loss(*call)
        for secret in SECRETS:
            assert secret not in ran.out + ran.err, call
    assert json.loads(loss(*calls[1]).out)
    assert not list(tmp_path.iterdir())


def test_how_a_url_is_read_and_shown() -> None:
    for text, path, selector in (
        ("http://[::1]:80/x.csv", "http://[::1]:80/x.csv", None),
        ("http://[::1]:80/x.csv?a=b::c", "http://[::1]:80/x.csv?a=b", "c"),
        ("csv:https://host/x?y::a,b", "https://host/x?y", "a,b"),
    ):
        spec = parse_spec(text)
        assert (spec.path, spec.selector) == (path, selector)
    spec = parse_spec("https://me:p@host/a/x.csv.gz?sig=/b.npy#f")
    assert spec.label == "https://host/a/x.csv.gz"
    assert spec.named_format is not None
    assert spec.named_format.name == "csv"
    assert public_url("./me@x?y") == "./me@x?y"
    assert without_secrets("csv:https://u:p@h/x?s::a") == "csv:https://h/x::a"
    assert without_secrets("a?b::c") == "a?b::c"


def test_a_url_with_commas_is_not_a_list(server: Server, loss: Loss) -> None:
    server.files |= {"/x.csv": b"a,b\n1,2\n", "/y.csv": b"1\n", "/w.csv": b"1\n2\n"}
    x, y, w = (f"{server.url}/{name}.csv?a=1,2" for name in "xyw")
    ran = loss("ce", "-i", x, "-t", y, "--weight", w, "-q")
    assert (ran.status, ran.err) == (0, "")


def test_urls_in_files_are_data(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(f"{server.url}/x.npy,b\n1,2\n")
    assert load(path).tolist() == [[1, 2]]
    assert not server.asked


def test_a_url_is_no_output(loss: Loss, server: Server) -> None:
    ran = loss("softmax", "-i", f"{server.url}/x.npy", "-o", "s3://bucket/x.npy")
    assert (ran.status, ran.out) == (2, "")
    assert "s3://...: outputs are written to local files only" in ran.err


def test_what_a_missing_package_says(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("losscli.readers.remote.s3", "losscli.readers.remote.other"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.setitem(sys.modules, "obstore", None)
    monkeypatch.setitem(sys.modules, "fsspec", None)
    assert "s3:// needs obstore; run pip install 'losscli[url]'" in refusal("s3://b/x.npy")
    assert "gs:// needs fsspec; run pip install 'losscli[url]'" in refusal("gs://b/x.npy")
