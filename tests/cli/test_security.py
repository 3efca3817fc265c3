"""Data stay data: they run, follow and fetch nothing, and do not control a terminal."""

from __future__ import annotations

import os
import pickle
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import Loss

ESCAPE, MARKUP = "\x1b[2J\x1b[31m", "x[bold red]b[/]"


@pytest.fixture
def named(tmp_path: Path) -> dict[str, str]:
    """Make files whose class names, groups and outcomes hold escapes and markup."""
    (tmp_path / "x.csv").write_text(f"{ESCAPE}a,{MARKUP},[/\n1,2,0\n3,1,0\n0,1,4\n")
    (tmp_path / "y.csv").write_text(f"{MARKUP}\n{ESCAPE}a\n[/\n")
    (tmp_path / "g.csv").write_text(f"{ESCAPE}\n{MARKUP}\n[/\n")
    (tmp_path / "p.csv").write_text(f"{ESCAPE}a,{MARKUP},[/\n0.5,0.25,0.25\n")
    return {name: str(tmp_path / f"{name}.csv") for name in "xygp"}


CALLS = {
    "ce": "ce -i {x} -t {y} --all",
    "top": "ce -i {x} -t {y} --top 2 --hist",
    "by": "ce -i {x} -t {y} --by target",
    "groups": "ce -i {x} -t {y} --groups {g}",
    "compare": "compare -i {x} --reference {x} -t {y}",
    "losses": "compare ce -i {x} --reference {x} -t {y} --by class --groups {g}",
    "markdown": "compare ce -i {x} --reference {x} -t {y} --by class -f markdown",
    "latex": "compare ce -i {x} --reference {x} -t {y} --by group --groups {g} -f latex",
    "diagnose": "diagnose ce -i {x} -t {y} --groups {g}",
    "report": "report ce -i {x} -t {y}",
    "reconcile": "reconcile ce -i {x} -t {y} --value 1.5",
    "softmax": "softmax -i {x}",
    "entropy": "entropy -i {p} -t {p}",
    "word": "ce -i {x} -t {g}",
    "number": "ce -i {g} -t {y}",
    "column": "ce -i {x}::nowhere -t {y}",
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("color", [None, "1"])
def test_names_do_not_control_a_terminal(
    name: str,
    color: str | None,
    loss: Loss,
    named: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    if color:
        monkeypatch.setenv("FORCE_COLOR", color)
    ran = loss(*CALLS[name].format(**named).split())
    assert ran.status in (0, 1, 2, 3)
    for text in (ran.out, ran.err):
        assert not any(code in text for code in ("\x1b[2J", "\x1b[31mb", "\x1b[31ma"))
    assert color or "\x1b" not in ran.err
    if name in ("ce", "by", "groups", "softmax", "entropy"):
        assert "x[bold red]b[/]" in ran.out, ran.out


class _Runs:
    """Makes a file where it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.mkdir, ("WAS_EXECUTED",))


def test_nothing_is_unpickled_or_constructed(
    loss: Loss, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.save(tmp_path / "x.npy", np.array([_Runs()], dtype=object), allow_pickle=True)
    np.savez(tmp_path / "x.npz", input=np.array([_Runs()], dtype=object))
    for name in ("x.pkl", "x.csv", "x.json"):
        (tmp_path / name).write_bytes(pickle.dumps(_Runs()))
    for call in ("apply:os.mkdir [WAS_EXECUTED]", "new:os.mkdir [WAS_EXECUTED]"):
        (tmp_path / f"x{len(call)}.yaml").write_text(f"input: !!python/object/{call}\n")
    (tmp_path / "x.yml").write_text("- !!python/name:os.mkdir\n- !!binary aGk=\n")
    files = sorted(tmp_path.iterdir())
    for path in files:
        ran = loss("softmax", "-i", path)
        monkeypatch.chdir(tmp_path)
        assert (ran.status, ran.out, ran.err.count("\n")) == (3, "", 1), path
        assert "allow_pickle" not in ran.err
    assert sorted(tmp_path.iterdir()) == files


def test_no_link_is_followed_out_of_an_archive(loss: Loss, tmp_path: Path) -> None:
    secret = tmp_path / "secret.npy"
    np.save(secret, np.array([[12345.5, 0.0]]))
    for name, member, mode in (
        ("link.npz", str(secret).encode(), 0o120777),
        ("up.npz", secret.read_bytes(), 0o100644),
    ):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            entry = zipfile.ZipInfo("input.npy" if "link" in name else "../../evil.npy")
            entry.create_system, entry.external_attr = 3, mode << 16
            archive.writestr(entry, member)
    before = sorted(tmp_path.iterdir())
    assert loss("softmax", "-i", tmp_path / "link.npz").status == 3
    loss("softmax", "-i", tmp_path / "up.npz")
    assert sorted(tmp_path.iterdir()) == before
    assert not (tmp_path.parent.parent / "evil.npy").exists()


def test_only_what_the_command_line_names_is_fetched(
    loss: Loss, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def refuse(_: object, address: object) -> None:
        asked.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("losscli.readers.remote.file.PAUSE", 0.0)
    monkeypatch.setenv("no_proxy", "*")
    url = "http://127.0.0.2/x.csv"
    for name, text in {
        "x.csv": f"{url},b\n1,2\n",
        "t.csv": f"0\n{url}\n",
        "x.json": f'{{"{url}": [[1, 2]]}}',
        "y.json": f'{{"$ref": "{url}", "input": "{url}"}}',
        "x.yaml": f"input: !include {url}\n",
        "z.yaml": f"%TAG ! {url}\n--- [[1, 2]]\n",
        url.replace("/", "_"): "1,2\n",
    }.items():
        (tmp_path / name).write_text(text)
        assert loss("softmax", "-i", tmp_path / name).status in (0, 3)
    assert asked == []
    ran = loss("softmax", "-i", url)
    assert (ran.status, ran.out) == (3, "")
    assert set(asked) == {("127.0.0.2", 80)}


def test_no_module_for_the_network_is_loaded() -> None:
    code = (
        "import sys; from losscli.cli.main import main; "
        "main('ce -q -i samples/log-softmax/logits.npy -t samples/log-softmax/labels.npy'.split());"
        "print([name for name in ('urllib.request', 'http.client', 'ssl') if name in sys.modules])"
    )
    import subprocess

    from tests.conftest import ROOT

    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    assert ran.stdout.endswith(b"[]\n")
