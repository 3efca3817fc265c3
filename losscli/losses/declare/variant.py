"""A variant: another definition that goes by the name of a loss."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple


class Variant(NamedTuple):
    """What other programs compute under the name of a loss, in NumPy."""

    words: str
    """What is different, as a user would say it."""
    terms: str
    """The terms, an expression of `x` (the input), `y` (the target), the other roles by their
    names, and the options in braces."""
    usual: bool = True
    """Whether well-known libraries or papers have it; else it is a slip that some make."""
    where: Mapping[str, Any] = MappingProxyType({})
    """The options under which the expression holds."""

    def of(self, options: Mapping[str, Any]) -> str:
        """Return the expression for these options; empty where it does not hold."""
        if any(options[name] != value for name, value in self.where.items()):
            return ""
        return self.terms.format(**options)


AS_THEY_ARE = "labels 0 and 1 are used as they are, not as -1 and +1"
"""What happens to a loss of signs that is given 0/1 labels; its variant writes them `(y > 0)`."""
