"""A loss whose terms NumPy has computed: they are reduced like those of any other."""

from __future__ import annotations

from losscli.losses.declare import draws
from losscli.losses.declare.equivalent import NAMES_OF_LIBRARIES
from losscli.losses.declare.registry import Loss, Role
from losscli.losses.declare.role_kind import Kind, Layout

TERMS = Loss(
    name="terms",
    family="",
    kernel=lambda terms, **_: (terms, {}),
    libraries=dict.fromkeys(NAMES_OF_LIBRARIES, ()),
    roles=(Role("terms", (Kind("numbers", "any shape", Layout.TERMS, (), draws.normal),)),),
    options=(),
)
"""Terms that NumPy computes, to be reduced like those of a loss."""
