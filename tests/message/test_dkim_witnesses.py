"""OpenDKIM and Mail::DKIM agree with dkimpy: what we sign holds, and what was changed does not."""

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.address import parse_address
from newsletter.message.compile import compile_message
from newsletter.message.dkimkeys import KeyKind, read_key
from newsletter.model.rendering import Rendering
from tests.message import samples
from tests.message.signing import signed, signer, verdicts
from tests.message.witnesses import mail_dkim, opendkim
from tests.system import do_without, program
from tests.workspace import sample

pytestmark = pytest.mark.slow
BOTH = ["pass rsa-sha256", "pass ed25519-sha256"]
NEITHER = ["fail rsa-sha256", "fail ed25519-sha256"]


@pytest.fixture
def perl_module() -> None:
    command = [program("perl", "perl"), "-MMail::DKIM::Verifier", "-e", "1"]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        do_without("needs Mail::DKIM: apt-get install libmail-dkim-perl")


def small() -> Rendering:
    picture = samples.picture()
    html = f'<img src="cid:{picture.cid}"><p>[[greeting]]</p>[[unsubscribe_url]]\n'
    return samples.rendering(
        html=html, text=".\nFrom here\n\n[[greeting]]\n\n", pictures=(picture,)
    )


def mails() -> dict[str, bytes]:
    """Return mails of every kind: small ones for all names, and whole issues with pictures."""
    cyrillic = replace(samples.recipient(), address=parse_address("почта@пример.рф"))
    found = {
        f"name{number}": signed(small()).build(samples.named(name))
        for number, name in enumerate((*samples.NAMES, ""))
    }
    found["smtputf8"] = signed(small()).build(cyrillic, utf8=True)
    bare = replace(samples.head(), reply_to="", feedback_id="", list_owner="", help_url="")
    found["bare"] = compile_message(small(), bare, signer()).build(samples.recipient())
    for language, rendering in sample("2015-1").renderings.items():
        assert rendering.pictures
        found[language] = signed(rendering).build(samples.named("Zoë 🌍👩🏽‍🔬 Ўктам"))
    return found


def filed(folder: Path, mails: dict[str, bytes]) -> dict[str, Path]:
    for name, mail in mails.items():
        (folder / f"{name}.eml").write_bytes(mail)
    return {name: folder / f"{name}.eml" for name in mails}


def broken(mail: bytes) -> dict[str, bytes]:
    """Return the mail with one thing changed in each."""
    end = len(mail) // 2
    return {
        "subject": re.sub(rb"Subject: ", b"Subject: Re: ", mail, count=1),
        "second-from": b"From: evil@example.com\r\n" + mail,
        "second-subject": mail.replace(b"\r\nTo: ", b"\r\nSubject: evil\r\nTo: ", 1),
        "unsubscribe": re.sub(rb"List-Unsubscribe: <https://", b"List-Unsubscribe: <http://", mail),
        "body": mail[:end] + bytes([mail[end] ^ 1]) + mail[end + 1 :],
        "longer": mail + b"more\r\n",
    }


def test_all_three_agree(tmp_path: Path, perl_module: None) -> None:
    written = filed(tmp_path, mails())
    records, files = signer().records, list(written.values())
    for name, mail in mails().items():
        assert verdicts(mail) == [True, True], name
    assert opendkim(tmp_path, records, files) == dict.fromkeys(files, BOTH)
    perls = mail_dkim(tmp_path, records, files)
    assert all(found in (BOTH, BOTH[:1]) for found in perls.values()), perls


def test_all_three_notice_the_same_changes(tmp_path: Path, perl_module: None) -> None:
    changed = broken(signed(small()).build(samples.recipient()))
    written = filed(tmp_path, changed)
    records, files = signer().records, list(written.values())
    for name, mail in changed.items():
        assert verdicts(mail) == [False, False], name
    assert opendkim(tmp_path, records, files) == dict.fromkeys(files, NEITHER)
    perls = mail_dkim(tmp_path, records, files)
    assert all(found in (NEITHER, NEITHER[:1]) for found in perls.values()), perls


def test_a_key_that_opendkim_made_is_taken_and_gives_the_same_record(tmp_path: Path) -> None:
    genkey = program("opendkim-genkey", "opendkim-tools")
    options = ("-b", "2048", "-d", "example.org", "-s", "autumn", "-D", str(tmp_path))
    subprocess.run([genkey, *options], check=True, capture_output=True)
    key = read_key((tmp_path / "autumn.private").read_bytes(), KeyKind.RSA, "autumn")
    theirs = re.findall(r'"([^"]*)"', (tmp_path / "autumn.txt").read_text("ascii"))
    assert key.record.split("p=")[1] == "".join(theirs).split("p=")[1]
    one = replace(signer(), keys=(key,))
    (file,) = filed(tmp_path, {"mail": signed(small(), one).build(samples.recipient())}).values()
    assert opendkim(tmp_path, one.records, [file]) == {file: ["pass rsa-sha256"]}
