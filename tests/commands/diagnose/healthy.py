"""Files that are what they say: labels are drawn from the input's own probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np

from losscli.commands.diagnose.examine import examine
from losscli.commands.diagnose.inspection import Inspection
from losscli.commands.diagnose.registry import rules
from losscli.commands.findings import Diagnosis
from losscli.commands.options import DataOptions
from losscli.commands.typed import Typed
from losscli.engine.arrays import array_source
from losscli.losses.declare.registry import find
from losscli.numerics.arrays import Array

Rng = np.random.Generator


def log_softmax(x: Array) -> Array:
    shifted = x - x.max(axis=1, keepdims=True)
    p: Array = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return p


def drawn_labels(rng: Rng, x: Array) -> Array:
    """Draw a label for each term of logits (n, c, d...) from their softmax."""
    gumbel = rng.gumbel(size=x.shape)
    labels: Array = (x + gumbel).argmax(axis=1)
    return labels


def diagnosed(
    loss: str, roles: dict[str, Any], flags: DataOptions | None = None, **options: Any
) -> Diagnosis:
    """Ask every rule of arrays."""
    sources = {role: array_source(role, values) for role, values in roles.items()}
    words = {**dict.fromkeys(roles, "-"), **options}
    typed = Typed(find(loss), words, flags or DataOptions())
    return examine(Inspection(find(loss), sources, typed), rules())


def alarms(diagnosis: Diagnosis) -> list[str]:
    """Return the codes of the warnings and errors."""
    return [finding.code for finding in diagnosis.findings if finding.severity != "info"]
