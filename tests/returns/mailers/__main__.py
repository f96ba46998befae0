"""Make the reports of real mailers anew: `python -m tests.returns.mailers [NAME …]`, as root.

Each mailer is installed from Debian into a layer in memory (`room.py`), gets names and servers of a
small world (`names.py`, `answering.py`), and is sent the mails of `cases.py` and its own module.
What it reports to the sender on the envelope is kept in `tests/returns/corpus/NAME`, unchanged,
with an `expected.json` that says what it means. It takes some minutes a mailer and needs the
network for the packages; nothing of it is left behind. Tests do not run it.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from tests.returns.mailers.all import MAILERS
from tests.returns.mailers.room import run_in_room

_CORPUS = Path(__file__).resolve().parents[1] / "corpus"


def main(names: list[str]) -> int:
    """Make the folders of some mailers, or of all."""
    failed = 0
    for name in names or list(MAILERS):
        mailer = MAILERS[name]
        with tempfile.TemporaryDirectory(prefix="mailers-") as scratch:
            out = Path(scratch, "out")
            out.mkdir()
            code = run_in_room(name, mailer.packages, Path(scratch, "rooms"), out, mailer.more)
            if code or not (out / "expected.json").exists():
                sys.stderr.write(f"{name}: failed with {code}\n")
                failed += 1
                continue
            shutil.rmtree(_CORPUS / name, ignore_errors=True)
            shutil.copytree(out, _CORPUS / name)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
