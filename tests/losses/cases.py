"""The cases of all losses."""

from __future__ import annotations

from losscli.contract.cases import variants_of
from losscli.losses import declaration, names
from losscli.losses.declare.role_kind import Layout

LOSSES = [declaration(name) for name in names()]
VARIANTS = [variant for loss in LOSSES for variant in variants_of(loss)]
BY_CLASS = [variant for variant in VARIANTS if variant.loss.layout is Layout.CLASSES]
