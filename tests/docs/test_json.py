"""docs/json.md names the keys that commands print with --json: all of them, and no others."""

import contextlib
import datetime
import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from newsletter.model.leaving import PUBLIC_PAGE, Leave
from newsletter.people.leaving import end_all
from newsletter.store.engine import open_database
from newsletter.store.people import PeopleStore
from newsletter.tokens import load_key_ring
from tests.cli.program import run, run_json, sink
from tests.docs.pages import page
from tests.returns.reports import FULL, bounce
from tests.workspace import edit, small_office

pytestmark = pytest.mark.slow

PEOPLE = """\
email,name,language,country
anna@example.org,Анна,ru,ru
boris@example.org,Boris,en,kz
vera@example.org,Vera,en,kz
"""
FEED = """\
<rss version="2.0"><channel><title>Office</title><item><title>A school</title>
<link>https://www.example.org/{}</link><pubDate>Tue, 14 Apr 2015 10:00:00 GMT</pubDate>
</item></channel></rss>
"""
IMPORT = ("subscribers", "import", "people.csv", "--list", "media", "--basis", "asked for it")
VARIES = {
    "editions": "LANGUAGE",
    "files": "NAME",
    "exclusions": "REASON",
    "languages": "LANGUAGE",
    "states": "LANGUAGE",
    "paper": "LANGUAGE",
    "counts": "LANGUAGE",
    "names": "LANGUAGE",
    "lists": "LIST",
    "variants": "VARIANT",
}
"""Mappings whose keys are no names of ours, and how the page writes those keys."""


def documented(heading: str) -> set[str]:
    """Return the keys in the tables below a heading."""
    text = page("docs/json.md").text
    section = re.search(
        rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL
    )
    assert section, heading
    cells = re.findall(r"^\| (`.+?) \|", section[1], re.MULTILINE)
    return {key for cell in cells for key in re.findall(r"`([^`]+)`", cell)}


def keys(value: Any, path: str = "", name: str = "") -> Iterator[str]:
    """Yield the path of everything in `value` that is not itself made of parts."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            shown = VARIES.get(name, key)
            yield from keys(inner, f"{path}.{shown}".lstrip("."), key)
    elif value == {} and name in VARIES:
        yield f"{path}.{VARIES[name]}"
    elif isinstance(value, list):
        for inner in value:
            yield from keys(inner, f"{path}[]")
        if not value:
            yield f"{path}[]"
    else:
        yield path


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """Return an office that nobody has subscribed to."""
    return small_office(tmp_path / "office")


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an office that sent its issue to three readers: one had left, one is suppressed."""
    folder = small_office(tmp_path_factory.mktemp("sent") / "office")
    (folder / "people.csv").write_text(PEOPLE, encoding="utf-8")
    run(folder, *IMPORT, "--yes")
    run(folder, "subscribers", "remove", "boris@example.org", "--yes")
    run(folder, "subscribers", "suppress", "vera@example.org", "--note", "asked us to")
    with sink(folder / "sink") as witness:
        found = run_json(folder, "send", "spring", "--yes", NEWSLETTER_RELAY=witness.relay)
        (mail,) = witness.log()
    (folder / "send.json").write_text(json.dumps(found), encoding="utf-8")
    first_line = b"From MAILER-DAEMON  Fri Nov 27 17:00:00 2026\n"
    (folder / "bounces").write_bytes(first_line + bounce(mail, FULL))
    found = run_json(folder, "returns", "fetch", NEWSLETTER_RETURNS=f"mbox://{folder}/bounces")
    (folder / "fetch.json").write_text(json.dumps(found), encoding="utf-8")
    return folder


def test_check(office: Path) -> None:
    edit(office, "issues/spring/issue.yaml", "serial: 60", "serial: 59")
    edit(office, "issues/items/school.yaml", "label: About the school", "label: Read more")
    ignored = "checks:\n  ignore:\n    - { rule: link-vague, where: '*', reason: a quotation }\n"
    edit(office, "newsletter.yaml", "time_zone:", f"{ignored}time_zone:")
    found = set(keys(run_json(office, "check", "spring", code=1)))
    same = {key for key in found if key.startswith("ignored[].")} - {"ignored[].reason"}
    assert {key.replace("ignored", "findings") for key in same} < found
    assert found - same == documented("newsletter check")


def test_items(office: Path) -> None:
    plain = set(keys(run_json(office, "items")))
    assert plain | {"[].states.LANGUAGE"} == documented("newsletter items")
    assert set(keys(run_json(office, "items", "--language", "ru"))) == documented(
        "newsletter items"
    )


def test_items_import(office: Path) -> None:
    (office / "news.txt").write_text("1. A\n\n1 May 2015\n\n2. B\n", encoding="utf-8")
    (office / "feed.xml").write_text(FEED.format(1), encoding="utf-8")
    (office / "again.xml").write_text(FEED.format(2) + "damaged", encoding="utf-8")
    found = run_json(office, "items", "import", "news.txt", "feed.xml", "again.xml", code=1)
    empty = {f"sources[].{name}[]" for name in ("alike", "new", "refused")}
    assert set(keys(found)) - empty == documented("newsletter items import")


def test_translations(office: Path) -> None:
    edit(office, "issues/items/school.yaml", "Forty young people", "40 people, 20 of them young,")
    edit(office, "issues/items/school.yaml", "сорок молодых людей", "50 человек")
    found = run_json(office, "translations", "spring")
    assert set(keys(found)) == documented("newsletter translations")


def test_translations_import(office: Path) -> None:
    run(office, "translations", "spring", "--all", "--export", "ru.po")
    edit(office, "ru.po", "О школе", "Про школу")
    edit(office, "ru.po", "Школа для молодых", "Школа\\n")
    found = run_json(office, "translations", "--import", "ru.po", code=1)
    assert set(keys(found)) == documented("newsletter translations --import")


def test_build(office: Path) -> None:
    assert set(keys(run_json(office, "build", "spring"))) == documented("newsletter build")


def test_import(office: Path) -> None:
    (office / "people.csv").write_text(PEOPLE, encoding="utf-8")
    found = run_json(office, *IMPORT, "--dry-run")
    assert set(keys(found)) == documented("newsletter subscribers import")
    assert found["rows"] == sum(found.values()) - found["rows"] - found["imported"] == 3


def test_batches_and_undo(office: Path) -> None:
    (office / "people.csv").write_text(PEOPLE, encoding="utf-8")
    run(office, *IMPORT, "--yes")
    found = run_json(office, "subscribers", "batches")
    assert set(keys(found)) == documented("newsletter subscribers batches")
    undone = run_json(office, "subscribers", "undo", "1")
    assert set(keys(undone)) == documented("newsletter subscribers undo")
    assert set(run_json(office, "subscribers", "undo", "1")) == set(undone)


def test_status_send_and_resume_of_an_issue(sent: Path) -> None:
    heading = "newsletter status ISSUE, send, resume"
    sums = {key for key in documented(heading) if not key.startswith("recipients")}
    said = json.loads((sent / "send.json").read_text(encoding="utf-8"))
    assert set(keys(said)) == sums
    nobody = "smtp://localhost:9?tls=none"  # nothing is due, so nobody is asked
    assert run_json(sent, "resume", "spring", NEWSLETTER_RELAY=nobody) == said
    states = ("--state", "accepted", "--state", "excluded")
    assert set(keys(run_json(sent, "status", "spring", *states))) == documented(heading)


def test_status_of_all_issues_has_the_keys_of_one(sent: Path) -> None:
    every = run_json(sent, "status")
    assert every == {"issues": [run_json(sent, "status", "spring")]}
    assert documented("newsletter status") == {"issues[]"}


def test_doctor(office: Path) -> None:
    nobody = "smtp://localhost:9?tls=none"
    found = run_json(office, "doctor", "--offline", code=1, NEWSLETTER_RELAY=nobody)
    assert set(keys(found)) == documented("newsletter doctor")


def test_notices(office: Path) -> None:
    (office / "people.csv").write_text(PEOPLE, encoding="utf-8")
    run(office, *IMPORT, "--yes")
    state = office / ".newsletter"
    with open_database(f"sqlite:///{state / 'state.db'}") as database:
        store = PeopleStore(database, load_key_ring(state / "keys"))
        at = datetime.datetime.now(datetime.UTC)
        end_all(store, [Leave(subscriber_id=1, list_id=1, at=at, source=PUBLIC_PAGE)])
    found = run_json(office, "notices")
    assert set(keys(found)) == documented("newsletter notices")


def test_list_and_lists(sent: Path) -> None:
    people = run_json(sent, "subscribers", "list")
    assert set(keys(people)) == documented("newsletter subscribers list")
    counts = run_json(sent, "subscribers", "lists")
    assert set(keys(counts)) == documented("newsletter subscribers lists")


def test_segments(sent: Path) -> None:
    (sent / "subscribers" / "segments.yaml").write_text(
        "segments:\n  kz: { en: In Kazakhstan, where: { country: kz } }\n", encoding="utf-8"
    )
    found = run_json(sent, "subscribers", "segments")
    assert set(keys(found)) == documented("newsletter subscribers segments")


def test_returns(sent: Path, tmp_path: Path) -> None:
    fetched = json.loads((sent / "fetch.json").read_text(encoding="utf-8"))
    told = set(keys(fetched)) - {"alarms[]", "suppressed[]", "faults", "stumbled[]"} | {
        "stumbled[]"
    }
    empty = {  # a full mailbox suppresses nobody and alarms nobody
        *(f"alarms[].{key}" for key in ("issue", "rule", "provider", "count", "mails", "paused")),
        *(f"suppressed[].{key}" for key in ("address", "because")),
        "faults.MAILBOX",
    }
    assert told | empty == documented("newsletter returns fetch")
    office = Path(shutil.copytree(sent, tmp_path / "office"))
    with contextlib.closing(sqlite3.connect(office / ".newsletter" / "state.db")) as raw:
        raw.execute(
            "INSERT INTO alarms (mailing_id, rule, provider, count, mails, at) "
            "VALUES (1, 'complaints', '', 3, 9, '2026-11-27 17:00:00.000000')"
        )
        raw.commit()
    report = run_json(office, "returns", "report", "spring")
    assert set(keys(report)) == documented("newsletter returns report")


def test_show(sent: Path) -> None:
    person = {key.removeprefix("[].") for key in documented("newsletter subscribers list")}
    found: set[str] = set()
    for name in ("anna", "vera"):
        story = run_json(sent, "subscribers", "show", f"{name}@example.org")
        assert set(keys(story["person"])) == person
        found |= set(keys(story | {"person": None}))
    found -= {
        "suppression",
        "deliveries[]",
        "exclusions[]",
        "returns[]",
    }  # empty for one of the two
    assert found == documented("newsletter subscribers show")


def test_consent_verify(sent: Path) -> None:
    whole = run_json(sent, "consent", "verify")
    with contextlib.closing(sqlite3.connect(sent / ".newsletter" / "state.db")) as raw:
        raw.execute("DELETE FROM consents WHERE id = 1")
        raw.commit()
    broken = run_json(sent, "consent", "verify", code=1)
    assert set(keys(whole)) - {"breaks[]"} == set(keys(broken)) - {
        f"breaks[].{name}" for name in ("kind", "place", "what")
    }
    assert set(keys(broken)) == documented("newsletter consent verify")


def test_export_person_erase_and_requests(sent: Path, tmp_path: Path) -> None:
    office = Path(shutil.copytree(sent, tmp_path / "office"))
    known = run_json_of(office, "subscribers", "export-person", "anna@example.org")
    assert known.keys() == documented_roots("newsletter subscribers export-person")
    story = run_json(office, "subscribers", "show", "anna@example.org")
    assert {key: known[key] for key in ("person", "consents", "suppression")} == {
        key: story[key] for key in ("person", "consents", "suppression")
    }
    told = run_json(office, "status", "--recipient", "anna@example.org")
    assert known["mails"] == told["stories"]
    (office / ".newsletter" / "note.txt").write_text("anna@example.org")
    erased = run_json(office, "subscribers", "erase", "anna@example.org", "--yes", code=1)
    assert set(keys(erased)) == documented("newsletter subscribers erase")
    found = run_json(office, "subscribers", "requests")
    assert set(keys(found)) == documented("newsletter subscribers requests")


def run_json_of(office: Path, *arguments: str) -> Any:
    """Return what a command prints that knows no --json, for it prints nothing else."""
    return json.loads(run(office, *arguments).stdout)


def documented_roots(heading: str) -> set[str]:
    return {key.removesuffix("[]") for key in documented(heading)}


def test_retention_run(office: Path) -> None:
    found = run_json(office, "retention", "run", "--dry-run")
    assert set(keys(found)) == documented("newsletter retention run")
