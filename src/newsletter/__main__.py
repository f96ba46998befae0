"""The program: `newsletter`, and `python -m newsletter`.

Ctrl-C may come while the modules are read, before there is a command that could answer it. And
whoever starts us may have closed the standard streams.
"""

import os
import sys

_STREAMS = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))


def run() -> None:
    """Run the command line."""
    _open_what_is_closed()
    try:
        from newsletter.cli.main import main  # noqa: PLC0415 (reading it may be interrupted)

        main(prog_name="newsletter")
    except KeyboardInterrupt:
        sys.stderr.write("\nstopped\n")
        sys.exit(4)


def _open_what_is_closed() -> None:
    """Let a closed standard stream lead nowhere.

    Otherwise the next file to be opened, the database perhaps, would get its number, and with it
    whatever is written to that stream.
    """
    for name, mode in _STREAMS:
        if getattr(sys, name) is None:
            descriptor = os.open(os.devnull, os.O_RDWR)  # the lowest one free: that of the stream
            setattr(sys, name, os.fdopen(descriptor, mode, encoding="utf-8"))


if __name__ == "__main__":
    run()
