"""A disk that is full: a small one of memory, mounted where only these commands see it."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.program import COMMAND, run
from tests.system import do_without, program
from tests.workspace import edit

pytestmark = pytest.mark.slow

WRITING = {
    "items add news --title Full --date 2015-05-05": "issues/items/2015/2015-05-05-full.yaml",
    "new issue 2015-2": "issues/2015-2/issue.yaml",
    "translations spring --language ru --all --export new.po": "new.po",
    "translations --import back.po --yes": "issues/items/school.yaml",
    "schema": "schemas/item.schema.json",
    "init fresh": "fresh",
    "build spring": "build/spring/en/newsletter.html",
}
"""Commands that write, and the file that each must name when there is no room for it."""

SCRIPT = """\
mount -t tmpfs -o size=8m tmpfs "$1" || exit 77
cp -r "$2/." "$1"; cd "$1"; list=$3; shift 3
find . -type f | sort >"$list"
cat /dev/zero >fill 2>/dev/null
for each; do $PROGRAM $each </dev/null >/dev/null && echo "done: $each"; done
rm fill
find . -type f | sort | diff "$list" - && echo "nothing is left over"
for each; do $PROGRAM $each </dev/null >/dev/null || echo "not done: $each"; done
"""


def in_a_space_of_its_own(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run SCRIPT where it may mount a disk; skip the test where nobody may."""
    rights = ["--mount"] if os.geteuid() == 0 else ["--mount", "--map-root-user"]
    unshare = program("unshare", "util-linux")
    done = subprocess.run(
        [unshare, *rights, "sh", "-c", SCRIPT, "sh", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PROGRAM": " ".join(COMMAND)},
    )
    if done.returncode == 77 or done.stderr.startswith("unshare:"):
        do_without("this system lets nobody mount a disk")
    return done


def test_a_full_disk_costs_nothing_but_the_command(small: Path, tmp_path: Path) -> None:
    run(small, "translations", "spring", "--language", "ru", "--all", "--export", "back.po")
    edit(small, "back.po", 'msgstr "Школа для молодых"', 'msgstr "Школа юных"')
    (disk := tmp_path / "disk").mkdir()
    done = in_a_space_of_its_own(disk, small, tmp_path / "before", *WRITING)
    assert done.stdout == "nothing is left over\n"
    told = dict(zip(WRITING, done.stderr.split("error: ")[1:], strict=True))
    for command, name in WRITING.items():
        shown = told[command].splitlines()[0].removeprefix(f"{disk}/")
        assert shown == f"{name}: No space left on device"
