"""Objects in S3, in a local store."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import obstore
import pytest
from moto.server import ThreadedMotoServer
from obstore.store import S3Store as Bucket

from losscli.errors import DataError
from losscli.readers import open_sources
from losscli.readers.remote import file as remote_file
from losscli.readers.remote import s3
from tests.conftest import ROOT
from tests.readers.opening import ONE, ROLES, file_of, load, refusal, same, whole
from tests.readers.remote.server import serving
from tests.readers.remote.test_http import TABLE, npy

if TYPE_CHECKING:
    from tests.conftest import Loss


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    opener.open(urllib.request.Request(f"{url}/bucket", method="PUT")).close()
    yield url
    server.stop()


def _put(url: str, data: bytes = b"") -> None:
    endpoint, _, key = url.partition("/bucket/")
    store = Bucket(
        "bucket",
        endpoint=endpoint,
        access_key_id="name",
        secret_access_key="secret",
        client_options={"allow_http": True},
    )
    obstore.put(store, key, data)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_file, "PAUSE", 0.001)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", *s3._CREDENTIALS):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def bucket(moto: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA0")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    return f"{moto}/bucket"


def test_the_bits_of_the_file(bucket: str, tmp_path: Path) -> None:
    for kind in ("npy", "npz", "csv", "json"):
        path = file_of(tmp_path, kind, TABLE)
        _put(f"{bucket}/a/{path.name}", path.read_bytes())
        assert same(load(f"s3://bucket/a/{path.name}"), load(path))


def test_blocks_of_a_large_object(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_file, "_KEPT", 2)
    rows = np.arange(1_200_000.0).reshape(-1, 4)
    _put(f"{bucket}/big.npy", npy(rows))
    source = open_sources({"input": "s3://bucket/big.npy"}, ONE)[0]["input"]
    for start in (0, 150_000, 290_000, 5):
        assert same(source.read(start, start + 7000), rows[start : start + 7000])
    _put(f"{bucket}/big.npy", npy(rows + 1))
    with pytest.raises(DataError, match="was written to while it was read"):
        source.read(290_000, 300_000)


def test_shards(bucket: str) -> None:
    for number in (1, 2, 10):
        _put(f"{bucket}/s/p-{number}.npy", npy(TABLE[:number]))
        _put(f"{bucket}/s/y-{number}.csv", b"1\n" * number)
    given = {"input": "s3://bucket/s/p-*.npy", "target": "s3://bucket/s/y-*.csv"}
    sources, _ = open_sources(given, ROLES)
    assert same(whole(sources["input"]), np.concatenate([TABLE[:1], TABLE[:2], TABLE[:10]]))
    assert sources["input"].locate((4, 0)).startswith("s3://bucket/s/p-10.npy row 2")
    assert "files of several kinds" in refusal("s3://bucket/s/")
    assert "no file matches the pattern" in refusal("s3://bucket/s/q-*.npy")
    assert "correct the brackets" in refusal("s3://bucket/s/p-[9-1].npy")
    assert len(load("s3://bucket/s/p-[!2].npy")) == 1
    _put(f"{bucket}/t/p-1.npy", npy(TABLE))
    _put(f"{bucket}/t/_SUCCESS", b"")
    assert same(load("s3://bucket/t/"), TABLE)
    assert same(load("s3://bucket/**/t/p-?.npy"), TABLE)
    _put(f"{bucket}/u/p-[1].npy", npy(TABLE))
    assert same(load("s3://bucket/u/p-[1].npy"), TABLE)


def test_refusals(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no such file on the server" in refusal("s3://bucket/none.npy")
    assert "no such file on the server" in refusal("s3://nowhere/none.npy")
    for key in ("../x.npy", "a//x.npy"):
        assert "not a valid key" in refusal(f"s3://bucket/{key}")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "nowhere")
    assert "AWS_ENDPOINT_URL is not a URL" in refusal("s3://bucket/x.npy")
    monkeypatch.setenv("AWS_ENDPOINT_URL", bucket.removesuffix("/bucket"))
    _put(f"{bucket}/empty.npy")
    assert "the file is empty" in refusal("s3://bucket/empty.npy")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    assert "no connection, 3 times in a row" in refusal("s3://bucket/x.npy")
    with serving() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        server.files["/bucket/x.npy"] = npy(TABLE)
        server.headers = {"Last-Modified": "Mon, 30 Nov 2026 10:00:00 GMT"}
        assert same(load("s3://bucket/x.npy"), TABLE)
        for status in (401, 403):
            server.statuses = [status]
            assert "access denied; check AWS_ACCESS_KEY_ID" in refusal("s3://bucket/x.npy")
        server.statuses = [503, 503]
        assert same(load("s3://bucket/x.npy"), TABLE)
        server.statuses = [301]
        assert "another region; set AWS_REGION" in refusal("s3://bucket/x.npy")
        rows = np.arange(300_000.0)
        server.files["/bucket/big.npy"] = npy(rows)
        server.cut = [1_000_000, 900_000]
        assert same(load("s3://bucket/big.npy"), rows)


@pytest.mark.usefixtures("bucket")
def test_keys_are_not_shown(loss: Loss) -> None:
    for name in ("bucket/none.npy", "no/none.npy", "AKIA0:hunter2@bucket/x.npy"):
        ran = loss("softmax", "-i", f"s3://{name}")
        assert ran.status == 3
        assert "hunter2" not in ran.err
        assert "AKIA0" not in ran.err


def test_an_interrupt_ends_a_stalled_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        server.headers = {"Last-Modified": "Mon, 30 Nov 2026 10:00:00 GMT"}
        server.files["/bucket/x.npy"] = npy(TABLE)
        server.stall = 30
        command = [sys.executable, "-m", "losscli", "softmax", "-i", "s3://bucket/x.npy"]
        with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
            deadline = time.monotonic() + 20
            while not server.asked and time.monotonic() < deadline:
                time.sleep(0.01)
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=server.stall - 5)
    assert (process.returncode, said) == (130, "loss: interrupted\n")


def test_other_schemes_go_through_fsspec() -> None:
    import fsspec

    memory = fsspec.filesystem("memory")
    memory.pipe("/a/x.npy", npy(TABLE))
    assert same(load("memory://a/x.npy"), TABLE)
    assert "this is not a file" in refusal("memory://a")
    assert "no such file" in refusal("memory://a/none.npy")
    assert "needs another package" in refusal("gs://bucket/x.npy")
    assert "is unknown" in refusal("nothing://bucket/x.npy")
