"""What commands leave on the disk: whatever knows readers or keys is for its owner alone."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.program import run, sink
from tests.workspace import small_office

pytestmark = pytest.mark.slow

PEOPLE = "email\nanna@example.org\nboris@example.org\nnobody\n"
LISTED = ("--list", "media", "--basis", "asked for it", "--yes", "--skip-invalid")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Path]:
    """Return an office on a computer whose users may look at each other's files."""
    before = os.umask(0o022)
    yield small_office(tmp_path / "office")
    os.umask(before)


def open_to_others(folder: Path) -> dict[str, str]:
    """Return what others may enter, read or change in a folder, itself included."""
    return {
        str(each.relative_to(folder.parent)): oct(each.stat().st_mode)
        for each in (folder, *folder.rglob("*"))
        if stat.S_IMODE(each.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO)
    }


def test_nobody_else_may_look_into_the_state_or_at_mails(office: Path) -> None:
    (office / "people.csv").write_text(PEOPLE, encoding="utf-8")
    run(office, "check", "spring")
    run(office, "subscribers", "import", "people.csv", *LISTED)
    run(office, "subscribers", "export", "-o", "readers.csv")
    run(office, "dkim", "new-key", "news2026")
    run(office, "rehearse", "spring", NEWSLETTER_RELAY="smtp://localhost:9?tls=none")
    run(office, "send", "spring", "--dry-run", "letters")
    with sink(office / "sink") as witness:
        run(office, "send", "spring", "--yes", NEWSLETTER_RELAY=witness.relay)
        assert len(witness.log()) == 2
    state = office / ".newsletter"
    assert {"keys", "state.db", "state.db.sender", "dkim"} <= {
        each.name for each in state.iterdir()
    }
    assert open_to_others(state) == {}
    assert open_to_others(office / "letters") == {}
    assert "sink" not in open_to_others(office / "sink")
    assert open_to_others(office).keys() >= {"office/newsletter.yaml", "office/issues"}
    personal = [*office.glob("readers.csv"), *office.glob("*refused*")]
    assert all(stat.S_IMODE(each.stat().st_mode) == 0o600 for each in personal)
    assert len(personal) >= 1
