"""`--shift`: position i of the input is compared with the target at i + 1, as in language models.

The last position of the input has no known next target, and no position predicts the first target:
both are dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from losscli.engine.problem.settings import Settings
from losscli.errors import DataError, UsageError, called, option
from losscli.losses.declare.registry import Loss
from losscli.numerics.arrays import Array
from losscli.readers.source import DerivedSource, Source

SHIFT = option("shift", True)


class Shifted(DerivedSource):
    """A source without the first (`by` 1) or the last (`by` 0) entry of one axis."""

    def __init__(self, source: Source, axis: int, by: int) -> None:
        shape = source.shape
        super().__init__(source, (*shape[:axis], shape[axis] - 1, *shape[axis + 1 :]))
        self._axis = axis
        self._by = by

    def read(self, start: int, stop: int) -> Array:
        """Return rows start to stop."""
        if self._axis == 0:
            return self._source.read(start + self._by, min(stop, self.shape[0]) + self._by)
        block = self._source.read(start, stop)
        cut = slice(self._by, self._by + self.shape[self._axis])
        return block[(slice(None),) * self._axis + (cut,)]

    def original_index(self, index: Sequence[int]) -> list[int]:
        """Return an index as the file counts."""
        return [i + self._by * (axis == self._axis) for axis, i in enumerate(index)]


def shifted(loss: Loss, sources: Mapping[str, Source], settings: Settings) -> dict[str, Source]:
    """Return the sources with the target moved one position ahead of the input.

    The positions are the input's axis that is neither the samples nor the classes; for (t, c) they
    are the first axis. Raises UsageError where there is none, DataError for a target of another
    length.
    """
    first = loss.roles[0].name
    source, target = sources[first], sources["target"]
    shape = source.shape
    classes = settings.axis_of(loss)
    if len(shape) not in (2, 3) or not -len(shape) <= classes < len(shape):
        raise DataError(
            f"{called(source.label, first)} has shape {shape}, expected for {SHIFT}: (n, c, t), "
            f"(n, t, c) with {option('class_axis', 2)}, or (t, c) for one sequence; give one of "
            "these"
        )
    classes %= len(shape)
    if classes == 0:
        raise UsageError(
            f"{SHIFT} needs the samples on the first axis, but {option('class_axis', 0)} puts the "
            "classes there; transpose the input"
        )
    axis = 0 if len(shape) == 2 else 3 - classes
    # Class indices have no class axis: their positions are the second axis, or the first.
    own = axis if target.shape == shape else min(axis, 1)
    size = shape[axis]
    if len(target.shape) <= own or target.shape[own] != size:
        raise DataError(
            f"{called(target.label, 'target')} has shape {target.shape}, but {first} has {size} "
            f"positions, shape {shape}; give the unshifted targets: {SHIFT} moves them"
        )
    if size < 2:
        raise DataError(
            f"{called(source.label, first)} has shape {shape}, a single position with no next one "
            f"to predict; remove {SHIFT}"
        )
    moved = {
        name: Shifted(other, axis, 0) for name, other in _roles_of_input_shape(loss, sources, shape)
    }
    return {**sources, **moved, "target": Shifted(target, own, 1)}


def _roles_of_input_shape(
    loss: Loss, sources: Mapping[str, Source], shape: tuple[int, ...]
) -> Iterator[tuple[str, Source]]:
    """Yield the roles other than the target that have the input's shape."""
    for role in loss.roles:
        if role.name != "target" and sources[role.name].shape == shape:
            yield role.name, sources[role.name]
