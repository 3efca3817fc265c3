"""The program `loss`, and `python -m losscli`."""

from __future__ import annotations

import os
import sys

FEW_COLLECTIONS = 100_000
"""New objects between two garbage collections: imports make tens of thousands that stay in use."""


def run() -> None:
    """Run the command line and exit with its status."""
    try:
        # Imported here, so that an interrupt during the imports is caught as well.
        import gc
        import warnings

        gc.set_threshold(FEW_COLLECTIONS)
        if not sys.warnoptions:
            # A library's warning does not help a user.
            warnings.simplefilter("ignore")
        from losscli.cli.main import main

        status = main(sys.argv[1:])
    except KeyboardInterrupt:
        status = 130
    # Everything is written and closed; finalizing the interpreter would take a tenth of a short
    # run.
    os._exit(status)


if __name__ == "__main__":
    run()
