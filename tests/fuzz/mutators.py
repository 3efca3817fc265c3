"""Ways to damage a file: blind ones for any bytes, informed ones for NPY headers and archives."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Callable
from random import Random

Mutator = Callable[[bytes, Random], bytes]

LONGEST = 40_000
"""Bytes of the largest file that comes out."""
WORDS = (
    *(b"nan", b"-inf", b"+Infinity", b"NA", b"#N/A", b"null", b"true", b"0x1p3", b"1e400", b"-0"),
    *(
        b"1e-400",
        b"1_000",
        b"1,5",
        b"1.5.2",
        b"5e-324",
        b"9007199254740993",
        b"18446744073709551615",
    ),
    *(b"-1", b"1.9999999999", b".", b"-", b"e", b"\xd9\xa1", b"\xe2\x88\x921", b"\xff", b"\0"),
    *(
        b"\xef\xbb\xbf",
        b"\r",
        b"\n",
        b"\r\n",
        b"\x1a",
        b"\xe2\x80\xa8",
        b"\x0c",
        b"\x85",
        b"\x1b[31m",
    ),
    *(
        b"[red]",
        b"[/",
        b'"',
        b'""',
        b"'",
        b",",
        b",,",
        b";",
        b"\t",
        b" ",
        b"::",
        b"#",
        b"%",
        b"=1+1",
    ),
    *(b"[", b"]", b"{", b"}", b"[[", b"]]", b"{}", b"[]", b":", b": ", b"- ", b"? ", b"&a ", b"*a"),
    *(b"!!python/object/apply:os.system ['true']", b"!!binary ", b"!!float ", b"!!set ", b"<<: *a"),
    *(b"|\n", b">-\n", b"---\n", b"...\n", b"%YAML 1.1\n", b"\\ud800", b"\\u0000", b"\\x1b", b"~"),
    *(b"010", b"1:30", b"0o17", b"0b11", b"1e3", b".inf", b".nan", b"yes", b"2024-01-01"),
    *(
        b"input",
        b"target",
        b"label",
        b"PK\x03\x04",
        b"\x93NUMPY",
        b"\x1f\x8b",
        b"<html>",
        b"\x80\x04",
    ),
)
NUMBER = re.compile(rb"[-+]?\d[\d.eE+-]*")
SHAPES = (
    *("()", "(3,)", "(0,)", "(2, 3)", "(0, 0)", "(-1,)", "(-1, 3)", "(1, 2, 3)", "(4294967296,)"),
    *(
        "(1000000000000,)",
        "(9223372036854775807, 2)",
        "(0, 9223372036854775807)",
        "[2, 3]",
        "(2.0,)",
    ),
    *("(True, 3)", "None", "(" + "1, " * 70 + ")", "(18446744073709551616,)", "(2, 3", "12", "'a'"),
)
DTYPES = (
    *("'<f8'", "'>f8'", "'<f4'", "'<f2'", "'|b1'", "'<i8'", "'|u1'", "'<u8'", "'<c16'", "'|O'"),
    *("'<U5'", "'|S3'", "'|V2'", "'<M8[ns]'", "'<m8'", "'<f16'", "'f8,i4'", "[('a', '<f8')]", "''"),
    *("'<U0'", "'|V0'", "'|S0'", "None", "['<f8']", "(('<f8'), (2,))", "'<f999'", "8", "'\\0'"),
)
OPCODES = (
    *(
        bytes([code])
        for code in b"(0122abdeloRtsu}])NQ.\x80\x81\x85\x86\x87\x88\x8f\x90\x91\x92\x93\x94"
    ),
    *(b"h\0", b"h\1", b"h\5", b"q\0", b"K\xff", b"J\xff\xff\xff\xff", b"G\x7f\xf0" + bytes(6)),
    *(b"\x8a\x01\x80", b"cos\nsystem\n", b"cnumpy\nndarray\n", b"ccollections\nOrderedDict\n"),
    *(
        b"cnumpy\ndtype\n",
        b"U\x02f4",
        b"X\x01\0\0\0a",
        b"\x8e\xff\xff\0\0\0\0\0\0",
        b"I01\n",
        b"Pa\n",
    ),
)


def mutated(content: bytes, format_name: str, other: bytes, random: Random) -> bytes:
    """Return a file's bytes with one to four kinds of damage; `other` is a file to splice in."""
    known_by_format = {
        "npy": [_npy_header],
        "npz": [_npz_member, _npz_names],
        "torch": [_npz_member, _npz_names, _torch_opcodes],
        "pickle": [_opcodes],
        "safetensors": [_safetensors_header],
    }
    own = known_by_format.get(format_name, [])
    for _ in range(random.choice((1, 1, 1, 2, 2, 3, 4))):
        if random.random() < 0.05:
            content = _splice(content, other, random)
        else:
            known = own if own and random.random() < 0.5 else BLIND
            content = random.choice(known)(content, random)
    return content[:LONGEST]


def _span(content: bytes, random: Random) -> tuple[int, int]:
    start = random.randint(0, len(content))
    return start, min(len(content), start + random.choice((1, 1, 2, 4, 8, 16, 64, 256)))


def _splice(content: bytes, other: bytes, random: Random) -> bytes:
    return content[: random.randint(0, len(content))] + other[random.randint(0, len(other)) :]


def _flip(content: bytes, random: Random) -> bytes:
    changed = bytearray(content)
    for _ in range(random.choice((1, 1, 2, 8))):
        if changed:
            changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def _byte(content: bytes, random: Random) -> bytes:
    start, _ = _span(content, random)
    return content[:start] + bytes([random.randrange(256)]) + content[start + 1 :]


def _cut(content: bytes, random: Random) -> bytes:
    start, stop = _span(content, random)
    return content[:start] + content[stop:]


def _shorten(content: bytes, random: Random) -> bytes:
    return content[: random.randint(0, len(content))]


def _insert(content: bytes, random: Random) -> bytes:
    start, _ = _span(content, random)
    return content[:start] + random.choice(WORDS) + content[start:]


def _replace(content: bytes, random: Random) -> bytes:
    start, stop = _span(content, random)
    return content[:start] + random.choice(WORDS) + content[stop:]


def _repeat(content: bytes, random: Random) -> bytes:
    start, stop = _span(content, random)
    times = random.choice((2, 3, 10, 100, 2000))
    return content[:start] + content[start:stop] * times + content[stop:]


def _number(content: bytes, random: Random) -> bytes:
    found = list(NUMBER.finditer(content))
    if not found:
        return _insert(content, random)
    one = random.choice(found)
    return content[: one.start()] + random.choice(WORDS) + content[one.end() :]


def _lines(content: bytes, random: Random) -> bytes:
    lines = content.splitlines(keepends=True)
    if not lines:
        return content
    i, j = random.randrange(len(lines)), random.randrange(len(lines))
    match random.randrange(4):
        case 0:
            lines[i], lines[j] = lines[j], lines[i]
        case 1:
            lines.insert(i, lines[j])
        case 2:
            del lines[i]
        case _:
            lines[i] = lines[i].strip() + random.choice((b"", b"\r", b"\r\n", b"\n\n"))
    return b"".join(lines)


def _nest(content: bytes, random: Random) -> bytes:
    depth = random.choice((1, 3, 40, 500, 3000, 15000))
    opening, closing = random.choice(((b"[", b"]"), (b'{"a":', b"}"), (b"- ", b""), (b"[", b"")))
    return opening * depth + content + closing * depth


BLIND: tuple[Mutator, ...] = (
    *(_flip, _byte, _cut, _shorten, _insert, _replace, _repeat, _number, _number, _lines, _nest),
)


def _npy_header(content: bytes, random: Random) -> bytes:
    """Make an NPY file claim another dtype, order, shape, version or header length."""
    if len(content) < 12 or content[:6] != b"\x93NUMPY":
        return _flip(content, random)
    size = 2 if content[6] == 1 else 4
    (length,) = struct.unpack("<H" if size == 2 else "<I", content[8 : 8 + size])
    header, body = content[8 + size :][:length], content[8 + size + length :]
    text = header.decode("latin-1")
    match random.randrange(6):
        case 0:
            text = re.sub(r"'shape': [^}]*", lambda _: f"'shape': {random.choice(SHAPES)}, ", text)
        case 1:
            text = re.sub(
                r"'descr': .*?, 'f", lambda _: f"'descr': {random.choice(DTYPES)}, 'f", text
            )
        case 2:
            text = text.replace("False", random.choice(("True", "1", "None", "[]", "False" * 9)))
        case 3:
            text = _replace(header, random).decode("latin-1")
        case 4:
            body = random.choice((body[:-1], body + b"\0", b"", body * 2, body[: len(body) // 2]))
        case _:
            claimed = random.choice((0, 1, 65535, 4294967295, length + 1, length * 2))
            packed = struct.pack("<Q", claimed)[:size]
            return content[:8] + packed + content[8 + size :]
    header = text.encode("latin-1", "replace")[:60000]
    length = min(len(header), 65535)
    return content[:8] + struct.pack("<H" if size == 2 else "<I", length) + header + body


def _safetensors_header(content: bytes, random: Random) -> bytes:
    """Damage the header of a safetensors file, and write the length that it then has."""
    end = 8 + int.from_bytes(content[:8], "little")
    text = random.choice((_number, *BLIND))(content[8:end], random)
    return len(text).to_bytes(8, "little") + text + content[end:]


def _opcodes(content: bytes, random: Random) -> bytes:
    """Insert opcodes into a pickle, or remove some."""
    at = random.randint(0, len(content))
    pieces = (random.choice(OPCODES) for _ in range(random.choice((0, 1, 1, 2, 5))))
    return content[:at] + b"".join(pieces) + content[at + random.choice((0, 0, 1, 2)) :]


def _torch_opcodes(content: bytes, random: Random) -> bytes:
    """Change the opcodes of a file of torch.save, and write the archive again."""
    members = [
        (name, _opcodes(member, random) if name.endswith("data.pkl") else member)
        for name, member in _members(content)
    ]
    return _packed(members, random) if members else _flip(content, random)


def _members(content: bytes) -> list[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return [
                (entry.filename, archive.read(entry))
                for entry in archive.infolist()
                if entry.file_size <= LONGEST
            ]
    except Exception:  # a damaged archive fails in many ways; then damage it blindly
        return []


def _packed(members: list[tuple[str, bytes]], random: Random) -> bytes:
    import warnings

    buffer = io.BytesIO()
    kind = random.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2))
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", kind) as archive:
        warnings.simplefilter("ignore")  # duplicate names are intended
        for name, member in members:
            archive.writestr(name, member)
    return buffer.getvalue()


def _npz_member(content: bytes, random: Random) -> bytes:
    """Damage a member of an archive and write it again, with a correct checksum."""
    members = _members(content)
    if not members:
        return _flip(content, random)
    i = random.randrange(len(members))
    name, member = members[i]
    members[i] = (name, random.choice((_npy_header, _npy_header, *BLIND))(member, random)[:LONGEST])
    return _packed(members, random)


def _npz_names(content: bytes, random: Random) -> bytes:
    """Rename, duplicate or drop a member, or write wrong numbers into the archive's directory."""
    members = _members(content)
    if not members or random.random() < 0.3:
        at = content.find(b"PK\x01\x02")
        spot = at + random.randrange(46) if at >= 0 else random.randrange(len(content) + 1)
        return content[:spot] + bytes([random.randrange(256)]) + content[spot + 1 :]
    names = (
        "input.npy",
        "target.npy",
        "../x.npy",
        "/x.npy",
        "a/b.npy",
        ".npy",
        "x.txt",
        "\x1b[2J.npy",
    )
    members.append((random.choice(names), random.choice(members)[1]))
    if random.random() < 0.5:
        members.pop(random.randrange(len(members)))
    return _packed(members, random)
