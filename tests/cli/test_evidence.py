"""`newsletter consent verify` and the story that `subscribers show` tells."""

import contextlib
import sqlite3
from pathlib import Path

import pytest

from tests.cli.program import run, run_json

pytestmark = pytest.mark.slow

IMPORT = ("subscribers", "import", "people.csv", "--list", "media", "--basis")
BASIS = "ticked the box “I want the newsletter” on the registration form of the Almaty round table"


@pytest.fixture
def office(sample: Path) -> Path:
    """Return an office in which two came by an import and one of them left."""
    rows = "email,name,language\nanna@example.org,Анна Петрова,ru\nboris@example.org,Boris,en\n"
    (sample / "people.csv").write_text(rows, encoding="utf-8")
    run(sample, *IMPORT, BASIS, "--yes")
    run(sample, "subscribers", "remove", "anna@example.org", "--yes")
    return sample


def change(office: Path, sql: str) -> None:
    """Change the database behind the program's back."""
    with contextlib.closing(sqlite3.connect(office / ".newsletter" / "state.db")) as raw:
        raw.executescript(sql)
        raw.commit()


def test_a_chain_that_holds_gives_a_digest_to_note(office: Path) -> None:
    report = run_json(office, "consent", "verify")
    assert (report["holds"], report["events"], report["breaks"]) == (True, 3, [])
    said = run(office, "consent", "verify", "--noted", report["newest"]).stdout
    assert "The chain holds: 3 events, back to the digest you noted" in said
    assert report["newest"] in said
    assert max(map(len, said.splitlines())) <= 80


def test_a_digest_that_was_noted_stays_in_the_chain_for_ever(office: Path) -> None:
    noted = run_json(office, "consent", "verify")["newest"]
    run(office, "subscribers", "remove", "boris@example.org", "--yes")
    grown = run_json(office, "consent", "verify", "--noted", noted.upper())
    assert (grown["holds"], grown["events"]) == (True, 4)
    assert grown["newest"] != noted


def test_what_was_changed_is_told_with_its_place(office: Path) -> None:
    change(office, "UPDATE consents SET basis = 'asked for it' WHERE id = 2")
    said = run(office, "consent", "verify", code=1)
    assert "altered: event 2 (" in said.stdout
    assert "does not hold: 1 break" in said.stderr
    report = run_json(office, "consent", "verify", code=1)
    assert [(each["kind"], each["place"]) for each in report["breaks"]] == [("altered", 2)]


def test_an_end_that_was_cut_off_is_seen_by_a_digest_that_was_noted(office: Path) -> None:
    noted = run_json(office, "consent", "verify")["newest"]
    change(
        office,
        "UPDATE subscriptions SET state = 'active' WHERE state = 'ended'; "
        "DELETE FROM consents WHERE id = 3",
    )
    assert run_json(office, "consent", "verify")["holds"]
    said = run(office, "consent", "verify", "--noted", noted, code=1).stdout
    assert "cut: no event has the digest" in said


def test_an_end_that_was_cut_off_is_seen_by_the_subscription_it_was_about(office: Path) -> None:
    change(office, "DELETE FROM consents WHERE id = 3")
    said = run(office, "consent", "verify", code=1).stdout
    assert "unfounded: the subscription of reader" in said


def test_what_is_no_digest_is_refused(office: Path) -> None:
    assert "is not a digest" in run(office, "consent", "verify", "--noted", "3f", code=2).stderr


def test_an_office_without_readers_has_no_evidence(sample: Path) -> None:
    assert "no evidence yet" in run(sample, "consent", "verify").stdout


def test_a_story_fits_a_terminal_and_is_told_in_order(office: Path) -> None:
    said = run(office, "subscribers", "show", "anna@example.org").stdout
    lines = said.splitlines()
    assert max(map(len, lines)) <= 80
    given = next(place for place, line in enumerate(lines) if "consent given for media" in line)
    withdrawn = next(place for place, line in enumerate(lines) if "consent withdrawn" in line)
    assert given < withdrawn
    assert BASIS in " ".join(said.split())
