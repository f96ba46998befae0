"""Signing by command: a key is made, published, named; then what is sent carries signatures."""

import stat
from pathlib import Path

import dkim
import pytest

from tests.cli.program import Witness, run
from tests.workspace import edit

pytestmark = pytest.mark.slow


def published(said: str) -> dict[bytes, bytes]:
    """Return the records that a command shows, as the DNS would answer."""
    lines = said.splitlines()
    names = [line.partition(" ")[2].strip() for line in lines if line.startswith("name:")]
    values = [line.partition(" ")[2].strip() for line in lines if line.startswith("value:")]
    return {f"{name}.".encode(): value.encode() for name, value in zip(names, values, strict=True)}


def named(said: str) -> str:
    """Return the lines that a command shows for newsletter.yaml."""
    return said.partition("dkim:\n")[2]


def verdicts(mail: bytes, records: dict[bytes, bytes]) -> list[bool]:
    count = mail.partition(b"\r\n\r\n")[0].count(b"DKIM-Signature:")
    return [
        dkim.DKIM(mail).verify(idx=number, dnsfunc=lambda name, timeout=5: records[name])
        for number in range(count)
    ]


@pytest.fixture
def keys(peopled: Path) -> dict[bytes, bytes]:
    """Make both keys as a newcomer would, name them, and return what was to be published."""
    rsa = run(peopled, "dkim", "new-key", "spring").stdout
    ed25519 = run(peopled, "dkim", "new-key", "spring-ed", "--ed25519").stdout
    lines = f"dkim:\n{named(rsa)}{named(ed25519)}"
    edit(peopled, "newsletter.yaml", "\nlimits:\n", f"\n{lines}\nlimits:\n")
    return published(rsa) | published(ed25519)


def test_a_key_is_made_once_and_its_record_shown_again(
    peopled: Path, keys: dict[bytes, bytes]
) -> None:
    assert list(keys) == [
        b"spring._domainkey.ilo-moscow.example.org.",
        b"spring-ed._domainkey.ilo-moscow.example.org.",
    ]
    files = sorted((peopled / ".newsletter" / "dkim").iterdir())
    assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600, 0o600]
    assert published(run(peopled, "dkim", "records").stdout) == keys
    before = [file.read_bytes() for file in files]
    said = run(peopled, "dkim", "new-key", "spring", code=2).stderr
    assert "never made over another" in said
    assert [file.read_bytes() for file in files] == before


def test_a_test_and_a_dry_run_carry_signatures_that_hold(
    peopled: Path, witness: Witness, keys: dict[bytes, bytes]
) -> None:
    run(
        *(peopled, "test", "2015-1", "--to", "anna@example.com"),
        NEWSLETTER_RELAY=witness.relay,
    )
    mails = [witness.message(entry) for entry in witness.log()]
    assert len(mails) == 2
    run(peopled, "send", "2015-1", "--dry-run", "letters")
    mails += [file.read_bytes() for file in sorted((peopled / "letters").iterdir())[::100]]
    assert len(mails) > 4
    assert [verdicts(mail, keys) for mail in mails] == [[True, True]] * len(mails)


def test_a_send_with_a_key_that_others_can_read_freezes_nothing(
    peopled: Path, witness: Witness, keys: dict[bytes, bytes]
) -> None:
    (peopled / ".newsletter" / "dkim" / "spring.pem").chmod(0o644)
    arguments = ("send", "2015-1", "--yes")
    said = run(peopled, *arguments, code=1, NEWSLETTER_RELAY=witness.relay).stderr
    assert "spring.pem: others may read or change this key" in said
    assert "chmod 600" in said
    assert witness.log() == []
    assert "2015-1" not in run(peopled, "status").stdout


@pytest.mark.parametrize("selector", ["Spring", "spring_2026", "-a", "a..b", "весна"])
def test_a_name_that_the_dns_would_not_take_is_refused(peopled: Path, selector: str) -> None:
    said = run(peopled, "dkim", "new-key", "--", selector, code=2).stderr
    assert f"“{selector}” cannot be the name of a key" in said
    assert not (peopled / ".newsletter" / "dkim").exists()


def test_who_does_not_sign_is_told_so(peopled: Path) -> None:
    said = run(peopled, "dkim", "records", code=2).stderr
    assert "newsletter.yaml has no `dkim`" in said
