"""DMARC: the walk up the tree of names (RFC 9989 4.10), against a name server."""

import pytest

from newsletter.doctor.dmarc import discover, is_aligned, walk
from tests.doctor.zone import name_server

ZONE = """
_dmarc.example.org. TXT "v=DMARC1; p=reject; sp=quarantine"
_dmarc.news.example.org. TXT "v=DMARC1; p=none; rua=mailto:d@example.org"
_dmarc.own.example.org. TXT "v=DMARC1; p=none; psd=n"
_dmarc.gov.example. TXT "v=DMARC1; p=reject; psd=y"
_dmarc.city.gov.example. TXT "v=DMARC1; p=none"
_dmarc.two.example. TXT "v=DMARC1; p=none"
_dmarc.two.example. TXT "v=DMARC1; p=reject"
_dmarc.wrong.example. TXT "p=none; v=DMARC1"
"""


def test_long_names_are_walked_in_a_leap() -> None:
    assert list(walk("a.example.org")) == ["a.example.org", "example.org", "org"]
    steps = list(walk("a.b.c.d.e.f.g.h.i.example.org"))
    assert steps[:2] == ["a.b.c.d.e.f.g.h.i.example.org", "e.f.g.h.i.example.org"]
    assert len(steps) == 8


@pytest.mark.parametrize(
    ("domain", "where", "organisation"),
    [
        ("example.org", "example.org", "example.org"),
        ("news.example.org", "news.example.org", "example.org"),
        ("deep.news.example.org", "example.org", "example.org"),
        ("own.example.org", "own.example.org", "own.example.org"),
        ("mail.own.example.org", "own.example.org", "own.example.org"),
        ("city.gov.example", "city.gov.example", "city.gov.example"),
        ("town.gov.example", "gov.example", "town.gov.example"),
        ("www.town.gov.example", "gov.example", "town.gov.example"),
        ("nobody.example", None, "nobody.example"),
        ("two.example", None, "two.example"),
        ("wrong.example", None, "wrong.example"),
    ],
)
def test_the_record_and_the_organisation_are_found(
    domain: str, where: str | None, organisation: str
) -> None:
    with name_server(ZONE) as server:
        found = discover(server.names(), domain)
    assert (found.policy.domain if found.policy else None) == where
    assert found.organisation == organisation


def test_two_records_are_as_none_and_are_told() -> None:
    with name_server(ZONE) as server:
        assert discover(server.names(), "mail.two.example").crowded == ("two.example",)


def test_a_record_without_p_still_watches_when_it_reports() -> None:
    with name_server('_dmarc.a.example. TXT "v=DMARC1; rua=mailto:d@a.example"') as server:
        found = discover(server.names(), "a.example")
    assert found.policy
    assert found.policy.asks == "none"


@pytest.mark.parametrize(
    ("author", "other", "strict", "aligned"),
    [
        ("example.org", "example.org", True, True),
        ("example.org", "bounces.example.org", False, True),
        ("news.example.org", "bounces.example.org", False, True),
        ("example.org", "bounces.example.org", True, False),
        ("example.org", "own.example.org", False, False),
        ("town.gov.example", "city.gov.example", False, False),
        ("example.org", "example.com", False, False),
        ("sub.nobody.example", "nobody.example", False, False),
    ],
)
def test_domains_stand_for_one_another_or_not(
    author: str, other: str, strict: bool, aligned: bool
) -> None:
    with name_server(ZONE) as server:
        assert is_aligned(server.names(), author, other, strict=strict) is aligned
