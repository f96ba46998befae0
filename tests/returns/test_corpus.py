"""The corpus of returns: every message has an expectation, and nobody in it is real."""

import email
import email.policy
import json
import re
from collections import Counter
from pathlib import Path

import pytest

CORPUS = Path(__file__).with_name("corpus")
FOLDERS = sorted(each.parent for each in CORPUS.glob("*/expected.json"))
KINDS = {"bounce", "delay", "complaint", "auto-reply", "other"}
REASONS = {
    "unknown_user",
    "unknown_host",
    "mailbox_full",
    "disabled",
    "moved",
    "spam",
    "policy",
    "authentication",
    "size",
    "content",
    "relaying",
    "rate",
    "network",
    "expired",
    "suspended",
    "virus",
    "system",
    "unknown",
}
GONE = {"unknown_user", "unknown_host", "disabled", "moved", "suspended"}
ADDRESS = re.compile(rb"[\w.+=-]@\[?([a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,})\b", re.IGNORECASE)
# Sendmail writes "…@example.net.REDIRECT" of somebody who has moved; Exim cuts long lines off.
CUT = rb"exam(?:p(?:le?)?)?|exa|ex"
INVENTED = re.compile(
    rb"(?:^|\.)(?:example(?:\.(?:org|com|net)(?:\.redirect)?)?|" + CUT + rb")$", re.IGNORECASE
)


def expected(folder: Path) -> dict[str, dict[str, object]]:
    rows: dict[str, dict[str, object]] = json.loads(
        (folder / "expected.json").read_text(encoding="utf-8")
    )
    return rows


def texts(message: bytes) -> bytes:
    """All of a message, and what is encoded in it."""
    parsed = email.message_from_bytes(message, policy=email.policy.compat32)
    inner = [part.get_payload(decode=True) for part in parsed.walk()]
    return b"\n".join([message, *(each for each in inner if isinstance(each, bytes))])


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_message_has_an_expectation_in_known_words(folder: Path) -> None:
    rows = expected(folder)
    assert sorted(rows) == sorted(each.name for each in folder.glob("*.eml"))
    for name, row in rows.items():
        assert set(row) == {"kind", "recipients", "mailer", "made"}, name
        assert row["kind"] in KINDS, name
        recipients = row["recipients"]
        assert isinstance(recipients, list)
        assert bool(recipients) or row["kind"] not in ("bounce", "delay"), name
        assert not recipients or row["kind"] in ("bounce", "delay", "complaint"), name
        for each in recipients:
            assert set(each) == {"address", "permanent", "suppress", "reason"}, name
            assert each["reason"] in REASONS, name
            if row["kind"] != "complaint":
                gone = each["permanent"] is True and each["reason"] in GONE
                assert each["suppress"] is gone, name


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_nobody_in_the_corpus_is_real(folder: Path) -> None:
    for file in folder.glob("*.eml"):
        for domain in ADDRESS.findall(texts(file.read_bytes())):
            assert INVENTED.search(domain), (file.name, domain)


def test_every_folder_of_messages_has_expectations_and_no_message_is_there_twice() -> None:
    assert {each.parent for each in CORPUS.glob("**/*.eml")} == set(FOLDERS)
    copies = Counter(each.read_bytes() for each in CORPUS.glob("**/*.eml"))
    assert max(copies.values()) == 1


def test_the_corpus_is_wide() -> None:
    rows = [row for folder in FOLDERS for row in expected(folder).values()]
    mailers = {str(row["mailer"]).partition("-")[0] for row in rows} - {""}
    kinds = Counter(row["kind"] for row in rows)
    assert len(rows) >= 600
    assert len(mailers) >= 8
    assert all(kinds[kind] >= 20 for kind in KINDS)
