"""One table in every format, by name, by prefix and through a pipe: the same bits each time."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from losscli.errors import DataError, LossError
from losscli.readers import formats, open_sources
from losscli.readers.document import ReadOptions
from losscli.readers.file import open_file
from losscli.readers.formats import Format
from losscli.readers.spec import parse_spec
from tests.conftest import ROOT
from tests.readers.opening import (
    KINDS,
    LABELS,
    ONE,
    ROLES,
    checked,
    file_of,
    load,
    refusal,
    same,
    whole,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

TABLE = np.array([[0.1, -2.5e-7, 3e200], [np.nan, np.inf, -np.inf], [-0.0, 7.0, 1 / 3]])
LABEL_VECTOR = np.array([3.0, 0.0, 2.0])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("array", [TABLE, LABEL_VECTOR], ids=["table", "vector"])
def test_every_format_gives_the_same_bits(
    kind: str, array: NDArray[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = file_of(tmp_path, kind, array)
    assert same(load(path), array)
    odd = path.rename(tmp_path / "odd.name")
    assert same(load(f"{kind}:{odd}"), array)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(odd.read_bytes())))
    assert same(load(f"{kind}:-"), array)
    reader, writer = os.pipe()
    feed = threading.Thread(target=_feed, args=(writer, odd.read_bytes()))
    feed.start()
    assert same(load(f"{kind}:/dev/fd/{reader}"), array)
    feed.join()
    os.close(reader)


def _feed(descriptor: int, data: bytes) -> None:
    with open(descriptor, "wb") as pipe:
        pipe.write(data)


@pytest.mark.parametrize("kind", ["csv", "npy", "npz", "json"])
def test_first_bytes_tell_the_format_where_no_extension_does(kind: str, tmp_path: Path) -> None:
    path = file_of(tmp_path, kind, TABLE).rename(tmp_path / "no-ending")
    assert same(load(path), TABLE)
    assert same(load(path.rename(tmp_path / "yaml")), TABLE)


@pytest.mark.parametrize("kind", KINDS)
def test_rows_may_be_read_in_any_order_and_twice(kind: str, tmp_path: Path) -> None:
    sources, _ = open_sources({"input": str(file_of(tmp_path, kind, TABLE))}, ONE)
    source = sources["input"]
    for start, stop in ((2, 3), (0, 2), (1, 1), (0, 99), (2, 3)):
        assert same(source.read(start, stop), TABLE[start:stop])


@pytest.mark.parametrize("kind", KINDS)
def test_labels_beyond_2_to_53_stay_exact(kind: str, tmp_path: Path) -> None:
    labels = np.array([2, 2**53 + 1, -1])
    if kind == "excel":
        assert "may be rounded" in refusal(file_of(tmp_path, kind, labels), LABELS)
        return
    assert same(load(file_of(tmp_path, kind, labels), LABELS), labels)
    top = np.array([2, 2**64 - 1, 1], np.uint64)
    assert same(load(file_of(tmp_path, kind, top), LABELS), top)


@pytest.mark.parametrize("kind", ["csv", "yaml", "json", "jsonl"])
def test_probabilities_beside_a_big_integer_stay_float(kind: str, tmp_path: Path) -> None:
    values = np.array([0.5, 2.0**60, 1.0])
    path = file_of(tmp_path, kind, values)
    write(path, path.read_text().replace("1.152921504606847e+18", "1152921504606846976"))
    assert same(load(path, LABELS), values)


@pytest.mark.parametrize("kind", ["csv", "yaml", "json", "jsonl"])
@pytest.mark.parametrize("pair", [(2**64, 0), (2**63, -1)], ids=["2**64", "2**63 and -1"])
def test_a_label_beyond_64_bits_is_named(kind: str, pair: tuple[int, int], tmp_path: Path) -> None:
    text = "".join(f"{'- ' if kind == 'yaml' else ''}{label}\n" for label in pair)
    path = write(tmp_path / f"y.{kind}", json.dumps(pair) if kind == "json" else text)
    message = refusal(path, LABELS)
    assert f"label {pair[0]} is out of range" in message
    assert "line 1" in message


def test_text_files_know_the_line_of_an_entry(tmp_path: Path) -> None:
    def place(text: str, index: tuple[int, ...]) -> str:
        sources, _ = open_sources({"input": text}, ONE)
        return sources["input"].place(index)

    table = write(tmp_path / "x.csv", "# made by hand\n\na,b,c\n1,2,3\n4,5,6\n")
    assert place(str(table), (1, 2)) == "line 5 column 3"
    assert place(f"{table}::c", (1,)) == "line 5 column 3"
    assert place(f"{table}::c,a", (0, 1)) == "line 4 column 1"
    assert place(f"{table}::c,a", (0,)) == "line 4"
    column = write(tmp_path / "y.csv", "1\n2\n3\n")
    assert place(str(column), (2,)) == "line 3"
    block = write(tmp_path / "x.yaml", "# scores\ninput:\n- - 1\n  - 2\n- - 3\n  - 4\n")
    assert place(str(block), (1, 1)) == "line 6 row 2 column 2"
    indented = write(tmp_path / "x.json", "[\n [1,\n  2],\n\n [3, 4]]")
    assert place(str(indented), (0, 1)) == "line 3 row 1 column 2"
    assert place(str(indented), (1, 1)) == "line 5 row 2 column 2"
    deep = write(tmp_path / "deep.json", "[[[1],\n[2]]]")
    assert place(str(deep), (0, 1, 0)) == "line 2 (index [0, 1, 0])"
    lines = write(tmp_path / "x.jsonl", '{"input": [1, 2]}\n{"input": [3, 4]}\n')
    assert place(str(lines), (1, 0)) == "line 2 row 2 column 1"


def test_only_the_format_of_a_file_is_imported(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", TABLE)
    code = (
        "import sys, numpy; from losscli.readers import open_sources, WantedRole;"
        "names = 'yaml json zipfile csv losscli.readers.tables losscli.readers.nested'.split();"
        "print([n for n in names if n in sys.modules]);"
        f"open_sources({{'input': {str(tmp_path / 'x.npy')!r}}}, [WantedRole('input', (), True)]);"
        "print([n for n in names if n in sys.modules], 'losscli.readers.binary' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n[] True\n"


TOY = """
import numpy as np
from losscli.readers.document import Document
from losscli.readers.source import ArraySource

class Toy(Document):
    def __init__(self, file, options):
        self.label = file.label

    def source(self, selector, classes):
        return ArraySource(np.array([1.0, 2.0]), self.label)
"""


def test_a_new_format_is_a_module_and_a_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "toy_format.py", TOY)
    monkeypatch.syspath_prepend(tmp_path)
    row = Format("toy", "a toy", ("toy",), "toy_format:Toy", (b"TOY",))
    monkeypatch.setitem(formats.BY_NAME, "toy", row)
    monkeypatch.setitem(formats.BY_EXTENSION, "toy", row)
    path = write(tmp_path / "x.toy", "TOY")
    assert load(path).tolist() == [1, 2]
    assert load(f"toy:{path}").tolist() == [1, 2]
    write(path, "1,2\n")
    assert "expected a toy, found text, perhaps CSV" in refusal(path)


def test_the_reference_page_lists_the_table_of_formats() -> None:
    page = (ROOT / "losscli/commands/help/topics/sources.md").read_text()
    rows = {tuple(re.findall(r"`([^`]+)`", line)) for line in page.splitlines()}
    for row in formats.FORMATS:
        assert (row.name, *(f".{extension}" for extension in row.extensions)) in rows


def test_a_format_whose_extra_is_missing_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = Format("toy", "a toy", (), "no_such_module:Toy", (b"TOY",), extra="toys")
    monkeypatch.setitem(formats.BY_NAME, "toy", row)
    file = open_file(parse_spec(str(write(tmp_path / "x.toy", "TOY"))))
    with pytest.raises(DataError, match=r"needs no_such_module; run pip install 'losscli\[toys\]'"):
        row.open(file, ReadOptions())


def test_random_damage_ends_with_one_line_or_numbers(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    for kind in KINDS:
        path = file_of(tmp_path, kind, TABLE)
        data = path.read_bytes()
        # A workbook is read in a process of its own, which takes longer.
        for _ in range(15 if kind == "excel" else 150):
            damaged = bytearray(data)
            for at in generator.integers(0, len(data), generator.integers(1, 4)):
                damaged[at] = generator.integers(0, 256)
            cut = generator.integers(0, len(data)) if generator.random() < 0.3 else len(data)
            path.write_bytes(bytes(damaged[:cut]))
            try:
                sources, _ = open_sources({"input": str(path), "target": str(path)}, ROLES)
                for source in sources.values():
                    whole(source)
            except LossError as error:
                checked(str(error))


def test_every_format_says_what_loss_formats_shows() -> None:
    for row in formats.FORMATS:
        assert row.blocks
        assert (row.extra is None) == (not row.needs), row.name
        assert row.selector or row.name == "npy", f"{row.name}: what does a selector name?"


def test_the_page_on_sources_has_the_same_table() -> None:
    page = ROOT / "losscli" / "commands" / "help" / "topics" / "sources.md"
    section = page.read_text().partition("## Formats\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    said = {name.strip("`"): [extensions, read] for name, extensions, read in cells}
    assert said == {
        row.name: [", ".join(f"`.{one}`" for one in row.extensions), row.blocks]
        for row in formats.FORMATS
    }
