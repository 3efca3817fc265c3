"""How numbers are stored: with the digits and the type that a file has."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from losscli.numerics.arrays import Array
from losscli.readers.source import ArraySource

Rng = np.random.Generator
FORMATS = ("text", "significant text", "float64", "float32", "float16", "bfloat16", "rounded")
SHARES = (0.3, 0.08, 0.14, 0.2, 0.08, 0.1, 0.1)


@dataclass(frozen=True)
class Storage:
    """One way to store numbers."""

    format: str
    digits: int
    """Decimal places, or significant digits."""
    wide: bool
    """Whether what was rounded is stored as float64, not as float32."""

    @property
    def is_text(self) -> bool:
        """Whether the file is a table of text."""
        return self.format.endswith("text")

    def __call__(self, x: Array) -> Array:
        """Return the numbers as the file has them."""
        dtype = np.float64 if self.wide else np.float32
        match self.format:
            case "text":
                return np.round(x, self.digits) + 0.0
            case "significant text":
                return significant(x, self.digits)
            case "bfloat16":
                return bfloat16(x).astype(dtype)
            case "rounded":
                return (np.round(x, self.digits) + 0.0).astype(dtype)
            case name:
                return x.astype(name)

    def source(self, label: str, x: Array) -> ArraySource:
        """Return stored numbers as the source that a reader makes of them."""
        return ArraySource(x, label, text=self.is_text)


EXACT = Storage("float64", 17, wide=True)


def drawn_storage(rng: Rng, fewest: int = 2) -> Storage:
    """Draw a storage with this many digits or more."""
    name = str(rng.choice(FORMATS, p=SHARES))
    low = max(fewest, 3) if name == "significant text" else fewest
    return Storage(name, int(rng.integers(low, max(low + 1, 13))), bool(rng.random() < 0.5))


def bfloat16(x: Array) -> Array:
    """Return the nearest numbers of 8 significant bits, halves to even."""
    bits = np.ascontiguousarray(x, np.float32).view(np.uint32)
    rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) & np.uint32(0xFFFF0000)
    special = ~np.isfinite(x)
    near: Array = np.where(special, x, rounded.view(np.float32))
    return near


def significant(x: Array, digits: int) -> Array:
    """Return the numbers with a number of significant decimal digits."""
    texts = np.char.mod(f"%.{digits}g", x)
    near: Array = texts.astype(np.float64)
    return near
