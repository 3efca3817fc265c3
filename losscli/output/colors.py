"""The colors of all that is printed: text and bars on a terminal, help, messages, pictures.

Each has a contrast of at least 4.5 on white and on black, so that both kinds of terminal can be
read. These six are the only such colors of the 256 that most terminals have; where there are only
16, rich takes the nearest. They differ least for color-blind readers in the pair of good and
warning: a sign or a word always says the same as the color.
"""

from __future__ import annotations

BLUE = "#5f5fff"
GREEN = "#00875f"
MAGENTA = "#d700af"
RUST = "#af5f5f"
VIOLET = "#875fd7"
GRAY = "#767676"

ACCENT = INFO = BLUE
NAME = f"bold {BLUE}"
GOOD = GREEN
BAD = MAGENTA
WARNING = RUST
DIM = GRAY
"""What matters less. It is a color: how faint a terminal draws faint text is not known."""
TINTS = (BLUE, RUST, GREEN, MAGENTA, VIOLET, GRAY)
"""The colors of classes, by their numbers."""
