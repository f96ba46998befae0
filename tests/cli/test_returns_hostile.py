"""What comes back to harm: poisoned messages, late ones, many at once, faults of the machine."""

import datetime
import re
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from newsletter.address import parse_address
from newsletter.config import read_config
from newsletter.model.judging import Action
from newsletter.model.leaving import PUBLIC_PAGE
from newsletter.model.people import ConsentAction, SuppressionReason
from newsletter.model.returning import ReturnsSettings
from newsletter.model.returns import ReportKind
from newsletter.returns.handling import Desk
from newsletter.returns.service import Round, work_off
from newsletter.returns.service import run as serve
from newsletter.returns.spool import Spool
from newsletter.store.engine import open_database
from newsletter.store.people import Evidence, PeopleStore
from newsletter.wiring import keys, people_store
from tests.cli.program import COMMAND, Witness, run, run_json, sink
from tests.returns.reports import BLOCKED, FULL, UNKNOWN, bounce, complaint, leaving

pytestmark = pytest.mark.slow


def now() -> datetime.datetime:
    return datetime.datetime.now(tz=datetime.UTC)


@dataclass(frozen=True)
class Office:
    """An office that sent an issue, what the mail server saw of it, and where returns come."""

    folder: Path
    sent: Sequence[dict[str, Any]]
    witness: Witness

    @property
    def spool(self) -> Spool:
        return Spool(self.folder / ".newsletter")

    @property
    def desk(self) -> Desk:
        config = read_config(self.folder)
        return Desk(people_store(config), keys(config), ReturnsSettings())

    def take(self, *messages: bytes, form: str = "eml") -> Round:
        """Keep messages and work them off."""
        for message in messages:
            self.spool.keep(message, form)
        done = Round()
        work_off(self.desk, self.spool, now, done)
        return done

    def is_suppressed(self, address: str) -> bool:
        return bool(run_json(self.folder, "subscribers", "show", address)["suppression"])

    def holding(self, words: str) -> list[Path]:
        """Return the files of the state folder in which words stand."""
        files = (each for each in (self.folder / ".newsletter").rglob("*") if each.is_file())
        return [each for each in files if words.encode() in each.read_bytes()]


@pytest.fixture(scope="module")
def sent_once(tmp_path_factory: pytest.TempPathFactory, made_once: Path) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("sent")
    office = Path(shutil.copytree(made_once / "peopled", folder / "office"))
    with sink(folder / "sink") as witness:
        run(office, "send", "2015-1", "--list", "media", "--yes", NEWSLETTER_RELAY=witness.relay)
    return office, folder / "sink"


@pytest.fixture
def office(tmp_path: Path, sent_once: tuple[Path, Path]) -> Office:
    witness = Witness(sent_once[1], "")
    folder = Path(shutil.copytree(sent_once[0], tmp_path / "office"))
    return Office(folder, witness.log(), witness)


_HALF = "Auto-Submitted: auto-replied\nSubject: =?utf-7?Q?Away_+2AA-?=\n\nBack on Monday.\n"


def test_no_message_can_stop_those_behind_it(office: Office) -> None:
    """Half a pair of surrogates, out of UTF-7 or JSON, is a text that no database takes."""
    office.spool.keep(b'[{"event": "bounce", "email": "a\\ud800@b.example.org"}]', "sendgrid")
    done = office.take(_HALF.encode(), bounce(office.sent[1]))
    assert [each.address for each in done.suppressed] == [office.sent[1]["recipient"]]
    assert not list(office.spool.waiting())


def test_what_cannot_be_opened_keeps_nothing_else_waiting(office: Office) -> None:
    (office.spool.folder / "new" / "a folder.eml").mkdir(parents=True)
    (office.spool.folder / "new" / "nowhere.eml").symlink_to(office.folder / "missing")
    done = office.take(bounce(office.sent[0]))
    assert [each.address for each in done.suppressed] == [office.sent[0]["recipient"]]


def test_what_the_reader_stumbled_over_is_named(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(_: bytes) -> None:
        raise ValueError("a fault of our own")

    monkeypatch.setattr("newsletter.returns.events.read_report", stumble)
    done = office.take(b"Subject: x\n\ny\n")
    (words,) = done.stumbled
    assert done.unreadable == 1
    assert words.endswith(".eml: ValueError: a fault of our own")


def test_a_wish_to_stop_is_heard_between_two_messages(office: Office) -> None:
    for each in office.sent[:3]:
        office.spool.keep(bounce(each, FULL))
    done = Round()
    work_off(office.desk, office.spool, now, done, stop=lambda: bool(done.kinds))
    assert done.actions[Action.COUNTED] == 1
    assert len(list(office.spool.waiting())) == 2


def test_a_killed_process_leaves_nothing_of_somebody_erased(office: Office) -> None:
    """It died between the database and the removal of the file; or the mail was taken anew."""
    address = office.sent[0]["recipient"]
    office.take(report := bounce(office.sent[0]))
    run(office.folder, "subscribers", "erase", address, "--basis", "asked by mail", "--yes")
    office.take(report)
    assert not office.holding(address)


def test_the_words_of_a_late_report_name_nobody_who_was_erased(office: Office) -> None:
    address = office.sent[0]["recipient"]
    run(office.folder, "subscribers", "erase", address, "--basis", "asked by mail", "--yes")
    letter = (
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.org\n"
        f"To: {office.sent[0]['sender']}\nSubject: Undeliverable: mail to {address}\n\n"
        f"The following address had permanent fatal errors:\n<{address}>: 550 User unknown\n"
    )
    assert office.take(letter.encode()).kinds[ReportKind.BOUNCE] == 1
    assert not office.holding(address)


def test_an_automatic_answer_of_somebody_erased_is_not_kept(office: Office) -> None:
    address = office.sent[0]["recipient"]
    run(office.folder, "subscribers", "erase", address, "--basis", "asked by mail", "--yes")
    answer = (
        f"From: {address}\nTo: {office.sent[0]['sender']}\nAuto-Submitted: auto-replied\n"
        "Subject: Out of office\n\nBack on Monday.\n"
    )
    office.take(answer.encode())
    assert not office.holding(address)


@pytest.mark.parametrize(
    "headers",
    [
        "Auto-Submitted: auto-replied\nSubject: Out of office",
        "From: MAILER-DAEMON@mx.example.org\nSubject: Undelivered Mail Returned to Sender",
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.org\nSubject: failure notice",
        "Return-Path: <>\nSubject: Away until Monday",
        "Auto-Submitted: auto-generated\nReturn-Path: <>\nSubject: Your message",
    ],
)
def test_only_a_reader_leaves_by_mail_no_program_in_their_place(
    office: Office, headers: str
) -> None:
    mail = office.sent[0]
    wish = leaving(office.witness.message(mail), mail["recipient"]).decode()
    _, _, body = wish.partition("\n\n")
    (to,) = (line for line in wish.splitlines() if line.startswith("To: "))
    assert office.take(f"{headers}\n{to}\n\n{body}".encode()).left == 0


@pytest.mark.parametrize(
    "words",
    [
        "This message was automatically generated by Gmail.",
        "Apple Mail sent this email to unsubscribe from the message",
        "",
    ],
)
@pytest.mark.parametrize("subject", ["unsubscribe", "", "Re: the newsletter"])
def test_mail_programs_leave_in_their_readers_name(
    office: Office, words: str, subject: str
) -> None:
    mail = office.sent[0]
    wish = leaving(office.witness.message(mail), mail["recipient"]).decode()
    (to,) = (line for line in wish.splitlines() if line.startswith("To: "))
    head = f"From: Anna <{mail['recipient']}>\n{to}\nSubject: {subject}"
    assert office.take(f"{head}\n\n{words}\n".encode()).left == 1


def come_back(office: Office, address: str, name: str) -> None:
    """Subscribe anew, as somebody does on the page."""
    at = now()
    with office.desk.store.write() as people:
        listed = people.roster.find(parse_address(address).key)
        assert listed
        (line,) = (each.list_id for each in listed.subscriptions if each.list == name)
        people.readers.activate(listed.subscriber_id, line, PUBLIC_PAGE, at)
        given = Evidence(basis="the button on the page", source=PUBLIC_PAGE, at=at)
        person = {listed.subscriber_id: listed.person}
        people.append_consents(person, line, ConsentAction.GIVEN, given)


def test_a_late_complaint_does_not_end_what_the_reader_wished_since(office: Office) -> None:
    mail = office.sent[0]
    assert office.take(complaint(mail["sender"])).actions[Action.ENDED] == 1
    come_back(office, mail["recipient"], "media")
    done = office.take(complaint(mail["sender"], headers="From: other@example.org"))
    assert done.actions[Action.NONE] == 1
    shown = run_json(office.folder, "subscribers", "show", mail["recipient"])
    states = {each["list"]: each["state"] for each in shown["person"]["subscriptions"]}
    assert states["media"] == "active"


def test_among_several_readers_nobody_is_taken_for_the_one_who_complained(office: Office) -> None:
    one, two = office.sent[:2]
    done = office.take(complaint(one["sender"], headers=f"X-Old: <{two['sender']}>"))
    assert not done.actions[Action.ENDED]


def test_a_mark_of_an_old_mail_leads_to_no_mail_that_did_not_go_out(office: Office) -> None:
    """The link of a mail names the reader only: what is under way now was not what came back."""
    mail = office.sent[0]
    with sqlite3.connect(office.folder / ".newsletter" / "state.db") as database:
        database.execute("UPDATE deliveries SET state = 'pending'")
    link = re.search(rb"https?://\S+?/[\w-]{24,80}", office.witness.message(mail))
    assert link
    report = bounce(mail, FULL, to="bounces@example.org", message_id="<x@example.org>")
    done = office.take(report.replace(b"the newsletter", link[0]))
    assert done.actions == {Action.NONE: 1}


def test_a_link_shows_nothing_of_an_address_that_is_not_the_readers_any_more(
    office: Office,
) -> None:
    mail = office.sent[0]
    link = re.search(rb"https?://\S+?/[\w-]{24,80}", office.witness.message(mail))
    assert link
    words = {"final": "former@example.org", "to": "us@example.org", "message_id": "<x@example.org>"}
    report = bounce(mail, FULL, **words)
    done = office.take(report.replace(b"the newsletter", link[0]))
    assert done.actions == {Action.NONE: 1}


def test_what_was_passed_on_by_the_pipe_keeps_its_headers_behind_a_line_of_an_mbox(
    office: Office,
) -> None:
    """A transport of Postfix writes such a line with the flag F (pipe(8))."""
    line = b"From MAILER-DAEMON  Fri Nov 27 10:00:00 2026\n"
    subprocess.run(
        [*COMMAND, "returns", "read", "--recipient", office.sent[0]["sender"]],
        cwd=office.folder,
        input=line + bounce(office.sent[0], to="us@example.org", message_id="<x@example.org>"),
        check=True,
    )
    assert [each.address for each in office.take().suppressed] == [office.sent[0]["recipient"]]


def test_only_who_is_written_to_again_is_named_so(office: Office) -> None:
    one, two = (each["recipient"] for each in office.sent[:2])
    office.take(*map(bounce, office.sent[:2]))
    with office.desk.store.write() as people:
        key = parse_address(one).key
        people.allow(key)
        people.suppress(key, SuppressionReason.MANUAL, "she asked for it", now())
    undo = ("returns", "undo", "--issue", "2015-1", "--reason", "their bad day")
    assert run(office.folder, *undo).stdout == f"{two} is written to again.\n"
    assert office.is_suppressed(one)
    assert not office.is_suppressed(two)


def test_an_issue_that_never_went_cannot_be_taken_back(office: Office) -> None:
    said = run(
        *(office.folder, "returns", "undo", "--issue", "2015-7", "--reason", "a slip"), code=None
    )
    assert said.returncode
    assert "2015-7" in said.stderr


def test_an_address_named_twice_is_taken_back_once(office: Office) -> None:
    office.take(bounce(office.sent[0]))
    address = office.sent[0]["recipient"]
    undo = ("returns", "undo", address, address.upper(), "--reason", "she called")
    assert run(office.folder, *undo).stdout == f"{address} is written to again.\n"


def test_the_service_outlives_a_disk_that_takes_nothing_for_a_while(office: Office) -> None:
    stopping, rounds = threading.Event(), []
    office.spool.keep(bounce(office.sent[0]))
    folder = office.spool.folder / "handled"
    folder.write_text("a file where the folder should be")
    for done in serve(office.desk, office.spool, [], now, stopping, every=3600):
        rounds.append(done)
        if done.faults and folder.is_file():
            folder.unlink()
            office.spool.keep(bounce(office.sent[1]))
        else:
            stopping.set()
    assert ["the spool" in done.faults for done in rounds] == [True, False]
    assert [done.actions[Action.SUPPRESSED] for done in rounds] == [1, 1]
    assert not list(office.spool.waiting())
    assert office.is_suppressed(office.sent[0]["recipient"])


def test_summaries_fit_a_narrow_terminal(office: Office) -> None:
    for mail in office.sent:
        office.spool.keep(bounce(mail, BLOCKED if mail is not office.sent[0] else UNKNOWN))
    done = run(office.folder, "returns", "fetch", code=None)
    assert "ALARM" in done.stderr
    assert max(map(len, (done.stdout + done.stderr).splitlines())) <= 80


def test_the_service_waits_for_a_database_that_another_holds(office: Office) -> None:
    stopping, rounds = threading.Event(), []
    database = open_database(f"sqlite:///{office.folder / '.newsletter' / 'state.db'}", 0.2)
    with sqlite3.connect(office.folder / ".newsletter" / "state.db") as other:
        other.execute("BEGIN IMMEDIATE")
        office.spool.keep(bounce(office.sent[0]))
        desk = Desk(PeopleStore(database, office.desk.keys), office.desk.keys, ReturnsSettings())
        for done in serve(desk, office.spool, [], now, stopping, every=3600):
            rounds.append(done)
            if done.faults:
                other.rollback()
            else:
                stopping.set()
    assert ["the spool" in done.faults for done in rounds] == [True, False]
    assert rounds[-1].actions[Action.SUPPRESSED] == 1
