"""The pattern of plain addresses and email-validator never disagree."""

import email_validator
import pytest
from email_validator import rfc_constants
from hypothesis import example, given, settings
from hypothesis import strategies as st

import newsletter.address
from newsletter.address import _PLAIN, parse_address, plain

_ATEXT = "abzAZ09_!#$%&'*+-/=?^`{|}~"
_ENDS = ["org", "ORG", "com", "c0m", "museum", "x1", "1x", "1", "123", "рф", "xn--p1ai", "XN--P1AI"]
_SPECIAL = ["local", "LOCAL", "test", "invalid", "onion", "arpa", "localhost", "mylocal", "example"]
_LABELS = st.one_of(
    st.text("ab0-", min_size=1, max_size=6),
    st.integers(60, 65).map(lambda size: "a" * size),
    st.sampled_from(
        ["", "-", "a-", "-a", "a--b", "ab--c", "xn--a", "xn--e1afmkfd", "Xn--E1afmkfd"]
    ),
    st.sampled_from(["пример", "straße", "а", "K", "ı", "a_b", "a b", "mail", "MAIL", "1", "١"]),
)
_DOMAINS = st.builds(
    lambda labels, end: ".".join([*labels, end]),
    st.lists(_LABELS, max_size=5),
    st.sampled_from(_ENDS + _SPECIAL) | _LABELS,
)
_LOCALS = st.one_of(
    st.text(_ATEXT + ".", max_size=8),
    st.integers(62, 66).map(lambda size: "a" * size),
    st.sampled_from(["Info", "POSTMASTER", "www", '"ivan"', '"a b"', "почта", "a..b", "ß"]),
    st.text(max_size=4),
)
_BY_LENGTH = st.builds(  # around 254 octets in all, around 253 in the domain
    lambda local, size: f"{'l' * local}@{('d' * 49 + '.') * 5}"[: local + 1 + size] + ".org",
    st.integers(1, 65),
    st.integers(180, 256),
)
_NEAR = st.builds("{}@{}".format, _LOCALS, _DOMAINS) | _BY_LENGTH


def _judged(text: str) -> tuple[str, str, str] | None:
    """Return what email-validator makes of an address, in its strict mode; none if it refuses."""
    try:
        found = email_validator.validate_email(text, check_deliverability=False, strict=True)
    except email_validator.EmailNotValidError:
        return None
    return found.local_part, found.ascii_domain, found.normalized


@settings(max_examples=500)
@given(_NEAR)
@example("INFO@example.org")
@example("a@" + "d" * 63 + ".org")
@example("a@" + "d" * 64 + ".org")
@example("l" * 64 + "@example.org")
@example("l" * 65 + "@example.org")
@example("a@a--b.org")
@example("a@ab--c.org")
@example("a@b.o--rg")
@example("a@mail.or--g")
@example("a@office.test")
@example("a@contest")
@example("a@b.K")
def test_a_plain_address_is_what_email_validator_makes_of_it(text: str) -> None:
    found = _PLAIN.fullmatch(text)
    parts = plain(*text.split("@")) if found else None
    if parts is None:
        return
    assert _judged(text) == parts[1:]
    assert parse_address(text).key == parts[0]


@settings(max_examples=500)
@given(_NEAR)
@example('"ivan"@example.org')
@example("l" * 65 + "@example.org")
def test_an_address_is_refused_when_email_validator_refuses_it(text: str) -> None:
    try:
        address = parse_address(text)
    except ValueError:
        # Ours is stricter about octets before the @ (email-validator counts letters), and drops
        # white space and invisible characters around what it is given.
        judged = _judged(text)
        assert judged is None or len(judged[0].encode()) > 64
        return
    if text.isascii() and text == text.strip():
        assert _judged(text) == (address.local, address.domain, address.shown)


@given(st.integers(1, 66), st.lists(st.integers(1, 64), min_size=1, max_size=6))
def test_the_pattern_takes_whatever_is_plain(local: int, labels: list[int]) -> None:
    """Nothing plain is left to the slow way: the pattern is wide enough."""
    text = f"{'l' * local}@{'.'.join('d' * size for size in labels)}.org"
    found = _PLAIN.fullmatch(text)
    taken = bool(found and plain(*text.split("@")))
    assert taken == (_judged(text) is not None)


def test_the_lists_of_names_are_those_of_email_validator() -> None:
    assert set(email_validator.SPECIAL_USE_DOMAIN_NAMES) == newsletter.address._NO_MAIL
    assert set(rfc_constants.CASE_INSENSITIVE_MAILBOX_NAMES) == newsletter.address._ROLES


@pytest.mark.parametrize("text", ["a" * 100_000, "a." * 50_000, "a@" + "b." * 50_000 + "1"])
def test_a_long_text_is_no_trap(text: str) -> None:
    found = _PLAIN.fullmatch(text)
    assert found is None or plain(*text.split("@")) is None
    with pytest.raises(ValueError, match="is too long"):
        parse_address(text)
