"""What readers may ask for: a copy of all that is known, and to be forgotten without a trace."""

import base64
import contextlib
import datetime
import fcntl
import json
import os
import quopri
import random
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from newsletter.address import parse_address
from newsletter.store.engine import open_database
from newsletter.store.people import PeopleStore
from newsletter.tokens import load_key_ring
from tests.cli.program import COMMAND, run, run_json, sink
from tests.workspace import small_office

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

WHO, SHOWN = "anna.petrova@example.org", "Anna.Petrova@Example.org"
UNICODE, TRAVELS = "мария@пример.рф", "мария@xn--e1afmkfd.xn--p1ai"
PEOPLE = f"""\
email,name,language,organisation
{SHOWN},Анна Петрова,ru,Профсоюз
boris@example.org,Boris,en,
{UNICODE},Мария,ru,
"""
IMPORT = ("subscribers", "import", "people.csv", "--list", "media", "--basis", f"asked by {WHO}")
ERASE = ("subscribers", "erase", WHO, "--yes", "--basis", f"letter of {WHO}, 3 March")


def traces(folder: Path, *addresses: str) -> dict[str, str]:
    """Return the files in which one of `addresses` stands in some form, and the form."""
    forms: dict[str, bytes] = {}
    for address in addresses:
        for text in {address, address.lower(), address.upper()}:
            forms |= {
                f"{text} in UTF-8": text.encode(),
                f"{text} in UTF-16": text.encode("utf-16-le"),
                f"{text} in UTF-16, turned": text.encode("utf-16-be"),
                f"{text} in base64": base64.b64encode(text.encode()).rstrip(b"=")[:-1],
                f"{text} quoted-printable": quopri.encodestring(text.encode()),
                f"{text} with =40": text.replace("@", "=40").encode(),
            }
    found = {}
    for file in sorted(each for each in folder.rglob("*") if each.is_file()):
        octets = file.read_bytes()
        for form, sought in forms.items():
            if sought in octets or sought.lower() in octets.lower():
                found[str(file)] = form
    return found


def database(office: Path) -> contextlib.closing[sqlite3.Connection]:
    return contextlib.closing(sqlite3.connect(office / ".newsletter" / "state.db"))


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an office that sent its issue to three readers; the relay quoted one's address."""
    office = small_office(tmp_path_factory.mktemp("made") / "office")
    (office / "people.csv").write_text(PEOPLE, encoding="utf-8")
    run(office, *IMPORT, "--yes")
    run(office, "subscribers", "suppress", "x@example.org", "--note", f"{WHO} asked us to")
    with sink(office.parent / "sink") as witness:
        run(office, "send", "spring", "--yes", NEWSLETTER_RELAY=witness.relay)
    with database(office) as raw:
        raw.execute("UPDATE attempts SET reply = ? WHERE delivery_id = 1", (f"<{WHO}> is full",))
        raw.execute("UPDATE deliveries SET reason = ?", (f"550 5.1.1 <{SHOWN}>: unknown",))
        raw.commit()
    return office


@pytest.fixture
def office(tmp_path: Path, made_once: Path) -> Path:
    subprocess.run(["cp", "-a", str(made_once), str(tmp_path / "office")], check=True)
    return tmp_path / "office"


def test_all_that_is_known_is_given_out_and_that_is_recorded(office: Path) -> None:
    said = run(office, "subscribers", "export-person", WHO, "-o", "anna.json").stdout
    assert "anna.json: all that is known about" in said
    assert (office / "anna.json").stat().st_mode & 0o777 == 0o600
    known = json.loads((office / "anna.json").read_text(encoding="utf-8"))
    assert known["person"]["name"] == "Анна Петрова"
    assert known["consents"][0]["basis"] == f"asked by {WHO}"
    (mail,) = known["mails"]
    assert mail["attempts"][0]["verdict"] == "accepted"
    (request,) = run_json(office, "subscribers", "requests")
    assert request["kind"] == "export"
    said = run(office, "subscribers", "export-person", "nobody@example.org", code=1).stderr
    assert "is not known" in said


def test_nobody_is_forgotten_without_a_yes(office: Path) -> None:
    said = run(office, "subscribers", "erase", WHO, code=2).stderr
    assert "say yes beforehand with --yes" in said
    assert run_json(office, "subscribers", "show", WHO)["person"]
    run(office, "subscribers", "erase", "nobody@example.org", "--yes", code=1)


def test_who_is_erased_leaves_no_trace_in_the_state_folder(office: Path) -> None:
    assert traces(office / ".newsletter", WHO)
    said = run(office, *ERASE).stdout
    assert f"{WHO} is erased" in said or f"{SHOWN} is erased" in said
    assert "No trace is left." in said
    assert str(office / "people.csv") in said
    assert traces(office / ".newsletter", WHO, SHOWN) == {}
    assert "Анна Петрова".encode() not in (office / ".newsletter" / "state.db").read_bytes()


def test_an_address_in_other_letters_leaves_no_trace_either(office: Path) -> None:
    assert traces(office / ".newsletter", UNICODE, TRAVELS)
    run(office, "subscribers", "erase", UNICODE, "--yes")
    assert traces(office / ".newsletter", UNICODE, TRAVELS) == {}


def test_evidence_that_says_the_name_keeps_no_words(office: Path) -> None:
    added = ("subscribers", "add", "vera@example.org", "--list", "media", "--name", "Вера Лунина")
    run(office, *added, "--basis", "анкета: ВЕРА ЛУНИНА")
    run(office, "subscribers", "erase", "vera@example.org", "--yes")
    story = run_json(office, "subscribers", "show", "vera@example.org")
    assert [each["words_taken_out"] for each in story["consents"]] == [True, False]
    assert "ЛУНИНА".encode() not in (office / ".newsletter" / "state.db").read_bytes()
    assert run_json(office, "consent", "verify")["holds"]


def test_sums_and_states_stay_and_the_chain_holds(office: Path) -> None:
    before = run_json(office, "status", "spring")
    noted = run_json(office, "consent", "verify")["newest"]
    found = run_json(office, *ERASE)
    assert (found["person"], found["deliveries"], found["subscriptions"]) == (True, 1, 1)
    assert run_json(office, "status", "spring") == before
    report = run_json(office, "consent", "verify", "--noted", noted)
    assert (report["holds"], report["words_taken_out"]) == (True, 3)
    others = run_json(office, "subscribers", "show", "boris@example.org")
    assert others["person"]["name"] == "Boris"
    kinds = [each["kind"] for each in run_json(office, "subscribers", "requests")]
    assert kinds == ["erasure", "no-trace"]


def test_the_erased_stay_out_and_only_a_hash_knows_them(office: Path) -> None:
    run(office, *ERASE)
    assert run_json(office, *IMPORT, "--yes")["suppressed"] == 1
    story = run_json(office, "subscribers", "show", WHO)
    assert (story["person"], story["suppression"]["reason"]) == (None, "erased")
    assert [each["action"] for each in story["consents"]] == ["given", "withdrawn"]
    assert story["consents"][0]["words_taken_out"]


def test_to_forget_twice_changes_nothing_more(office: Path) -> None:
    run(office, *ERASE)
    requests = run_json(office, "subscribers", "requests")
    again = run_json(office, *ERASE)
    assert (again["person"], again["deliveries"], again["subscriptions"]) == (False, 1, 0)
    assert run_json(office, "subscribers", "requests") == requests


def test_what_killed_rehearsals_left_goes_and_what_is_not_ours_is_named(office: Path) -> None:
    left = office / ".newsletter" / "rehearsal-x1"
    left.mkdir()
    (left / "state.db").write_text(WHO)
    os.utime(left / "state.db", (1, 1))
    run(office, *ERASE)
    assert not left.exists()
    (office / ".newsletter" / "notes.txt").write_text(f"call {WHO.upper()}")
    said = run(office, *ERASE, code=1).stderr
    assert "still stands in 1 file" in said
    assert "notes.txt" in said


def test_while_a_send_goes_on_the_person_is_left_out_at_once_and_the_rest_follows(
    office: Path,
) -> None:
    with (office / ".newsletter" / "state.db.sender").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        said = run(office, *ERASE, code=1).stderr
        assert "is delivering from here already" in said
        assert run_json(office, "subscribers", "show", WHO)["person"] is None
    assert "No trace is left." in run(office, *ERASE).stdout
    kinds = [each["kind"] for each in run_json(office, "subscribers", "requests")]
    assert kinds == ["erasure", "no-trace"]


def test_a_longer_address_is_another_person(office: Path) -> None:
    run(office, "subscribers", "add", f"x{WHO}", "-l", "media", "--basis", f"x{WHO} wrote")
    said = run(office, *ERASE).stdout
    assert "as a word of its own" in said
    story = run_json(office, "subscribers", "show", f"x{WHO}")
    assert story["person"]["address"] == f"x{WHO}"
    assert story["consents"][0]["basis"] == f"x{WHO} wrote"


def test_killed_at_any_moment_and_given_again_the_command_leaves_no_trace(office: Path) -> None:
    chance = random.Random(2015)
    environment = os.environ | {"NO_COLOR": "1"}
    for _ in range(12):
        process = subprocess.Popen(
            [*COMMAND, *ERASE, "--json"],
            cwd=office,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(chance.uniform(0.3, 2.5))
        process.send_signal(signal.SIGKILL)
        process.wait()
    run(office, *ERASE)
    assert traces(office / ".newsletter", WHO, SHOWN) == {}
    kinds = [each["kind"] for each in run_json(office, "subscribers", "requests")]
    assert kinds == ["erasure", "no-trace"]
    assert run_json(office, "consent", "verify")["holds"]


def test_mails_to_a_former_address_are_forgotten_with_the_person(office: Path) -> None:
    state, new = office / ".newsletter", parse_address("anna@new.example.org")
    with open_database(f"sqlite:///{state / 'state.db'}") as opened:
        store = PeopleStore(opened, load_key_ring(state / "keys"))
        with store.write() as people:
            found = people.roster.find(WHO)
            assert found
            at = datetime.datetime.now(datetime.UTC)
            people.readers.move_to(found.subscriber_id, new, people.digest(new.key), at)
    run(office, "backup", "before.tar")
    assert run_json(office, "subscribers", "erase", str(new), "--yes")["deliveries"] == 1
    assert traces(state, WHO, SHOWN, str(new)) == {}
    assert run_json(office, *IMPORT, "--yes")["suppressed"] == 1
    run(office, "restore", "before.tar", "--yes")
    assert not any(traces(state, WHO, SHOWN, str(new)))
    assert run_json(office, *IMPORT, "--yes")["suppressed"] == 1
