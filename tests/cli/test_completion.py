"""What is offered for an unfinished command line, asked for as the scripts of the shells do."""

from __future__ import annotations

import gzip
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from tests.conftest import ROOT, process
from tests.forked import forked
from tests.readers.columnar import workbook

TABLE = "id,cat,dog,label,sample weight\n1,0.5,0.25,cat,1\n2,0.1,0.2,dog,1\n"


def offered(line: str, shell: str = "fish") -> list[str]:
    """Return the words that a shell offers at the end of this line."""
    ran = forked([], _LOSS_COMPLETE=f"complete_{shell}", _TYPER_COMPLETE_ARGS=f"loss {line}")
    assert (ran.status, ran.err) == (0, b"")
    return [text.partition("\t")[0] for text in ran.out.decode().splitlines()]


def in_bash(line: str, replaced: str) -> list[str]:
    """Return the options for `compopt`, and the words that take the place of a part of the line."""
    ran = forked([], _LOSS_COMPLETE="complete_bash", COMP_LINE=f"loss {line}", COMP_WORD=replaced)
    assert (ran.status, ran.err) == (0, b"")
    return ran.out.decode().splitlines()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with some files."""
    (tmp_path / "data.csv").write_text(TABLE)
    (tmp_path / "my file.csv").write_text(TABLE)
    (tmp_path / ".hidden.csv").write_text(TABLE)
    (tmp_path / "shards").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("ce --label", ["--label-smoothing", "--label-base", "--labels-are"]),
        ("bc", ["bce", "bce-logits"]),
        ("rec", ["reconcile"]),
        ("--v", ["--version"]),
        ("ce --from ", ["logits", "probs", "log-probs"]),
        ("ce --from=lo", ["--from=logits", "--from=log-probs"]),
        ("compare --from p", ["probs"]),
        ("ce --by ", ["target"]),
        ("ce --dtype ", ["float64", "float32"]),
        ("ce -r ", ["mean", "sum", "none"]),
        ("softmax -f ", ["table", "json", "jsonl", "csv", "tsv", "markdown"]),
        ("explain hing", ["hinge", "hinge-embedding"]),
        ("compare hing", ["hinge", "hinge-embedding"]),
        ("plot c", ["calibration", "confusion", "compare", "curve"]),
        ("plot hist hing", ["hinge", "hinge-embedding"]),
        ("plot curve huber --del", ["--delta"]),
        ("help so", ["sources"]),
        ("help bce-l", ["bce-logits"]),
        ("rule L101", ["L101"]),
        ("diagnose ce --select L101,L102", ["L101,L102"]),
        # An alias, where the name of its loss begins otherwise.
        ("info mae", ["mae"]),
        ("cross", ["cross-entropy"]),
        # A library's name, where nothing else begins so.
        ("CrossE", ["CrossEntropyLoss"]),
        ("CrossEntropyLoss --ignore-i", ["--ignore-index"]),
        ("ce --color a", ["auto", "always"]),
        ("ce --digits ", []),
        ("nothing -i ", []),
        ("explain nothing -i ", []),
    ],
)
def test_words(line: str, words: list[str]) -> None:
    assert offered(line) == words


def test_all_losses_follow_a_tool_without_their_aliases() -> None:
    for tool in ("explain", "diagnose", "reconcile", "compare", "info"):
        words = offered(f"{tool} ")
        assert "ce" in words
        assert "cross-entropy" not in words


def test_options_are_offered_once() -> None:
    words = offered("ce -t x.csv ")
    assert "--input" in words
    assert not {"--target", "-i", "-t"} & set(words)
    assert offered("ce -t") == ["-t"]


@pytest.mark.parametrize(
    "option",
    [
        "ce -i",
        "ce -t",
        "ce --sample-weight",
        "ce --groups",
        "ce --params",
        "ce --weight",
        "ce -o",
        "ce --grad-output",
        "ce --classes",
        "triplet-margin --negative",
        "compare --reference",
        "explain ce --save",
        "reconcile ce --value",
        "entropy -i",
        "softmax -o",
    ],
)
def test_files(option: str, folder: Path) -> None:
    assert offered(f"{option} {folder}/d") == [f"{folder}/data.csv"]
    assert offered(f"{option} {folder}/") == [
        f"{folder}/{name}" for name in ("data.csv", "my file.csv", "shards/")
    ]
    assert offered(f"{option} {folder}/.h") == [f"{folder}/.hidden.csv"]
    assert offered(f"{option} {folder}/my\\ ") == [f"{folder}/my file.csv"]
    assert offered(f"{option} {folder}/none/") == []


def test_files_after_a_format_and_formats_where_there_is_no_file(folder: Path) -> None:
    assert offered(f"ce -i csv:{folder}/d") == [f"csv:{folder}/data.csv"]
    assert offered(f"ce --input=tsv:{folder}/d") == [f"--input=tsv:{folder}/data.csv"]
    assert offered("ce -i safet") == ["safetensors:"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("ce -i {}::la", ["{}::label"]),
        ("ce -i {}::", ["{}::id", "{}::cat", "{}::dog", "{}::label", "{}::sample weight"]),
        ("ce -i {}::cat,d", ["{}::cat,dog"]),
        ("ce -i {}::!i", ["{}::!id"]),
        ("ce -i {}::!id,!c", ["{}::!id,!cat"]),
        ("ce -i {}::cat,dog,c", []),
        ("ce -i {} -t ::la", ["::label"]),
        ("ce --input={} --sample-weight=::sam", ["--sample-weight=::sample weight"]),
        ("ce -i {} --by-id i", ["id"]),
        ("compare ce -i {} --reference x.csv -t ::la", ["::label"]),
        ("reconcile ce -i {} --value {}::la", ["{}::label"]),
        ("ce -i csv:{}::la", ["csv:{}::label"]),
        ("ce -t ::la", []),
        ("ce -i nothing.csv::", []),
    ],
)
def test_columns(line: str, words: list[str], folder: Path) -> None:
    path = str(folder / "data.csv")
    assert offered(line.replace("{}", path)) == [word.replace("{}", path) for word in words]


def test_names_in_other_files(folder: Path) -> None:
    numbers = np.zeros((2, 3))
    nested = {"val": {"logits": numbers.tolist(), "labels": [0, 1]}, "n": 2}
    (folder / "x.json").write_text(json.dumps(nested))
    (folder / "x.yaml").write_text("val:\n  logits: [[1, 2]]\n  labels: [0]\n")
    (folder / "x.jsonl").write_text('{"logits": [1, 2], "label": 0}\n' * 3)
    (folder / "x.tsv").write_text("cat\tlabel\n1\t2\n")
    (folder / "x.csv").write_text("1,2\n3,4\n")
    (folder / "x.csv.gz").write_bytes(gzip.compress(TABLE.encode()))
    (folder / "x.pkl").write_bytes(pickle.dumps({"val": {"logits": numbers}, "n": 2}))
    (folder / "x.xlsx").write_bytes(
        workbook({"One": [["cat", "dog"], [1, 2]], "Two": [["id", "label"], [1, 2]]})
    )
    np.savez(folder / "x.npz", logits=numbers, labels=[0, 1])
    parquet.write_table(pa.table({"cat": [1.0], "label": [0]}), folder / "x.parquet")
    with h5py.File(folder / "x.h5", "w") as file:
        file["val/logits"] = numbers
    header = json.dumps({"logits": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}})
    (folder / "x.safetensors").write_bytes(
        len(header).to_bytes(8, "little") + header.encode() + bytes(4)
    )
    for file_name, names in {
        "x.json": ["val.logits", "val.labels", "n"],
        "x.yaml": ["val.logits", "val.labels"],
        "x.jsonl": ["logits", "label"],
        "x.tsv": ["cat", "label"],
        "x.csv": ["0", "1"],
        "x.csv.gz": ["id", "cat", "dog", "label", "sample weight"],
        "x.pkl": ["val.logits"],
        "x.xlsx": ["One/", "Two/"],
        "x.xlsx::Two/": ["id", "label"],
        "x.npz": ["logits", "labels"],
        "x.parquet": ["cat", "label"],
        "x.h5": ["val/logits"],
        "x.safetensors": ["logits"],
    }.items():
        typed = f"{folder}/{file_name}" + "::" * ("::" not in file_name)
        assert offered(f"ce -i {typed}") == [typed + name for name in names]
    path = f"{folder}/x.xlsx"
    assert offered(f"ce -i {path}::Two/id -t ::l") == ["::label"]
    assert offered(f"ce -i {folder}/x.json -t ::val.la") == ["::val.labels"]


@pytest.mark.parametrize("text", [TABLE, '{"cat": 1, "label": 0}\n' * 2])
def test_only_the_head_of_a_large_file_is_read(text: str, folder: Path) -> None:
    path = folder / ("large.csv" if text is TABLE else "large.jsonl")
    path.write_text(text + text.splitlines()[1] + "\n")
    os.truncate(path, 1 << 40)
    with open(path, "r+b") as file:
        # The rest is a hole; what is read before it is text.
        file.write((text + (text.splitlines()[1] + "\n") * (1 << 16)).encode())
    assert offered(f"ce -i {path}::la") == [f"{path}::label"]


def test_no_time_is_lost_on_what_cannot_be_listed(folder: Path) -> None:
    os.mkfifo(folder / "pipe.csv")
    (folder / "broken.npz").write_bytes(b"PK\x03\x04broken")
    (folder / "broken.parquet").write_bytes(b"PAR1\0broken")
    (folder / "slow.json").write_text("[" * 500_000 + "]" * 500_000)
    for source in (
        "-",
        "https://localhost:1/x.csv",
        "s3://nowhere/x.parquet",
        "/dev/zero",
        f"{folder}",
        f"{folder}/pipe.csv",
        f"{folder}/broken.npz",
        f"{folder}/broken.parquet",
        f"{folder}/slow.json",
    ):
        assert offered(f"ce -i {source}::") == []


def test_names_that_would_disturb_a_terminal_are_not_offered(folder: Path) -> None:
    (folder / "x.csv").write_text('"a\tb",\x1b[31mred,good\n1,2,3\n')
    (folder / "new\nline.csv").write_text("")
    assert offered(f"ce -i {folder}/x.csv::") == [f"{folder}/x.csv::good"]
    assert offered(f"ce -i {folder}/n") == []


def test_bash_gets_the_part_that_it_replaces(folder: Path) -> None:
    path = f"{folder}/data.csv"
    assert in_bash(f"ce -i {path}::la", "la") == ["-o nosort", "label"]
    assert in_bash(f"ce -i {path}::id,la", "id,la") == ["-o nosort", "id,label"]
    assert in_bash(f"ce -i {path}::sam", "sam") == ["-o nosort", "sample\\ weight"]
    assert in_bash(f'ce -i "{path}::sam', f"{path}::sam") == ["-o nosort", f"{path}::sample weight"]
    assert in_bash("ce --from=pro", "pro") == ["-o nosort", "probs"]
    files = "-o nosort -o filenames"
    assert in_bash(f"ce -i {folder}/my\\ f", f"{folder}/my\\ f") == [files, f"{folder}/my file.csv"]
    assert in_bash(f"ce -i csv:{folder}/da", f"{folder}/da") == [files, path]
    assert in_bash(f"ce -i {folder}/sh", f"{folder}/sh") == [
        f"{files} -o nospace",
        f"{folder}/shards",
    ]
    # Bash replaces variables itself.
    assert in_bash("ce -i $HOME/x", "$HOME/x") == ["-o default"]


def test_zsh_gets_words_with_and_without_a_blank_after_them(folder: Path) -> None:
    ran = offered(f"ce -i {folder}/", "zsh")
    assert ran == ["closed data.csv", "closed my file.csv", "open shards/"]
    assert offered("ce --from=pro", "zsh") == ["closed probs"]
    assert offered("bce-l", "zsh")[0].startswith("closed bce-logits:Binary cross entropy")


def test_powershell_gets_words_with_quotes_where_they_need_them(folder: Path) -> None:
    for word, expected in (("da", "data.csv"), ("my", "my file.csv")):
        ran = forked(
            [],
            _LOSS_COMPLETE="complete_powershell",
            _TYPER_COMPLETE_ARGS=f"loss ce -i {folder}/{word}",
            _TYPER_COMPLETE_WORD_TO_COMPLETE=f"{folder}/{word}",
        )
        quote = "'" * (" " in expected)
        assert ran.out.decode() == f"{quote}{folder}/{expected}{quote}::: \n"


def test_the_scripts_of_typer_get_whole_words(folder: Path) -> None:
    for line, words in (
        ("loss bc", ["bce", "bce-logits"]),
        (f"loss ce -i {folder}/d", [f"{folder}/data.csv"]),
    ):
        count = len(line.split()) - 1
        variables = {"COMP_WORDS": line, "COMP_CWORD": str(count)}
        ran = process([], _LOSS_COMPLETE="complete_bash", **variables)
        assert ran.stdout.decode().split() == words


def asked(line: str, before: str = "") -> tuple[str, set[str]]:
    """Return the answer of a process of its own, and the modules that it imported."""
    code = (
        f"import sys\n{before}\nfrom losscli.cli.main import main\nmain([])\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    variables = {"_LOSS_COMPLETE": "complete_fish", "_TYPER_COMPLETE_ARGS": f"loss {line}"}
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
        capture_output=True,
        check=True,
    )
    return ran.stdout.decode(), set(ran.stderr.decode().split())


def test_little_is_imported() -> None:
    found, modules = asked("bc")
    assert len(found.splitlines()) == 2
    assert "numpy" not in modules
    found, modules = asked("ce --label-b")
    assert found.startswith("--label-base")
    assert not {"losscli.losses.regression", "rich", "losscli.readers.selectors"} & modules


def test_a_folder_that_is_gone_offers_nothing(tmp_path: Path) -> None:
    gone = f"import os, shutil\nos.chdir({str(tmp_path)!r})\nshutil.rmtree({str(tmp_path)!r})"
    assert asked("ce -i ", gone)[0] == ""
