"""A stacked issue on its way: everybody gets the one mail, whatever language they read."""

import collections
import email
import email.policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.cli.program import Witness, run, run_json
from tests.stacked import SLUG, add_short_issue, stack_in_short

pytestmark = pytest.mark.slow

PEOPLE = """\
email,name,language
anna@example.org,Anna Smith,en
boris@example.org,Борис Иванов,ru
office@example.org,,
"""


@pytest.fixture
def office(sample: Path) -> Path:
    """Return the sample office with the short issue and a reader of each kind."""
    add_short_issue(sample)
    (sample / "people.csv").write_text(PEOPLE, encoding="utf-8")
    arguments = ("people.csv", "--list", "media", "--basis", "tests", "--yes")
    run(sample, "subscribers", "import", *arguments)
    return sample


def read(data: bytes) -> EmailMessage:
    return email.message_from_bytes(data, policy=email.policy.default)


def test_each_reader_gets_one_mail_with_both_languages(office: Path, witness: Witness) -> None:
    run(office, "send", SLUG, "--list", "media", "--yes", NEWSLETTER_RELAY=witness.relay)
    assert witness.recipients() == collections.Counter(
        ["anna@example.org", "boris@example.org", "office@example.org"]
    )
    for entry in witness.log():
        mail = read(witness.message(entry))
        assert mail["Content-Language"] == "en, ru"
        assert mail["Subject"] == "Safety first, everywhere · Сначала безопасность"
        plain = email.message_from_bytes(witness.message(entry))
        assert str(make_header(decode_header(plain["From"]))).startswith(
            "ILO Moscow Newsletter · Бюро МОТ в Москве <"
        )
        for header in ("List-Unsubscribe", "List-Unsubscribe-Post", "List-Id", "List-Archive"):
            assert len(mail.get_all(header, [])) == 1
        for kind in ("plain", "html"):
            part = mail.get_body((kind,))
            assert part is not None
            content = part.get_content()
            assert "News by country" in content or "NEWS BY COUNTRY" in content
            assert "Новости стран" in content or "НОВОСТИ СТРАН" in content
            assert ("Борис Иванов" in content) == (entry["recipient"] == "boris@example.org")


def test_the_ledger_counts_one_edition_for_all(office: Path, witness: Witness) -> None:
    run(office, "send", SLUG, "--list", "media", "--yes", NEWSLETTER_RELAY=witness.relay)
    found = run_json(office, "status", SLUG, "--state", "accepted")
    assert [mailing["languages"] for mailing in found["mailings"]] == [{"mul": 3}]
    assert {each["language"] for each in found["recipients"]} == {"mul"}


def test_it_can_be_built_tested_and_tried(office: Path, witness: Witness) -> None:
    run(office, "build", SLUG)
    built = office / "build" / SLUG
    assert sorted(path.name for path in built.iterdir()) == ["manifest.json", "mul"]
    assert read((built / "mul/newsletter.eml").read_bytes())["Content-Language"] == "en, ru"
    run(office, "test", SLUG, "--to", "anna@example.org", NEWSLETTER_RELAY=witness.relay)
    (entry,) = witness.log()
    assert read(witness.message(entry))["Content-Language"] == "en, ru"
    said = run(office, "test", SLUG, "--to", "anna@example.org", "--language", "ru", code=2).stderr
    assert f"{SLUG} has no edition in ru" in said
    run(office, "send", SLUG, "--list", "media", "--dry-run", "letters")
    assert len(list((office / "letters").glob("*.eml"))) == 3


@pytest.mark.parametrize("slug", ["2015-1", "2015-2"])
def test_one_line_lets_a_full_issue_out_in_both_languages(sample: Path, slug: str) -> None:
    stack_in_short(sample, slug)
    found = run_json(sample, "check", slug)["findings"]
    assert [each for each in found if each["severity"] != "note"] == []
