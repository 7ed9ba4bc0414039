"""The command as a process: Ctrl-C is watched before anything large is loaded, and until nothing is left to be interrupted."""

from __future__ import annotations

import signal
import sys

from proofkit import interrupts


def main() -> None:
    """The entry point."""
    try:
        interrupts.watch()
        from proofkit.cli import run

        interrupts.heed()
        code = run(sys.argv[1:])
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Python is only leaving
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        print("proofkit: interrupted", file=sys.stderr)
        code = interrupts.INTERRUPTED
    exec("")  # under -m, CPython ends by SIGINT if Ctrl-C came inside an exec (a dataclass), though caught; this forgets it
    sys.exit(code)


if __name__ == "__main__":
    main()
