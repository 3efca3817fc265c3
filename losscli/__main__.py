"""The program `loss`, and `python -m losscli`."""

from __future__ import annotations

import sys


def run() -> None:
    """Run the command line and leave with its exit status."""
    try:
        # Imported here, so that an interrupt during the imports is caught as well.
        import signal
        import warnings

        if not sys.warnoptions:
            # A warning of a library is no line that helps a user.
            warnings.simplefilter("ignore")
        from losscli.cli import main

        status = main(sys.argv[1:])
        if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
            # What comes while the interpreter winds up ends it at once, and silently.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
    except KeyboardInterrupt:
        status = 130
    sys.exit(status)


if __name__ == "__main__":
    run()
