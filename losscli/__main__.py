"""The program `loss`, and `python -m losscli`."""

from __future__ import annotations

import sys


def run() -> None:
    """Run the command line and leave with its exit status."""
    try:
        # Imported here, so that an interrupt during the imports is caught as well.
        from losscli.cli import main

        status = main(sys.argv[1:])
    except KeyboardInterrupt:
        status = 130
    sys.exit(status)


if __name__ == "__main__":
    run()
