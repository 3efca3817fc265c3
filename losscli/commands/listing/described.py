"""What is declared of a loss, ready for JSON."""

from __future__ import annotations

from typing import Any

from losscli.losses.declare.registry import Loss
from losscli.losses.index import FAMILIES


def described(loss: Loss) -> dict[str, Any]:
    """Return what is declared of a loss, ready for JSON."""
    return {
        "name": loss.name,
        "aliases": list(loss.aliases),
        "family": FAMILIES[loss.family],
        "package": loss.package or "losscli",
        "summary": loss.summary,
        "roles": [
            {
                "name": role.name,
                "kinds": [
                    {"name": kind.name, "shape": kind.shape, "domain": kind.domain}
                    for kind in role.kinds
                ],
                "gradient": role.differentiable,
            }
            for role in loss.roles
        ],
        "options": [
            {
                "name": option.name.rstrip("_"),
                "flag": f"--{option.flag}",
                "default": option.default,
                "domain": option.domain,
                "help": option.spec.help,
            }
            for option in loss.options
        ],
        "reductions": list(loss.reductions),
        **{library: loss.names_in(library) for library in loss.libraries},
        "libraries": {
            library: [
                {"names": list(one.names), "options": one.options, "differs": one.remark}
                for one in known
            ]
            for library, known in loss.libraries.items()
        },
        **loss.facts,
    }
