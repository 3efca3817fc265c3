"""What several models are called: the part of a path that tells them apart."""

from __future__ import annotations

import pytest

from losscli.commands.model_labels import short_labels


@pytest.mark.parametrize(
    ("labels", "short"),
    [
        (["runs/a.npy", "runs/b.npy"], ["a.npy", "b.npy"]),
        (["runs/1/x.npy", "runs/2/x.npy", "y.npy"], ["1/x.npy", "2/x.npy", "y.npy"]),
        (["/r/1/val/x.npy", "/r/2/val/x.npy"], ["1/.../x.npy", "2/.../x.npy"]),
        (["x.npy", "runs/x.npy"], ["x.npy", "runs/x.npy"]),
        (["all.npz::a", "all.npz::b", "c.npy"], ["all.npz::a", "all.npz::b", "c.npy"]),
        (["d/x.h5::/val/a", "d/y.h5::/val/b"], ["x.h5", "y.h5"]),
        (["1/a/x.npy", "1/b/x.npy", "2/a/x.npy"], ["1/.../x.npy", "b/x.npy", "2/.../x.npy"]),
        (["1/a/2/x", "1/b/2/x", "3/a/2/x"], ["1/.../x", "b/.../x", "3/.../x"]),
        (["2,1", "0,1"], ["2,1", "0,1"]),
        (["s3://a/1/x.npy", "s3://a/2/x.npy"], ["1/x.npy", "2/x.npy"]),
    ],
)
def test_short_labels(labels: list[str], short: list[str]) -> None:
    assert short_labels(labels) == short
