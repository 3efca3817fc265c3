"""Runs what reconcile prints, in this process."""

from __future__ import annotations

import contextlib
import io
import json
import shlex
import warnings

from tests.conftest import Loss


def printed_by(command: str, loss: Loss) -> float:
    """Return the number that a printed command prints: one of losscli, or a Python one."""
    if not command.startswith("loss "):
        _, flag, code = shlex.split(command)
        assert flag == "-c"
        out = io.StringIO()
        with contextlib.redirect_stdout(out), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(code, {})
        return float(out.getvalue())
    command, _, field = command.partition(" | jq .summary.")
    for part in command.split(" && "):
        ran = loss(*shlex.split(part.removesuffix(" > /dev/null"))[1:])
        assert ran.status == 0, (part, ran.err)
    return float(json.loads(ran.out)["summary"][field] if field else ran.out)
