"""What the doctor says of a relay."""

import datetime
import math
from dataclasses import replace

import pytest

from newsletter.doctor import relay as examinations
from newsletter.doctor.relay import examine_relay
from newsletter.doctor.verdict import Grade
from newsletter.model.mailing import Outcome, Scope, Stage, Verdict
from newsletter.servers import Tls
from newsletter.smtp.relay import Relay
from newsletter.smtp.visit import Security, Visit

NOW = datetime.datetime(2026, 5, 4, 12, 0, tzinfo=datetime.UTC)
REMOTE = Relay("mail.example.org", 465, Tls.IMPLICIT, "office@example.org", "secret")
SECURITY = Security(
    version="TLSv1.3",
    names=("mail.example.org",),
    issuer="Example Authority",
    expires_at=NOW + datetime.timedelta(days=60, hours=1),
)
GOOD = Visit(
    relay=REMOTE,
    heard=True,
    address="192.0.2.1",
    extensions=dict.fromkeys(("pipelining", "chunking", "8bitmime", "smtputf8", "dsn"), "")
    | {"size": "20000000"},
    security=SECURITY,
    round_trip=0.02,
)
NO_LOGIN = Outcome(
    verdict=Verdict.RELEASED,
    stage=Stage.CONNECT,
    scope=Scope.POLICY,
    code=535,
    text="the relay refused the login: no",
)


def test_a_good_relay_is_fine_throughout() -> None:
    found = list(examine_relay(GOOD, 500_000, NOW))
    assert [each.grade for each in found] == [Grade.FINE] * 7
    words = {each.name: each.words for each in found}
    assert words["certificate"] == "of mail.example.org, by Example Authority; 60 days left"
    assert words["login"] == "as office@example.org"
    assert words["size"] == "takes 20 MB; the largest mail of late has 500 kB"
    assert words["distance"] == "20 ms there and back"
    assert "secret" not in str(found)


def test_without_a_connection_nothing_else_is_said() -> None:
    refusal = replace(NO_LOGIN, scope=Scope.CONNECTION, code=0, text="no connection to it: refused")
    (found,) = examine_relay(Visit(relay=REMOTE, refusal=refusal), None, NOW)
    assert (found.name, found.grade) == ("reachable", Grade.WRONG)
    assert "no connection" in found.words
    assert "firewall" in found.remedy


def test_of_a_relay_on_this_computer_the_server_to_practise_with_is_named() -> None:
    local = Relay("localhost", 2525, Tls.NONE)
    refusal = replace(NO_LOGIN, scope=Scope.CONNECTION, code=0, text="no connection to it: refused")
    (found,) = examine_relay(Visit(relay=local, refusal=refusal), None, NOW)
    assert "newsletter sink --port 2525" in found.remedy
    assert "firewall" not in found.remedy


@pytest.mark.parametrize(
    ("seconds", "grade", "words"),
    [
        (-60, Grade.FINE, "goes with that of the relay"),
        (-300, Grade.DOUBTFUL, "5 minutes ahead of the relay"),
        (7200, Grade.WRONG, "2 hours behind the relay"),
    ],
)
def test_the_clock_goes_with_that_of_a_relay_that_tells_the_time(
    seconds: int, grade: Grade, words: str
) -> None:
    visit = replace(GOOD, ahead=datetime.timedelta(seconds=seconds))
    found = {each.name: each for each in examine_relay(visit, 1, NOW)}["clock"]
    assert (found.grade, found.words) == (grade, words)


def test_a_bad_certificate_is_no_matter_of_firewalls() -> None:
    refusal = replace(NO_LOGIN, code=0, text="the certificate of it cannot be trusted: expired")
    (found,) = examine_relay(Visit(relay=REMOTE, refusal=refusal), None, NOW)
    assert "cannot be trusted" in found.words
    assert "firewall" not in found.remedy


def test_a_refused_login_is_wrong_and_the_rest_is_said_all_the_same() -> None:
    found = {each.name: each for each in examine_relay(replace(GOOD, refusal=NO_LOGIN), 1, NOW)}
    assert found["login"].grade is Grade.WRONG
    assert found["size"].grade is Grade.FINE


@pytest.mark.parametrize(("days", "grade"), [(15, Grade.FINE), (13, Grade.DOUBTFUL)])
def test_a_certificate_is_renewed_in_time(days: int, grade: Grade) -> None:
    expires = NOW + datetime.timedelta(days=days, hours=1)
    visit = replace(GOOD, security=replace(SECURITY, expires_at=expires))
    assert examinations.certificate(visit, NOW).grade is grade


@pytest.mark.parametrize(
    ("told", "largest", "grade"),
    [
        ("1000000", 1_000_001, Grade.WRONG),
        ("1000000", 950_000, Grade.DOUBTFUL),
        ("1000000", 500_000, Grade.FINE),
        ("1000000", None, Grade.UNKNOWN),
        ("0", 10**9, Grade.FINE),
        ("", 10**9, Grade.FINE),
        ("much", 10**9, Grade.FINE),
    ],
)
def test_the_largest_mail_has_to_fit(told: str, largest: int | None, grade: Grade) -> None:
    visit = replace(GOOD, extensions={"size": told})
    assert examinations.size(visit, largest).grade is grade


@pytest.mark.parametrize(
    ("offered", "seconds", "grade"),
    [
        (("pipelining",), 0.2, Grade.FINE),
        ((), 0.2, Grade.DOUBTFUL),
        ((), 0.001, Grade.FINE),
    ],
)
def test_pipelining_matters_where_the_relay_is_far(
    offered: tuple[str, ...], seconds: float, grade: Grade
) -> None:
    visit = replace(GOOD, extensions=dict.fromkeys(offered, ""), round_trip=seconds)
    assert examinations.extensions(visit).grade is grade


def test_who_gets_no_mail_without_smtputf8_is_said() -> None:
    found = examinations.extensions(replace(GOOD, extensions={"pipelining": ""}))
    assert "not CHUNKING, 8BITMIME, SMTPUTF8, DSN, SIZE" in found.words
    assert "beyond ASCII" in found.remedy


@pytest.mark.parametrize(
    ("seconds", "grade"), [(0.02, Grade.FINE), (0.5, Grade.DOUBTFUL), (math.inf, Grade.UNKNOWN)]
)
def test_a_relay_may_be_too_far(seconds: float, grade: Grade) -> None:
    assert examinations.distance(replace(GOOD, round_trip=seconds)).grade is grade


def test_no_tls_is_fine_on_this_computer_alone() -> None:
    local = Relay("localhost", 25, Tls.NONE)
    assert examinations.secured(replace(GOOD, relay=local, security=None)).grade is Grade.FINE
    assert examinations.secured(replace(GOOD, security=None)).grade is Grade.WRONG
