"""The program: `newsletter`, and `python -m newsletter`.

Ctrl-C may come while the modules are read, before there is a command that could answer it.
"""

import sys


def run() -> None:
    """Run the command line."""
    try:
        from newsletter.cli.main import main  # noqa: PLC0415 (reading it may be interrupted)

        main(prog_name="newsletter")
    except KeyboardInterrupt:
        sys.stderr.write("\nstopped\n")
        sys.exit(4)


if __name__ == "__main__":
    run()
