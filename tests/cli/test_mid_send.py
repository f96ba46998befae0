"""What changes between the beginning and the end of a send: files, readers, the state itself."""

import contextlib
import email
import email.policy
import re
import shutil
import signal
import sqlite3
from collections import defaultdict
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.cli.program import Witness, run, run_json
from tests.cli.test_sending import holds, start, wait_for
from tests.workspace import edit, png_of

pytestmark = pytest.mark.slow

STATE = ".newsletter/state.db"
SLOTS = re.compile(
    r"Dear [^<\r]*,|Здравствуйте[^<\r]*!|(?<=/unsubscribe/)[\w-]+|(?<=/preferences/)[\w-]+"
)
ITEM = "issues/items/2015/2015-01-22-labour-inspection-seminar.yaml"


def stopped_in_the_middle(office: Path, witness: Witness) -> None:
    """Begin a send and stop it cleanly before everybody got theirs."""
    sender = start(office, "send", "2015-1", "--yes", relay=witness.relay)
    wait_for(witness, 60, sender)
    sender.send_signal(signal.SIGTERM)
    assert sender.wait(timeout=60) == 4


def mails(witness: Witness) -> list[EmailMessage]:
    """Return what was filed, in order."""
    octets = map(witness.message, witness.log())
    return [email.message_from_bytes(each, policy=email.policy.default) for each in octets]


def content(mail: EmailMessage) -> tuple[object, ...]:
    """Return all that is the same for every reader of an edition."""
    fields = [mail[name] for name in ("From", "Reply-To", "Subject", "Date")]
    parts = [
        (part.get_content_type(), part["Content-ID"], _without_slots(part))
        for part in mail.walk()
        if not part.is_multipart()
    ]
    return (*map(str, fields), *parts)


def _without_slots(part: EmailMessage) -> bytes:
    octets = part.get_payload(decode=True)
    assert isinstance(octets, bytes)
    if part.get_content_maintype() != "text":
        return octets
    return SLOTS.sub("SLOT", octets.decode()).encode()


# --- Files ---


def test_f34_what_is_changed_between_stop_and_resume_changes_no_mail(
    peopled: Path, witness: Witness
) -> None:
    stopped_in_the_middle(peopled, witness)
    before = len(witness.log())
    edit(peopled, ITEM, "labour", "LABOUR")
    edit(peopled, "issues/2015-1/issue.yaml", "subject: ", "subject: Not ")
    edit(peopled, "newsletter.yaml", "sender:\n  address: ", "sender:\n  address: other-")
    edit(peopled, "newsletter.yaml", "public_url: https://", "public_url: https://other.")
    pictures = [*peopled.rglob("issues/**/*.png"), *peopled.rglob("issues/**/*.jpg")]
    for picture in pictures:
        picture.write_bytes(png_of(640, 480))
    shutil.rmtree(peopled / "templates")
    run(peopled, "resume", "2015-1", NEWSLETTER_RELAY=witness.relay)

    seen = defaultdict(set)
    for number, mail in enumerate(mails(witness)):
        seen[str(mail["List-Id"]), mail["Content-Language"]].add((number < before, content(mail)))
    assert all(len({each for _, each in found}) == 1 for found in seen.values())
    both = [key for key, found in seen.items() if len(found) == 2]  # before and after the stop
    assert {language for _, language in both} == {"en", "ru"}
    assert witness.recipients().total() == len(witness.recipients()) == 318


def test_f34_settings_that_cannot_be_read_stop_a_resume_and_lose_nobody(
    peopled: Path, witness: Witness
) -> None:
    stopped_in_the_middle(peopled, witness)
    filed, settings = witness.log(), (peopled / "newsletter.yaml").read_text(encoding="utf-8")
    edit(peopled, "newsletter.yaml", "sender:", "zender:")
    told = run(peopled, "resume", "2015-1", code=1, NEWSLETTER_RELAY=witness.relay).stderr
    assert "newsletter.yaml:" in told
    assert witness.log() == filed
    (peopled / "newsletter.yaml").write_text(settings, encoding="utf-8")
    run(peopled, "resume", "2015-1", NEWSLETTER_RELAY=witness.relay)
    assert witness.recipients().total() == len(witness.recipients()) == 318


# --- Readers ---


def test_f35_who_is_edited_in_mid_send_gets_what_was_frozen(
    peopled: Path, witness: Witness
) -> None:
    stopped_in_the_middle(peopled, witness)
    waiting = run_json(peopled, "status", "2015-1", "--state", "pending")["recipients"]
    chosen = next(each for each in waiting if each["language"] == "ru")
    row = f"email,name,language\n{chosen['address']},Another Name,en\n"
    (peopled / "edit.csv").write_text(row, encoding="utf-8")
    what = ("edit.csv", "--list", chosen["list"], "--basis", "corrected", "--yes")
    run(peopled, "subscribers", "import", *what)
    (known,) = run_json(peopled, "subscribers", "list", "--search", chosen["address"])
    assert (known["name"], known["language"]) == ("Another Name", "en")
    run(peopled, "resume", "2015-1", NEWSLETTER_RELAY=witness.relay)
    (mail,) = [
        each for each in mails(witness) if each["To"].addresses[0].addr_spec == chosen["address"]
    ]
    assert mail["Content-Language"] == "ru"
    assert mail["To"].addresses[0].display_name != "Another Name"


# --- The state itself ---


def copy_of_the_state(office: Path) -> Path:
    """Copy the database as docs/how-to/backup.md says, whoever writes to it meanwhile."""
    copy = office / "copy.db"
    with (
        contextlib.closing(sqlite3.connect(office / STATE)) as source,
        contextlib.closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)
    return copy


def put_back(office: Path, copy: Path) -> None:
    for name in (f"{STATE}-wal", f"{STATE}-shm"):
        (office / name).unlink(missing_ok=True)
    shutil.copy(copy, office / STATE)


@pytest.fixture
def restored(peopled: Path, witness: Witness) -> Path:
    """Return an office whose send is done, and whose state is a copy from the middle of it."""
    sender = start(peopled, "send", "2015-1", "--yes", relay=witness.relay)
    wait_for(witness, 60, sender)
    copy = copy_of_the_state(peopled)
    assert sender.wait(timeout=90) == 0
    put_back(peopled, copy)
    return peopled


def test_f40_of_an_old_state_nobody_is_mailed_until_the_operator_decides(
    restored: Path, witness: Witness
) -> None:
    edit(restored, "newsletter.yaml", "unknown: hold", "unknown: resend")  # does not mean these
    done = run(restored, "resume", "2015-1", code=3, NEWSLETTER_RELAY=witness.relay)
    assert "the state is an older copy: more was sent from here than it knows" in done.stderr
    assert "newsletter resolve 2015-1 --resend | --assume-accepted" in done.stdout
    again = run(restored, "resume", "2015-1", code=3, NEWSLETTER_RELAY=witness.relay)
    assert "older copy" not in again.stderr
    assert witness.recipients().total() == len(witness.recipients()) == 318
    found = run_json(restored, "status", "2015-1", "--state", "unknown")
    assert all(holds(mailing) for mailing in found["mailings"])
    assert found["recipients"]
    reasons = {each["reason"] for each in found["recipients"]}
    assert reasons == {"the state is an older copy: it may have been sent since that was made"}
    run(restored, "resolve", "2015-1", "--assume-accepted", "--yes")
    run(restored, "resume", "2015-1", NEWSLETTER_RELAY=witness.relay)
    assert set(witness.recipients().values()) == {1}


def test_f40_an_issue_that_an_old_state_may_have_forgotten_is_not_sent_without_a_word(
    peopled: Path, witness: Witness
) -> None:
    copy = copy_of_the_state(peopled)
    media = ("send", "2015-1", "--list", "media", "--yes")
    run(peopled, *media, NEWSLETTER_RELAY=witness.relay)
    put_back(peopled, copy)
    said = run(peopled, *media, code=1, NEWSLETTER_RELAY=witness.relay).stderr
    assert "newsletter send 2015-1 --never-sent" in said
    assert len(witness.log()) == 40
    run(peopled, "rehearse", "2015-1")
    what = ("send", "2015-1", "--list", "constituents", "--never-sent", "--yes")
    run(peopled, *what, NEWSLETTER_RELAY=witness.relay)
    ids = [entry["message_id"] for entry in witness.log()]
    assert len(ids) == len(set(ids)) == 330


def test_f40_what_an_old_state_does_not_know_goes_again_by_word_under_the_same_message_id(
    restored: Path, witness: Witness
) -> None:
    first = {entry["recipient"]: entry["message_id"] for entry in witness.log()}
    assert len(first) == 318
    run(restored, "resume", "2015-1", code=3, NEWSLETTER_RELAY=witness.relay)
    run(restored, "resolve", "2015-1", "--resend", "--yes")
    run(restored, "resume", "2015-1", NEWSLETTER_RELAY=witness.relay)
    again = witness.log()[318:]
    assert 0 < len(again) < 318
    assert {entry["message_id"] for entry in again} <= set(first.values())
    assert all(entry["message_id"] == first[entry["recipient"]] for entry in again)
    found = run_json(restored, "status", "2015-1")
    assert all(holds(mailing) for mailing in found["mailings"])
    assert sum(mailing["accepted"] for mailing in found["mailings"]) == 318
    assert max(witness.recipients().values()) == 2


def test_f40_an_old_state_that_is_cancelled_sends_nobody_a_second_copy(
    restored: Path, witness: Witness
) -> None:
    found = run_json(restored, "status", "2015-1")
    waiting = sum(mailing["pending"] for mailing in found["mailings"])
    assert waiting > 0
    run(restored, "cancel", "2015-1", "--yes")
    run(restored, "resume", "2015-1", code=None, NEWSLETTER_RELAY=witness.relay)
    run(restored, "send", "2015-1", "--yes", code=1, NEWSLETTER_RELAY=witness.relay)
    assert set(witness.recipients().values()) == {1}
    assert witness.recipients().total() == 318
