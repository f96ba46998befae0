"""`newsletter doctor` as people type it: a real relay, a real name server, no web."""

from pathlib import Path

import pytest

from tests.cli.program import run, run_json, sink
from tests.doctor.zone import name_server
from tests.workspace import edit, small_office

pytestmark = pytest.mark.slow

ZONE = """
example.org. MX 10 mail.example.org.
mail.example.org. A 192.0.2.1
example.org. TXT "v=spf1 ip4:192.0.2.1 -all"
_dmarc.example.org. TXT "v=DMARC1; p=reject; rua=mailto:d@example.org"
"""


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """Return an office whose website is on this computer."""
    folder = small_office(tmp_path / "office")
    edit(folder, "newsletter.yaml", "https://news.example.org", "http://localhost:8000")
    return folder


def test_an_office_in_order_is_told_so_and_nothing_is_changed(office: Path, tmp_path: Path) -> None:
    before = sorted(office.rglob("*"))
    with sink(tmp_path / "sink") as witness, name_server(ZONE) as server:
        told = run(
            office,
            *("doctor", "--nameserver", f"127.0.0.1:{server.port}"),
            NEWSLETTER_RELAY=witness.relay,
        ).stdout
        assert witness.log() == []
    assert [line for line in told.splitlines() if len(line) > 80] == []
    assert "fine      SPF " in told
    assert "fine      login " in told
    assert "no inner address is called from here" in " ".join(told.split())
    assert "the largest mail of late has" in " ".join(told.split())
    last = told.splitlines()[-1]
    assert "wrong" not in last
    assert "that only you can tell" in last
    after = [each for each in sorted(office.rglob("*")) if ".newsletter/cache" not in str(each)]
    assert [each for each in after if each not in before and each.name != ".newsletter"] == []


def test_what_is_wrong_ends_with_one_and_says_what_to_do(office: Path) -> None:
    with name_server('example.org. TXT "v=spf1 +all"') as server:
        found = run_json(
            office,
            *("doctor", "--nameserver", f"127.0.0.1:{server.port}"),
            code=1,
            NEWSLETTER_RELAY="smtp://localhost:9?tls=none",
        )
    wrong = {
        verdict["name"]: verdict
        for each in found["examined"]
        for verdict in each["verdicts"]
        if verdict["grade"] == "wrong"
    }
    assert wrong.keys() == {"reachable", "SPF", "MX of example.org"}
    assert found["wrong"] == 3
    assert all(verdict["remedy"] for verdict in wrong.values())


def test_offline_asks_nobody_outside(office: Path, tmp_path: Path) -> None:
    with sink(tmp_path / "sink") as witness:
        told = run(office, "doctor", "--offline", NEWSLETTER_RELAY=witness.relay).stdout
    assert told.count("not asked (--offline)") == 2
    assert "SPF" not in told


def test_a_key_of_the_relay_is_examined_by_its_name(office: Path) -> None:
    with name_server(ZONE) as server:
        told = run(
            office,
            *("doctor", "--nameserver", f"127.0.0.1:{server.port}", "--selector", "s2026"),
            code=1,
            NEWSLETTER_RELAY="smtp://localhost:9?tls=none",
        ).stdout
    assert "DKIM key s2026" in told
    assert "s2026._domainkey.example.org has no key" in " ".join(told.split())


def test_a_key_of_our_own_has_to_be_the_one_in_the_dns(office: Path) -> None:
    run(office, "dkim", "new-key", "ours", "--file", "dkim.pem")
    edit(
        office,
        "newsletter.yaml",
        "time_zone:",
        "dkim: { selector: ours, key_file: dkim.pem }\ntime_zone:",
    )
    other = 'ours._domainkey.example.org. TXT "v=DKIM1; k=rsa; p=b3RoZXI="'
    with name_server(f"{ZONE}\n{other}") as server:
        told = run(
            office,
            *("doctor", "--nameserver", f"127.0.0.1:{server.port}"),
            code=1,
            NEWSLETTER_RELAY="smtp://localhost:9?tls=none",
        ).stdout
    words = " ".join(told.split())
    assert "another key than the one we sign with" in words
    assert "newsletter dkim records" in words
    assert "dkim.pem: for its owner alone" in words


def test_settings_that_cannot_be_used_are_told_with_the_rest(office: Path) -> None:
    edit(office, "newsletter.yaml", "time_zone:", "relay_file: gone.txt\ntime_zone:")
    told = run(office, "doctor", "--offline", code=1).stdout
    assert "gone.txt: cannot be read" in " ".join(told.split())
    assert "This computer" in told


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--nameserver", "dns.example.org"), "is not the address of a name server"),
        (("--nameserver", "127.0.0.1:x"), "is not the address of a name server"),
        (("--selector", "s=2026"), "cannot be the name of a key"),
    ],
)
def test_what_was_typed_wrongly_is_said(
    office: Path, arguments: tuple[str, ...], words: str
) -> None:
    assert words in run(office, "doctor", *arguments, code=2).stderr
