"""The messages of readers as the command line words them: `--target`, not `target=`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from losscli import errors


@pytest.fixture(autouse=True)
def typed_words() -> Iterator[None]:
    """Let `str` of an error spell options as flags."""
    with pytest.MonkeyPatch.context() as patches:
        patches.setattr(errors, "for_python", errors.for_command_line)
        yield
