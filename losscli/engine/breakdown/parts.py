"""The breakdowns of one run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from losscli.engine.breakdown.classes import ByTarget
from losscli.engine.breakdown.groups import ByGroup
from losscli.engine.breakdown.histogram import BySize
from losscli.engine.breakdown.interval import BySample
from losscli.engine.run import Observer


@dataclass(frozen=True)
class Breakdown:
    """The parts that observe a run; None for those that were not asked for."""

    by_target: ByTarget | None
    by_group: ByGroup | None
    by_size: BySize | None
    by_sample: BySample | None

    @property
    def observers(self) -> tuple[Observer, ...]:
        """The parts that were asked for."""
        parts = (self.by_target, self.by_group, self.by_size, self.by_sample)
        return tuple(part for part in parts if part is not None)

    def as_json(self) -> dict[str, Any]:
        """Return the parts for JSON, by key."""
        found: dict[str, Any] = {}
        if self.by_target:
            found["by"] = {"target": self.by_target.as_json()}
        if self.by_group:
            found["groups"] = self.by_group.as_json()
        if self.by_size:
            found["hist"] = self.by_size.as_json()
        if self.by_sample:
            found["ci"] = self.by_sample.as_json()
        return found
