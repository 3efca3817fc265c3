"""Pickles, walked opcode by opcode: nothing is called, and nothing is imported by its name.

A pickle is a program that builds values on a stack. The opcodes that build numbers, text, lists,
tuples and mappings are obeyed. A call is answered only from a table of own functions, which make
notes of arrays; a pickle that asks for any other call is refused with the name of what it asked
for. Memory stays in proportion to the size of the file: long bytes stay where they are.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from struct import Struct
from typing import Any

from losscli.errors import DataError, show
from losscli.readers.binary.pickle_bytes import Pickle, Stretch
from losscli.readers.binary.pickle_values import SET, Buildable, Calls, Name
from losscli.readers.binary.values import Refused

_LONGEST_INTEGER = 16
_LONGEST_NAME = 200
_PROTOCOL = 5
_BYTE, _TWO, _FOUR, _EIGHT = map(Struct, ("<B", "<H", "<I", "<Q"))
_SIGNED, _FLOAT = Struct("<i"), Struct(">d")
_NEIGHBORS = {
    _BYTE: Struct("<cB"),
    _TWO: Struct("<cH"),
    _SIGNED: Struct("<ci"),
    _FLOAT: Struct(">cd"),
}
"""Numbers with their opcodes."""
_CONTRADICTIONS = (
    *(LookupError, TypeError, ValueError, AttributeError, OverflowError, RecursionError),
)
"""What values of other types than an opcode expects lead to."""


def read_pickle(
    pickle: Pickle, calls: Calls, persistent: Callable[[Any], Any] | None = None
) -> Any:
    """Return the value that a pickle describes.

    `persistent` makes a value of a reference to something outside the pickle. DataError for a call
    that is not in the table, and for a pickle that is damaged or truncated.
    """
    try:
        return _Machine(pickle, calls, persistent).run()
    except (
        IndexError,
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
        OverflowError,
        RecursionError,
    ):
        raise pickle.damaged("its opcodes contradict each other") from None


class _Machine:
    def __init__(
        self, pickle: Pickle, calls: Calls, persistent: Callable[[Any], Any] | None
    ) -> None:
        self.pickle = pickle
        self.calls = calls
        self.persistent = persistent
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}

    def run(self) -> Any:
        take = self.pickle.take
        while True:
            opcode = take(1)
            if opcode == b".":
                break
            action = _ACTIONS.get(opcode)
            if action is None:
                raise self.pickle.damaged(f"{show(opcode)} is not an opcode")
            action(self)
        if len(self.stack) != 1 or self.marks:
            raise self.pickle.damaged("values are left over")
        return self.stack[0]

    def number(self, layout: Struct) -> Any:
        """Return the number that follows an opcode."""
        return layout.unpack(self.pickle.take(layout.size))[0]

    def numbers(self, opcode: bytes, layout: Struct) -> None:
        """Push a number, and those that follow it: lists are long runs of them."""
        self.push(self.number(layout))
        self.stack += self.pickle.neighbors(opcode, _NEIGHBORS[layout])

    def push(self, value: Any) -> None:
        self.stack.append(value)

    def pop(self) -> Any:
        if self.marks and len(self.stack) <= self.marks[-1]:
            raise IndexError
        return self.stack.pop()

    def above_mark(self) -> list[Any]:
        """Take everything above the last mark off the stack."""
        at = self.marks.pop()
        taken = self.stack[at:]
        del self.stack[at:]
        return taken

    def protocol(self) -> None:
        version = self.number(_BYTE)
        if version > _PROTOCOL:
            raise DataError(
                f"{self.pickle.label}: pickle protocol {version} is unknown; save it with protocol "
                f"{_PROTOCOL} or lower"
            )

    def text(self, layout: Struct) -> None:
        self.push(self.pickle.take(self.number(layout)).decode("utf-8", "surrogatepass"))

    def bytes(self, layout: Struct) -> None:
        self.push(self.pickle.long_bytes(self.number(layout)))

    def integer(self, layout: Struct) -> None:
        """Push an integer of any length, unless it is longer than any label."""
        length = self.number(layout)
        raw = self.pickle.long_bytes(length)
        if length > _LONGEST_INTEGER or isinstance(raw, Stretch):
            self.push(Refused(f"an integer of {length} bytes; save a number that fits 64 bits"))
        else:
            self.push(int.from_bytes(raw, "little", signed=True))

    def written_integer(self) -> None:
        line = self.pickle.line().strip().removesuffix(b"L")
        value = {b"00": False, b"01": True}.get(line)
        if len(line) > 3 * _LONGEST_INTEGER:
            self.push(Refused(f"an integer of {len(line)} digits; save one that fits 64 bits"))
        else:
            self.push(int(line) if value is None else value)

    def written_bytes(self) -> None:
        """Push text of Python 2, which is written in quotes and with escapes."""
        line = self.pickle.line().strip()
        if len(line) < 2 or line[:1] not in (b"'", b'"') or line[:1] != line[-1:]:
            raise ValueError
        self.push(codecs.escape_decode(line[1:-1])[0])

    def tuple(self, count: int) -> None:
        values = [self.pop() for _ in range(count)]
        self.push(tuple(reversed(values)))

    def append(self, values: list[Any]) -> None:
        self.stack[-1].extend(values)

    def set_items(self, flat: list[Any]) -> None:
        target = self.stack[-1]
        if not isinstance(target, dict):
            raise TypeError
        for key, value in zip(flat[::2], flat[1::2], strict=True):
            name = self.pickle.key(key)
            if name in target:
                raise self.pickle.damaged(f"the key {show(name)} appears twice")
            target[name] = value

    def dict(self) -> None:
        flat = self.above_mark()
        self.push({})
        self.set_items(flat)

    def call(self, called: Any, args: Any) -> None:
        """Answer a call from the table; DataError with its name for any other."""
        name = called.text if isinstance(called, Name) else type(called).__name__
        answer = self.calls.get(name) if isinstance(called, Name) else None
        if name in ("copyreg._reconstructor", "copyreg.__newobj__"):
            name = args[0].text
        if answer is None:
            raise self.pickle.call_refused(name)
        if not isinstance(args, tuple):
            raise TypeError
        self.push(answer(*args))

    def build(self) -> None:
        state, target = self.pop(), self.stack[-1]
        if isinstance(target, Buildable):
            target.state = state
        elif not isinstance(target, dict):
            raise TypeError

    def refer(self, reference: Any) -> None:
        if self.persistent is None:
            raise DataError(
                f"{self.pickle.label}: the pickle refers to data outside itself; save arrays with "
                "numpy.save"
            )
        self.push(self.persistent(reference))

    def outside(self) -> None:
        raise DataError(
            f"{self.pickle.label}: the buffers of this pickle are outside of it (protocol 5, "
            "out-of-band); save it without buffer_callback"
        )


def _name(module: Any, name: Any) -> Name:
    """Return a name as today's Python and NumPy spell it."""
    if isinstance(module, bytes) and isinstance(name, bytes):
        module, name = module.decode(), name.decode()
    if not isinstance(module, str) or not isinstance(name, str):
        raise TypeError
    if len(module) + len(name) > _LONGEST_NAME:
        raise ValueError
    module = {"__builtin__": "builtins", "copy_reg": "copyreg"}.get(module, module)
    if module.startswith("numpy.core"):
        module = module.replace("numpy.core", "numpy._core", 1)
    return Name(f"{module}.{name}")


def _pair(machine: _Machine) -> list[Any]:
    value, key = machine.pop(), machine.pop()
    return [key, value]


def _reduce(machine: _Machine) -> None:
    args, called = machine.pop(), machine.pop()
    machine.call(called, args)


def _new_with_keywords(machine: _Machine) -> None:
    keywords, args, called = machine.pop(), machine.pop(), machine.pop()
    machine.call(called, (*args, *keywords.values()))


def _instance(machine: _Machine) -> None:
    name = _name(machine.pickle.line(), machine.pickle.line())
    machine.call(name, tuple(machine.above_mark()))


def _object(machine: _Machine) -> None:
    called, *args = machine.above_mark()
    machine.call(called, tuple(args))


def _stack_name(machine: _Machine) -> None:
    name, module = machine.pop(), machine.pop()
    machine.push(_name(module, name))


def _drop(machine: _Machine) -> None:
    """Obey POP, which takes off a mark where one is on top."""
    if machine.marks and machine.marks[-1] == len(machine.stack):
        machine.marks.pop()
    else:
        machine.pop()


def _set(machine: _Machine) -> None:
    machine.above_mark()
    machine.push(SET)


def _memoize(machine: _Machine, index: int) -> None:
    machine.memo[index] = machine.stack[-1]


_ACTIONS: dict[bytes, Callable[[_Machine], Any]] = {
    b"\x80": _Machine.protocol,
    b"\x95": lambda m: m.number(_EIGHT),
    b"N": lambda m: m.push(None),
    b"\x88": lambda m: m.push(True),
    b"\x89": lambda m: m.push(False),
    b"I": _Machine.written_integer,
    b"L": _Machine.written_integer,
    b"J": lambda m: m.numbers(b"J", _SIGNED),
    b"K": lambda m: m.numbers(b"K", _BYTE),
    b"M": lambda m: m.numbers(b"M", _TWO),
    b"\x8a": lambda m: m.integer(_BYTE),
    b"\x8b": lambda m: m.integer(_FOUR),
    b"F": lambda m: m.push(float(m.pickle.line())),
    b"G": lambda m: m.numbers(b"G", _FLOAT),
    b"S": _Machine.written_bytes,
    b"U": lambda m: m.bytes(_BYTE),
    b"T": lambda m: m.bytes(_FOUR),
    b"C": lambda m: m.bytes(_BYTE),
    b"B": lambda m: m.bytes(_FOUR),
    b"\x8e": lambda m: m.bytes(_EIGHT),
    b"\x96": lambda m: m.bytes(_EIGHT),
    b"V": lambda m: m.push(m.pickle.line().decode("raw-unicode-escape")),
    b"\x8c": lambda m: m.text(_BYTE),
    b"X": lambda m: m.text(_FOUR),
    b"\x8d": lambda m: m.text(_EIGHT),
    b"}": lambda m: m.push({}),
    b"]": lambda m: m.push([]),
    b")": lambda m: m.push(()),
    b"\x8f": lambda m: m.push(SET),
    b"(": lambda m: m.marks.append(len(m.stack)),
    b"l": lambda m: m.push(m.above_mark()),
    b"t": lambda m: m.push(tuple(m.above_mark())),
    b"d": _Machine.dict,
    b"\x85": lambda m: m.tuple(1),
    b"\x86": lambda m: m.tuple(2),
    b"\x87": lambda m: m.tuple(3),
    b"a": lambda m: m.append([m.pop()]),
    b"e": lambda m: m.append(m.above_mark()),
    b"\x90": lambda m: m.append(m.above_mark()),
    b"\x91": _set,
    b"s": lambda m: m.set_items(_pair(m)),
    b"u": lambda m: m.set_items(m.above_mark()),
    b"0": _drop,
    b"1": _Machine.above_mark,
    b"2": lambda m: m.push(m.stack[-1]),
    b"p": lambda m: _memoize(m, int(m.pickle.line()[:20])),
    b"q": lambda m: _memoize(m, m.number(_BYTE)),
    b"r": lambda m: _memoize(m, m.number(_FOUR)),
    b"\x94": lambda m: _memoize(m, len(m.memo)),
    b"g": lambda m: m.push(m.memo[int(m.pickle.line()[:20])]),
    b"h": lambda m: m.push(m.memo[m.number(_BYTE)]),
    b"j": lambda m: m.push(m.memo[m.number(_FOUR)]),
    b"c": lambda m: m.push(_name(m.pickle.line(), m.pickle.line())),
    b"\x93": _stack_name,
    b"R": _reduce,
    b"\x81": _reduce,
    b"\x92": _new_with_keywords,
    b"i": _instance,
    b"o": _object,
    b"b": _Machine.build,
    b"P": lambda m: m.refer(m.pickle.line()),
    b"Q": lambda m: m.refer(m.pop()),
    b"\x97": _Machine.outside,
    b"\x98": _Machine.outside,
}
