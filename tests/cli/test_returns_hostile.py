"""What comes back to harm: poisoned messages, late ones, many at once, faults of the machine."""

import datetime
import re
import shutil
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from newsletter.address import parse_address
from newsletter.config import read_config
from newsletter.model.judging import Action
from newsletter.model.leaving import PUBLIC_PAGE
from newsletter.model.people import ConsentAction
from newsletter.model.returning import ReturnsSettings
from newsletter.model.returns import ReportKind
from newsletter.returns.handling import Desk
from newsletter.returns.service import Round, work_off
from newsletter.returns.spool import Spool
from newsletter.store.people import Evidence
from newsletter.wiring import keys, people_store
from tests.cli.program import Witness, run, run_json, sink
from tests.returns.reports import FULL, bounce, complaint, leaving

pytestmark = pytest.mark.slow


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
        work_off(self.desk, self.spool, lambda: datetime.datetime.now(tz=datetime.UTC), done)
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
    at = datetime.datetime.now(tz=datetime.UTC)
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
